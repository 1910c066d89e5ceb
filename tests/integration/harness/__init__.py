"""The harness of the integration tests, the browser test and the benchmarks.

A test starts a real httpd with Httpd, talks to it with RawClient (bytes),
WsClient (one RFC 6455 client that may break every rule), SseClient, Poller or
Swarm (thousands of clients in one thread), and leaves the check of the error log to Httpd.stop().
"""
from .blackhole import blackhole
from .capture import Capture, can_capture
from .config import ECHO, ONE_CHILD, ROOMS, location
from .flood import (Flood, begun, connect, send_without_end,
                    update_keys_without_end)
from .honest import Honest, counters
from .httpd import Httpd, HttpdFailure, config_test
from .forms import at_most, in_soak, leave_out_long
from .hopper import Hopper
from .http_swarm import SwarmRequest, SwarmStream, hold, post_kind
from .keeper import Keeper
from .member import (Crowd, Member, Talk, check_account, key_of, order)
from .paths import LONG, MODULE, SOURCE, have_module
from .poller import Poller, head_bytes
from .proc import (PATIENCE, child_pids, cpu_seconds, deadline_after, fd_count,
                   pss_bytes, rss_bytes, stopped, wait_until)
from .raw import RawClient, Response
from .rooms import is_made, kept, new_room, say, say_many
from .sse import SseClient, SseParser
from .swarm import Swarm, SwarmClient
from .tls import client_context, server_certificate
from .wire import (BINARY, CLOSE, CONT, PING, PONG, TEXT, Frame, accept_for,
                   close_payload, encode_frame, handshake_bytes, new_key,
                   parse_frame)
from .wsclient import WsClient, WsFailure

__all__ = [
    'BINARY', 'CLOSE', 'CONT', 'Capture', 'Crowd', 'ECHO', 'Flood', 'Frame',
    'Honest', 'Hopper', 'Httpd', 'HttpdFailure', 'Keeper', 'LONG', 'MODULE',
    'Member', 'ONE_CHILD', 'PATIENCE', 'PING',
    'PONG', 'Poller', 'ROOMS', 'RawClient', 'Response', 'SOURCE', 'SseClient',
    'SseParser', 'Swarm', 'SwarmClient', 'SwarmRequest', 'SwarmStream', 'TEXT',
    'Talk', 'WsClient', 'WsFailure', 'accept_for', 'at_most', 'begun', 'blackhole', 'can_capture',
    'check_account', 'child_pids', 'client_context', 'close_payload',
    'config_test', 'connect', 'counters', 'cpu_seconds', 'deadline_after',
    'encode_frame', 'fd_count',
    'handshake_bytes', 'have_module', 'head_bytes', 'hold', 'in_soak', 'kept', 'key_of',
    'leave_out_long', 'location', 'new_key', 'new_room', 'order', 'parse_frame', 'post_kind',
    'pss_bytes', 'rss_bytes', 'say', 'say_many', 'send_without_end', 'server_certificate',
    'update_keys_without_end', 'wait_until',
]
