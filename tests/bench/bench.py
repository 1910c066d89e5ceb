#!/usr/bin/python3
"""mod_chatws beside nginx + nchan: memory, CPU, deliveries, connections.

    tests/bench/bench.py [--repeat N] [--seconds S] [CASE ...]

Both servers run on the same machine with two processes each; where uWebSockets
is installed (peers.py) it runs beside them, with one. Every case is run in
turns, each time on fresh servers, and the medians are printed with their
ratios. CPU is the server's own, from /proc, so that other load on the machine
counts less. Nothing here passes or fails; but a run in which a message was
lost or a client dropped is no figure and ends the program.
"""
import argparse
import statistics
import subprocess
import tempfile
from pathlib import Path

import archive
import peers
import relay
import rows
import transports
import wsload
from harness import child_pids, cpu_seconds
from talk import talk

HERE = Path(__file__).resolve().parent


def idle(tls, clients):
    """What one more member costs: the server has served some before, so that
    its threads' stacks and libraries are there already."""
    def case(run, peer, options):
        run('idle', peer.room_url(tls), peer.pid, '--clients', 500,
            '--settle', 0, '--hold', 0, *peer.arguments())
        report = run('idle', peer.room_url(tls), peer.pid, '--clients',
                     clients, '--settle', 3, '--hold', 1, *peer.arguments())
        return [report['server']['bytes_per_connection'] / 1024]
    return case


def echo(run, peer, options):
    arguments = [] if peer.name == 'mod_chatws' else peer.arguments()
    report = run('chat', peer.echo_url(), peer.pid, '--clients', 100,
                 '--members', 1, '--rate', 5000, '--size', 100, '--duration',
                 options.seconds, *arguments)
    return [report['server']['cpu_us_per_delivery']]


def fanout(clients, figures, *load, tls=False):
    def case(run, peer, options):
        report = run('fanout', peer.room_url(tls), peer.pid, '--clients',
                     clients, '--size', 100, '--publish', 'clients',
                     '--duration', options.seconds, *load, *peer.arguments())
        return [figure(report) for figure in figures]
    return case


def paced(transport, loads):
    """Plain HTTP: 1,000 readers of one room, another at each rate."""
    def case(run, peer, options):
        row = []
        for load in loads:
            report = run('fanout', None, peer.pid, '--clients', 1000, '--size',
                         100, '--rate', load, '--duration', options.seconds,
                         *peer.readers(transport, f'at{load}r%r'))
            row += [cpu(report), wire(report), p99(report)]
        return row
    return case


def paced_figures(what, loads):
    return [(text, False) for load in loads for text in (
        f'1,000 {what}, {load}/s: us of CPU per delivery',
        '    bytes per delivery, both ways', '    p99 latency, ms')]


def deflate(run, peer, options):
    """Texts as people write them, for members who have offered to take them
    compressed and for members who have not; each in a room without a past, and
    seldom enough for a load generator that inflates a thousand of each."""
    row = []
    for size, load in DEFLATED.items():
        text = '%t ' + talk(size)
        message = f'{{"type":"message","text":"{text}"}}'
        for url, offer in ((peer.room_url(), []),
                           (peer.deflate_url(), ['--deflate'])):
            arguments = peer.arguments()
            arguments = [*arguments[:-2], '--msg',
                         message if arguments else text]
            room = f'of{size}{len(offer)}r%r'
            report = run('fanout', url.replace('r%r', room), peer.pid,
                         '--clients', 1000, '--rate', load, '--publish',
                         'clients', '--duration', options.seconds, *offer,
                         *arguments)
            row += [cpu(report), report['bytes']['in_per_delivery']]
    return row


def deflate_figures():
    return [(text, False) for size, load in DEFLATED.items() for how in (
        'plain', 'compressed') for text in (
            f'{size:,} characters, {load}/s, {how}: us per delivery',
            '    bytes of each')]


def waiting(transport):
    """As idle(); the first answer of a long-poll in an empty room is over
    when it is measured."""
    def case(run, peer, options):
        run('idle', None, peer.pid, '--clients', 500, '--settle', 1, '--hold',
            0, *peer.readers(transport, 'r%r'))
        report = run('idle', None, peer.pid, '--clients', 8000, '--settle', 3,
                     '--hold', 1, *peer.readers(transport, 'r%r'))
        return [report['server']['bytes_per_connection'] / 1024]
    return case


def overload(run, peer, options):
    """More than can be delivered one by one. What is lost is the figure."""
    report = run('fanout', None, peer.pid, '--clients', 1000, '--size', 100,
                 '--rate', 300, '--duration', options.seconds, '--allow-loss',
                 *peer.readers('longpoll', 'deep/r%r'))
    return [100 * report['lost'] / report['expected'],
            report['latency_us']['p50'] / 1000, cpu(report)]


def wire(report):
    """Payload bytes of the readers' connections, HTTP heads included."""
    return sum(report['bytes'][f'{way}_per_delivery'] for way in (
        'in', 'out'))


# Seconds until the members of small rooms that talk have come together in one
# child of httpd (hub_home).
TOGETHER = 15


def rooms(clients, members):
    """1,000 messages a second, however many rooms. What counts is the steady
    state: every server has the same time to get there."""
    def case(run, peer, options):
        report = run('chat', peer.room_url(), peer.pid, '--clients', clients,
                     '--members', members, '--rate', 1000, '--publishers',
                     1000, '--size', 100, '--warmup', TOGETHER, '--duration',
                     options.seconds, *peer.arguments())
        return [cpu(report), p99(report)]
    return case


def rooms_figures(what):
    return [(f'{what}, 1,000/s: us per delivery', False),
            ('    p99 latency, ms', False)]


def cpu(report):
    return report['server']['cpu_us_per_delivery']


def p99(report):
    return report['latency_us']['p99'] / 1000


def rate(report):
    return report['deliveries_per_s'] / 1000


def connects(run, peer, options):
    report = run('idle', peer.room_url(), peer.pid, '--clients', 4000,
                 '--settle', 0, '--hold', 0, *peer.arguments())
    return [report['connects_per_s'], report['server']['connect_cpu_us']]


SSE_LOADS, POLL_LOADS = (5, 20), (1, 5)
# Characters: messages a second. Below 256 bytes, with all around the text, we
# do not compress.
DEFLATED = {100: 20, 1000: 10, 8000: 2}

# name: (case, [(what, more is better)])
CASES = {
    'memory': (idle(False, 10000),
               [('KB of user space per idle member, of 10,000', False)]),
    'memory-tls': (idle(True, 5000),
                   [('KB the same over TLS, of 5,000', False)]),
    'echo': (echo, [('us of CPU per echoed message', False)]),
    'paced': (fanout(1000, [cpu, p99], '--rate', 20),
              [('1,000 members, 20/s: us of CPU per delivery', False),
               ('    p99 latency, ms', False)]),
    'deflate': (deflate, deflate_figures()),
    'full': (fanout(1000, [cpu, rate], '--rate', 0, '--window', 64),
             [('1,000 members, full speed: us per delivery', False),
              ('    thousand deliveries per second', True)]),
    'big': (fanout(10000, [cpu, rate], '--rate', 0, '--window', 8),
            [('10,000 members, full speed: us per delivery', False),
             ('    thousand deliveries per second', True)]),
    'wss': (fanout(1000, [cpu, p99], '--rate', 20, tls=True),
            [('the same over TLS: us of CPU per delivery', False),
             ('    p99 latency, ms', False)]),
    'rooms': (rooms(10000, 10), rooms_figures('1,000 rooms of 10')),
    'rooms1000x1': (rooms(1000, 1), rooms_figures('1,000 rooms of one')),
    'rooms10000x1': (rooms(10000, 1), rooms_figures('10,000 rooms of one')),
    'connects': (connects, [('connections per second into a room', True),
                            ('    us of CPU for each', False)]),
    'sse': (paced('sse', SSE_LOADS),
            paced_figures('event streams', SSE_LOADS)),
    'longpoll': (paced('longpoll', POLL_LOADS),
                 paced_figures('long-polls', POLL_LOADS)),
    'memory-sse': (waiting('sse'),
                   [('KB per waiting event stream, of 8,000', False)]),
    'memory-longpoll': (waiting('longpoll'),
                        [('KB per waiting long-poll, of 8,000', False)]),
    'overload': (overload,
                 [('1,000 long-polls, 300/s: messages lost, %', False),
                  ('    p50 latency, ms', False),
                  ('    us of CPU per delivery', False)]),
}

# What has to be said to mod_chatws: more rooms than its memory has place for.
DIRECTIVES = {'rooms10000x1': 'ChatSharedMemory 256M\n'}
# uWebSockets' own server has neither event streams nor long-polls, and ours has
# no compression.
UWS_NOT = {'sse', 'longpoll', 'memory-sse', 'memory-longpoll', 'overload',
           'deflate'}


def peers_of(name):
    """What starts each server of a case."""
    kinds = [lambda: peers.Chat(DIRECTIVES.get(name, '')), peers.Nchan]
    if peers.Uws.FOLDER.is_dir() and name not in UWS_NOT:
        kinds.append(peers.Uws)
    return kinds


def measure(program, name, options):
    """Rows of the runs of each server, taking turns."""
    case, values = CASES[name][0], {}
    for _ in range(options.repeat):
        for kind in peers_of(name):
            peer = kind()
            try:
                row = case(lambda *a: wsload.run(program, *a), peer, options)
            finally:
                peer.stop()
            values.setdefault(peer.name, []).append(row)
    return values


def show(program, name, options):
    values = measure(program, name, options)
    for number, (what, more) in enumerate(CASES[name][1]):
        ours, *others = (statistics.median(row[number] for row in rows)
                         for rows in values.values())
        line = f'{what:48} {ours:11.2f}'
        for theirs in others:
            ratio = f'{ours / theirs:7.2f}' if theirs else f'{"-":>7}'
            line += f' {theirs:11.2f} {ratio}'
        print(f'{line}{"  (more is better)" * more}', flush=True)


def show_children(options):
    """The same rooms in two and in eight children."""
    program, case = wsload.build(), CASES['rooms'][0]
    costs = {}
    for children in [2, 8] * options.repeat:
        chat = peers.Chat(children=children)
        try:
            row = case(lambda *a: wsload.run(program, *a), chat, options)
        finally:
            chat.stop()
        costs.setdefault(children, []).append(row[0])
    two, eight = (statistics.median(costs[count]) for count in (2, 8))
    print(f'{"1,000 rooms of 10: us per delivery, 2 children":48} {two:11.2f}\n'
          f'{"    8 children, and the ratio":48} {eight:11.2f} '
          f'{eight / two:9.2f}', flush=True)


def show_static(options):
    """The same httpd's static file on new connections, and a handshake into a
    room: what a request costs without us and with us."""
    program, chat = wsload.build(), peers.Chat()
    try:
        pids = [chat.pid, *child_pids(chat.pid)]
        before = sum(cpu_seconds(pid) for pid in pids)
        done = subprocess.run(
            ['ab', '-q', '-n', '8000', '-c', '128', chat.page_url()],
            capture_output=True, text=True, check=True, timeout=120)
        spent = (sum(cpu_seconds(pid) for pid in pids) - before) / 8000 * 1e6
        _, handshake = connects(lambda *a: wsload.run(program, *a), chat,
                                options)
    finally:
        chat.stop()
    for line in done.stdout.splitlines():
        if line.startswith('Requests per second'):
            print(f'{"static file, new connections, per second":48} '
                  f'{float(line.split()[3]):11.2f}')
    print(f'{"    us of CPU for each":48} {spent:11.2f}')
    print(f'{"    of a handshake, and the ratio":48} {handshake:11.2f} '
          f'{handshake / spent:9.2f}', flush=True)


def show_floor():
    """A bare program's price of one send to each of 1,000 sockets."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / 'floor'
        subprocess.run(['cc', '-O2', '-D_GNU_SOURCE', '-o', str(program),
                        str(HERE / 'floor.c')], check=True)
        done = subprocess.run([str(program), '1000', '220', '100', '20'],
                              capture_output=True, text=True, check=True,
                              timeout=120)
    print(f'{"the floor: us per bare send, 1,000 sockets, 20/s":48} '
          f'{float(done.stdout):11.2f}')


def show_archive(case):
    """With and without an archive: not beside nchan, which has none."""
    def show_case(options):
        program = wsload.build()
        case(lambda *a: wsload.run(program, *a), options)
    return show_case


def show_relay(options):
    """One to three hosts, beside nginx and nchan on the same Redis."""
    program = wsload.build()
    relay.show(lambda *a: wsload.run(program, *a), options, program)


def main():
    extra = {'static': show_static, 'children8': show_children,
             'floor': lambda options: show_floor(),
             'transports': lambda options: transports.show(options.long),
             'relay': show_relay,
             **{name: show_archive(case)
                for name, case in archive.CASES.items()}}
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--repeat', type=int, default=3)
    parser.add_argument('--seconds', type=int, help='of one run; without it '
                        f'5, transports {transports.SECONDS}')
    parser.add_argument('--rows', type=int, help='messages of archive-rows, '
                        'which are 10 million in SQLite, else one')
    parser.add_argument('cases', nargs='*', metavar='CASE',
                        help=', '.join([*CASES, *extra]) + '; and only if '
                        'they are named ' + ', '.join(rows.CASES))
    options = parser.parse_args()
    unknown = set(options.cases) - {*CASES, *extra, *rows.CASES}
    if unknown:
        parser.error(f'no such case: {", ".join(sorted(unknown))}')
    options.long = options.seconds or transports.SECONDS
    options.seconds = options.seconds or 5
    names = options.cases or [*CASES, *extra]
    program = wsload.build() if set(names) & set(CASES) else None
    if set(names) & {*CASES, 'static', 'floor'}:
        print(f'{"":48} {"mod_chatws":>11} {"nchan":>11} {"ratio":>7} '
              f'{peers.Uws.name:>11} {"ratio":>7}')
    for name in names:
        if name in CASES:
            show(program, name, options)
        else:
            {**extra, **rows.CASES}[name](options)


if __name__ == '__main__':
    main()
