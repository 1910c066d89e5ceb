"""A capture that tshark decrypts with the client's TLS keys: what the meter is
judged by."""
import re
import shutil
import ssl
import subprocess

from .capture import Capture, can_capture

COUNTERS = ('sent', 'received', 'packets_sent', 'packets_received',
            'wire_sent', 'wire_received')
VERSIONS = {'1.2': ssl.TLSVersion.TLSv1_2, '1.3': ssl.TLSVersion.TLSv1_3}
FRAME_WEIGHT = 1400


def can_prove():
    return can_capture() and shutil.which('tshark') is not None


class Proof(Capture):
    """A capture of whole packets, none longer than `most`, with the keys of the
    connections."""

    def __init__(self, server, tls, most=8000):
        super().__init__(server.address(tls)[1], most)
        self.server, self.tls = server, tls
        self.keys = self.folder / 'keys'

    def context(self, version=None, alpn=()):
        """A client's TLS, whose keys are written down; False without."""
        if not self.tls:
            return False
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
        made.keylog_filename = str(self.keys)
        if version:
            made.minimum_version = made.maximum_version = VERSIONS[version]
        if alpn:
            made.set_alpn_protocols(list(alpn))
        return made

    def tshark(self, *arguments):
        return subprocess.run(
            ['tshark', '-n', '-r', str(self.file),
             '-o', f'tls.keylog_file:{self.keys}', *arguments],
            capture_output=True, text=True, timeout=60,
            check=True).stdout.splitlines()

    def plain(self, port):
        """(sent, received): the bytes that TLS, or TCP, has carried."""
        kind = 'tls' if self.tls else 'tcp'
        ends = f'127.0.0.1:{port},127.0.0.1:{self.port}'
        told = self.tshark('-q', '-z', f'follow,{kind},raw,{ends}')
        # Who has spoken first stands at the left.
        first = f'Node 0: 127.0.0.1:{self.port}' in told
        found = {True: '', False: ''}
        for line in told:
            if re.fullmatch(r'\t?[0-9a-f]+', line):
                found[(line[0] == '\t') != first] += line.strip()
        return bytes.fromhex(found[True]), bytes.fromhex(found[False])

    def again(self, port):
        """Bytes that the server has sent a second time: a busy machine may
        acknowledge too late. Both sides of a comparison count them, but not
        with the same stream, and TLS carries them once."""
        ends = {}
        return sum(self._repeated(packet, ends)
                   for packet in self.packets({port})
                   if packet.source == self.port)

    def fields(self, port, *names):
        """For each packet of a connection the values of each field."""
        options = [part for name in names for part in ('-e', name)]
        for line in self.tshark('-Y', f'tcp.port=={port}', '-T', 'fields',
                                *options):
            yield [[value for value in field.split(',') if value]
                   for field in (line + '\t' * len(names)).split('\t')
                   [:len(names)]]


def frames_of(data, preface=b''):
    """{stream: bytes of all its frames}; 0 is the connection itself."""
    assert data.startswith(preface)
    found, at = {}, len(preface)
    while at < len(data):
        size = int.from_bytes(data[at:at + 3], 'big') + 9
        number = int.from_bytes(data[at + 5:at + 9], 'big') & 0x7fffffff
        found[number] = found.get(number, 0) + size
        at += size
    assert at == len(data)
    return found


def truth_of(proof, port, ways):
    """{way: figures} as the packets tell: frames are their stream's, what is
    around them in a packet is of those in it, and a packet without any is of
    the stream that had one last, or None's."""
    found = {way: dict.fromkeys(COUNTERS, 0) for way in {*ways.values(), None}}
    latest = {None: 1}
    rows = proof.fields(port, 'tcp.srcport', 'ip.len', 'tcp.len',
                        'tcp.options.sack_le', 'http2.streamid',
                        'http2.length')
    for source, size, payload, twice, streams, lengths in rows:
        head = int(size[0]) - int(payload[0])
        if twice:       # is not counted, see Capture.sums
            head -= 4 + 8 * len(twice)
        side = 'sent' if int(source[0]) == proof.port else 'received'
        frames = [(ways.get(int(number)), int(length) + 9)
                  for number, length in zip(streams, lengths) if int(number)]
        around = int(payload[0]) - sum(length for _, length in frames)
        whole = sum(length + FRAME_WEIGHT for _, length in frames)
        if frames:
            latest = {}
        for way, length in frames:
            latest[way] = latest.get(way, 0) + (length + FRAME_WEIGHT) / whole
            found[way][side] += length
        for way, share in latest.items():
            found[way][side] += share * around
            found[way][f'packets_{side}'] += share
            found[way][f'wire_{side}'] += share * head
    for figures in found.values():
        for side in ('sent', 'received'):
            figures[f'wire_{side}'] += figures[side]
    return found
