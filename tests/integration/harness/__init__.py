"""The harness of the integration tests, the browser test and the benchmarks.

A test starts a real httpd with Httpd, talks to it with RawClient (bytes),
WsClient (one RFC 6455 client that may break every rule) or Swarm (thousands of
clients in one thread), and leaves the check of the error log to Httpd.stop().
"""
from .capture import Capture, can_capture
from .config import ECHO, ONE_CHILD, ROOMS, location
from .httpd import Httpd, HttpdFailure, config_test
from .member import (Crowd, Member, Talk, check_account, key_of, order)
from .paths import LONG, MODULE, SOURCE, have_module
from .proc import (child_pids, cpu_seconds, fd_count, pss_bytes, rss_bytes,
                   wait_until)
from .raw import RawClient, Response
from .swarm import Swarm, SwarmClient
from .tls import client_context, server_certificate
from .wire import (BINARY, CLOSE, CONT, PING, PONG, TEXT, Frame, accept_for,
                   close_payload, encode_frame, handshake_bytes, new_key,
                   parse_frame)
from .wsclient import WsClient, WsFailure

__all__ = [
    'BINARY', 'CLOSE', 'CONT', 'Capture', 'Crowd', 'ECHO', 'Frame', 'Httpd',
    'HttpdFailure', 'LONG', 'MODULE', 'Member', 'ONE_CHILD', 'PING', 'PONG',
    'ROOMS', 'RawClient', 'Response', 'SOURCE', 'Swarm', 'SwarmClient', 'TEXT',
    'Talk', 'WsClient', 'WsFailure', 'accept_for', 'can_capture',
    'check_account',
    'child_pids', 'client_context', 'close_payload', 'config_test',
    'cpu_seconds', 'encode_frame', 'fd_count', 'handshake_bytes',
    'have_module', 'key_of', 'location', 'new_key', 'order', 'parse_frame',
    'pss_bytes', 'rss_bytes', 'server_certificate', 'wait_until',
]
