#!/usr/bin/env python3
"""Checks what packages are made from, without making one: one version, all
build dependencies, scripts that parse and never restart httpd, an RPM spec that
parses, a manual page without faults. Run by `make check`; a rule first has to
refuse a bad sample.

Speaks TAP.
"""
import re
import shutil
import subprocess
import sys

import man_page
from check_house import SOURCE, Tap

SCRIPTS = [f'debian/libapache2-mod-chatws.{name}'
           for name in ('postinst', 'prerm', 'postrm')]
MANUAL = (man_page.REFERENCE, *man_page.OTHERS)
SPEC = 'contrib/rpm/mod_chatws.spec'
VERSIONS = {
    'configure.ac': r'^AC_INIT\(\[mod_chatws\], \[(.*?)\]\)',
    'debian/changelog': r'\Amod-chatws \((.*)-\d+\)',
    SPEC: r'^Version: +(.*)$',
    'CHANGES': r'\AChanges of mod_chatws\n\n(.*)$',
}


def other_versions(tree):
    found = {path: re.search(pattern, tree[path], re.M)
             for path, pattern in VERSIONS.items()}
    first = found['configure.ac'][1]
    return [f'{path} is not of version {first}' for path, match
            in found.items() if not match or match[1] != first]


def missing_dependencies(tree):
    """Those that bootstrap.sh installs to build, by their -dev."""
    wanted = re.search(r"^packages_build='(.*?)'", tree['bootstrap.sh'],
                       re.M | re.S)[1].split()
    control = re.search(r'^Build-Depends:(.*?)^\S', tree['debian/control'],
                        re.M | re.S)[1]
    named = set(re.findall(r'[a-z0-9.+-]+', control))
    return [f'debian/control: {package} is not in Build-Depends'
            for package in wanted if package.endswith('-dev')
            and package != 'libc6-dev' and package not in named]


def restarts(tree):
    return [f'{path}: the word restart: rooms are in httpd\'s memory'
            for path in SCRIPTS if re.search(r'\brestart', tree[path])]


def faults_of_shell(tree):
    for path in SCRIPTS:
        done = subprocess.run(['sh', '-n'], input=tree[path], text=True,
                              capture_output=True, check=False)
        if done.returncode:
            yield f'{path}: {done.stderr}'


def faults_of_spec(tree):
    done = subprocess.run(['rpmspec', '--parse', '/dev/stdin'],
                          input=tree[SPEC], text=True, capture_output=True,
                          check=False)
    if done.returncode or '\n%files' not in done.stdout:
        yield f'{SPEC}: {done.stderr}'


def faults_of_man_page(tree):
    """What is left of Markdown; what man says of it."""
    try:
        page = '\n'.join(man_page.page('1', [tree[path] for path in MANUAL]))
    except ValueError as failure:
        return [str(failure)]
    left = [line for line in page.split('\n')
            if re.search(r'\]\(|`|\*\*', line)]
    if shutil.which('groff'):
        done = subprocess.run(['groff', '-man', '-Tutf8', '-ww', '-Kutf8', '-z'],
                              input=page, text=True, capture_output=True,
                              check=False)
        left += done.stderr.splitlines()
    return [f'mod_chatws(5): {line}' for line in left]


RULES = {
    'one version': (other_versions, 'debian/changelog',
                    lambda text: text.replace('(', '(9', 1)),
    'all build dependencies': (missing_dependencies, 'debian/control',
                               lambda text: text.replace('zlib1g', 'zlib2g')),
    'no script restarts httpd': (restarts, SCRIPTS[0],
                                 lambda text: text.replace(' reload',
                                                           ' restart')),
    'the scripts parse': (faults_of_shell, SCRIPTS[1],
                          lambda text: text.replace('\nfi', '\n')),
    'the manual page is one': (faults_of_man_page, MANUAL[0],
                               lambda text: text + '\n### More\n'),
    'the RPM spec parses': (faults_of_spec, SPEC,
                            lambda text: text.replace('Name:', 'Nam:')),
}


def main():
    tree = {path: (SOURCE / path).read_text(encoding='utf-8')
            for path in [*VERSIONS, *SCRIPTS, *MANUAL, 'bootstrap.sh',
                         'debian/control']}
    tap = Tap()
    for name, (rule, path, spoil) in RULES.items():
        if rule is faults_of_spec and not shutil.which('rpmspec'):
            tap.case(name, skip='rpmspec, of the package rpm, is not here')
            continue
        bad = {**tree, path: spoil(tree[path])}
        tap.case(f'{name}: refuses a bad sample',
                 [] if list(rule(bad)) else ['it passed'])
        tap.case(f'{name}: the project', rule(tree))
    print(f'1..{tap.count}')
    return tap.failed > 0


if __name__ == '__main__':
    sys.exit(main())
