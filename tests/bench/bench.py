#!/usr/bin/python3
"""mod_chatws beside nginx + nchan: memory, CPU, connections per second.

    tests/bench/bench.py [--repeat N] [--clients N] [CASE ...]

Both servers run on the same machine with two processes; every case is run in
turns and the medians are printed with their ratio. CPU is the server's, from
/proc, so that other load on the machine does not count. Nothing here passes or
fails; a run in which a message was lost or a client dropped is no figure and
ends the program.
"""
import argparse
import statistics
import time
from urllib.request import urlopen

import peers
import wsload
from harness import cpu_seconds, child_pids


def idle_memory(run, peer, options, tls=False):
    clients = options.clients // 2 if tls else options.clients
    report = run('idle', peer.room_url(tls), peer.pid, '--clients', clients,
                 '--settle', 3, '--hold', 1, *peer.arguments())
    return report['server']['bytes_per_connection'] / 1024


def idle_memory_tls(run, peer, options):
    return idle_memory(run, peer, options, tls=True)


def echo_cpu(run, peer, options):
    arguments = [] if peer.name == 'mod_chatws' else peer.arguments()
    report = run('chat', peer.echo_url(), peer.pid, '--clients', 100,
                 '--members', 1, '--rate', 5000, '--size', 100, '--duration',
                 options.seconds, *arguments)
    return report['server']['cpu_us_per_delivery']


def fanout(run, peer, options, *load):
    return run('fanout', peer.room_url(), peer.pid, '--clients', 1000,
               '--size', 100, '--publish', 'clients', '--duration',
               options.seconds, *load, *peer.arguments())


def paced_cpu(run, peer, options):
    report = fanout(run, peer, options, '--rate', 20)
    return report['server']['cpu_us_per_delivery']


def paced_latency(run, peer, options):
    return fanout(run, peer, options, '--rate', 20)['latency_us']['p99'] / 1000


def full_cpu(run, peer, options):
    report = fanout(run, peer, options, '--rate', 0, '--window', 64)
    return report['server']['cpu_us_per_delivery']


def full_rate(run, peer, options):
    report = fanout(run, peer, options, '--rate', 0, '--window', 64)
    return report['deliveries_per_s'] / 1000


def connects(run, peer, options):
    report = run('idle', peer.room_url(), peer.pid, '--clients', 4000,
                 '--settle', 0, '--hold', 0, *peer.arguments())
    return report['connects_per_s']


CASES = {
    'memory': (idle_memory, 'KB of user space per idle member', False),
    'memory-tls': (idle_memory_tls, 'KB per idle member over TLS', False),
    'echo': (echo_cpu, 'us of CPU per echoed message', False),
    'paced-cpu': (paced_cpu, 'us per delivery, 1,000 members, 20/s', False),
    'paced-p99': (paced_latency, 'ms p99 latency, the same', False),
    'full-cpu': (full_cpu, 'us per delivery at full speed', False),
    'full-rate': (full_rate, 'thousand deliveries/s, the same', True),
    'connects': (connects, 'connections per second into a room', True),
}


def static_requests(peer, seconds):
    """New connections per second and CPU for a static file of the same httpd:
    the price of a request without us."""
    pids = [peer.pid] + child_pids(peer.pid)
    before = sum(cpu_seconds(pid) for pid in pids)
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        with urlopen(peer.page_url()) as answer:
            answer.read()
        count += 1
    spent = sum(cpu_seconds(pid) for pid in pids) - before
    return spent / count * 1e6


def measure(program, name, options):
    """Fresh servers for each figure; chatws and nchan take turns."""
    case = CASES[name][0]
    values = {}
    for _ in range(options.repeat):
        for kind in (peers.Chat, peers.Nchan):
            peer = kind()
            try:
                value = case(lambda *a: wsload.run(program, *a), peer, options)
            finally:
                peer.stop()
            values.setdefault(kind.name, []).append(value)
    return {peer: statistics.median(list_) for peer, list_ in values.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--repeat', type=int, default=3)
    parser.add_argument('--clients', type=int, default=10000)
    parser.add_argument('--seconds', type=int, default=5)
    parser.add_argument('cases', nargs='*', choices=[*CASES, []])
    options = parser.parse_args()
    program = wsload.build()
    print(f'{"":44} {"mod_chatws":>11} {"nchan":>9} {"ratio":>7}')
    for name in options.cases or CASES:
        medians = measure(program, name, options)
        ours, theirs = medians['mod_chatws'], medians['nchan']
        print(f'{CASES[name][1]:44} {ours:11.2f} {theirs:9.2f} '
              f'{ours / theirs:7.2f}{"  (more is better)" * CASES[name][2]}',
              flush=True)
    chat = peers.Chat()
    try:
        print(f'{"us of CPU per static file, new connection":44} '
              f'{static_requests(chat, options.seconds):11.2f}')
    finally:
        chat.stop()


if __name__ == '__main__':
    main()
