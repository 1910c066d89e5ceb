"""What tcpdump sees on loopback, added up per connection: the judge of the
figures that the module takes from the kernel."""
import functools
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from .proc import PATIENCE, wait_until

WHOLE = 65535 + 14              # bytes of the longest packet of loopback
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
ETHERNET, IP4, IP6 = 14, 0x0800, 0x86dd
TIMESTAMPS = 12


def can_capture():
    """tcpdump is there, and we may use it."""
    return os.getuid() == 0 and shutil.which('tcpdump') is not None


class Disturbed(AssertionError):
    """The capture proves nothing."""


def taken_anew(test):
    """For a test with captures: it begins anew when one is disturbed."""
    @functools.wraps(test)
    def again(*values, **named):
        for _ in range(4):
            try:
                return test(*values, **named)
            except Disturbed as why:
                print(why)
        return test(*values, **named)
    return again


class Packet:
    """One TCP segment: `wire` is the length of its IP packet."""

    def __init__(self, frame):
        kind, = struct.unpack_from('!H', frame, 12)
        ip = frame[ETHERNET:]
        if kind == IP4:
            head = 4 * (ip[0] & 15)
            self.wire, = struct.unpack_from('!H', ip, 2)
        else:
            assert kind == IP6 and ip[6] == 6, frame[:64].hex()
            head = 40
            self.wire = head + struct.unpack_from('!H', ip, 4)[0]
        tcp = ip[head:]
        self.source, self.target, self.seq = \
            struct.unpack_from('!HHI', tcp)
        self.flags = tcp[13]
        self.options = 4 * (tcp[12] >> 4) - 20
        self.payload = self.wire - head - 20 - self.options


def read_pcap(data):
    """The packets of a file of tcpdump's, a last incomplete one left out."""
    packets = []
    if len(data) < 24:
        return packets
    order = {b'\xd4\xc3\xb2\xa1': '<', b'\xa1\xb2\xc3\xd4': '>'}[data[:4]]
    link, = struct.unpack_from(order + 'I', data, 20)
    assert link & 0xffff == 1, f'no Ethernet frames: {link}'
    at = 24
    while at + 16 <= len(data):
        size, = struct.unpack_from(order + 'I', data, at + 8)
        if at + 16 + size > len(data):
            break
        packets.append(Packet(data[at + 16:at + 16 + size]))
        at += 16 + size
    return packets


class Capture:
    """Watches one server port. Use as a context manager; at its end it is
    Disturbed if the kernel had no room for all packets, and when something is
    wrong and the machine so busy that TCP has sent bytes twice: to whom these
    belong is not to be told."""

    def __init__(self, port, most=128):
        """The first `most` bytes of each packet. Each takes up to twice as much
        of the kernel's buffer, and on a busy machine hundreds wait there."""
        self.port, self.most = port, most
        self.folder = Path(tempfile.mkdtemp(prefix='chatws-capture-'))
        self.file = self.folder / 'pcap'

    def __enter__(self):
        self.errors = open(self.folder / 'errors', 'wb')
        self.process = subprocess.Popen(
            ['tcpdump', '-i', 'lo', '-n', '-U', '--immediate-mode', '-Z',
             'root', '-s', str(self.most), '-B', str(max(32768, 2 * self.most)),
             '-w', str(self.file),
             f'tcp port {self.port}'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=self.errors)
        wait_until(lambda: b'listening on' in self.said(), 10, 'tcpdump')
        return self

    def said(self):
        return (self.folder / 'errors').read_bytes()

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)
        self.errors.close()
        said = self.said()
        twice = kind and issubclass(kind, AssertionError) and self.twice()
        shutil.rmtree(self.folder, ignore_errors=True)
        print(said.decode())
        if twice or b'\n0 packets dropped by kernel' not in said:
            raise Disturbed(f'{said.decode()}{value}') from value

    def packets(self, ports):
        """Those so far of the clients that had these ports."""
        return [p for p in read_pcap(self.file.read_bytes())
                if p.source in ports or p.target in ports]

    def twice(self):
        """Whether anybody has sent bytes a second time."""
        ends = {}
        return any(self._repeated(packet, ends)
                   for packet in read_pcap(self.file.read_bytes()))

    def sums(self, ports):
        """The figures of a meter, as the wire has them. Payload that a client
        has sent a second time, because the machine was too busy to acknowledge
        it in time, is left out: our kernel does not count it. Nor does it tell
        that the answer to that says which bytes came twice (SACK), and that a
        reset has no timestamps (docs/METER.md)."""
        ends = {}
        found = dict.fromkeys(('sent', 'received', 'packets_sent',
                               'packets_received', 'wire_sent',
                               'wire_received'), 0)
        for packet in self.packets(ports):
            way = 'sent' if packet.source == self.port else 'received'
            repeated = self._repeated(packet, ends) if way == 'received' else 0
            found[way] += packet.payload - repeated
            found[f'packets_{way}'] += 1
            found[f'wire_{way}'] += packet.wire - repeated
            if not packet.flags & SYN:
                found[f'wire_{way}'] += TIMESTAMPS - packet.options
        return found

    @staticmethod
    def _repeated(packet, ends):
        """Payload bytes that were on their way before; `ends` has the sequence
        number that each side has got to."""
        side = packet.source, packet.target
        end = (packet.seq + packet.payload) & 0xffffffff
        if packet.flags & (SYN | RST) or packet.payload == 0:
            return 0
        new = packet.payload
        if side in ends:
            new = (end - ends[side] + 0x80000000 & 0xffffffff) - 0x80000000
        if new > 0:
            ends[side] = end
        return packet.payload - max(0, min(new, packet.payload))

    def quiet(self, ports, seconds=0.3):
        """Nothing has come for a while: what is on its way has arrived."""
        before = len(self.packets(ports))
        time.sleep(seconds)
        return len(self.packets(ports)) == before

    def ended(self, ports):
        """Each of the connections has its last packet: a reset, or both FINs
        and one acknowledgement behind them."""
        packets = self.packets(ports)
        for port in ports:
            own = [p for p in packets if port in (p.source, p.target)]
            fins = [i for i, p in enumerate(own) if p.flags & FIN]
            sides = {own[i].source for i in fins}
            if not (own and own[-1].flags & RST) and not (
                    len(sides) == 2 and fins[-1] < len(own) - 1):
                return False
        return True
