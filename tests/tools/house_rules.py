"""The rules of the house, as programs. Used by check_house.py.

A rule is a function of a tree, a dictionary {path: text}, that yields its
problems as sentences "path:line: what is wrong". The limits and the floors are
those of docs/ARCHITECTURE.md.
"""
import os
import re

import house_c

FUNCTION_LINES = 60
NESTING = 4
FILE_LINES = 500
PROTOTYPES = 15
COLUMNS = 80

# What a floor may include besides its own files.
FLOORS = {
    'base': (),
    'http': ('base',),
    'ws': ('base',),
    'chat': ('base',),
    'room': ('base',),
    'loop': ('base',),
    'hub': ('base', 'http', 'ws', 'chat', 'room', 'loop'),
    'httpd': ('base', 'http', 'ws', 'chat', 'room', 'loop', 'hub'),
    '': ('base', 'http', 'ws', 'chat', 'room', 'loop', 'hub', 'httpd'),
}

# The hundreds that the ids of a floor's log lines begin with.
LOG_IDS = {'base': '00', 'ws': '01', 'chat': '02', 'room': '03', 'loop': '04',
           'hub': '05', 'httpd': '06 07 08', '': '09', 'http': '10'}

HTTPD_HEADER = re.compile(r'(httpd|http_\w+|ap_\w+|util_\w+|mod_\w+'
                          r'|scoreboard|mpm_common)\.h$')
UNFINISHED = re.compile(r'\b(TO' r'DO|FIX' r'ME|X' r'XX)\b')
MACHINE = re.compile(r'(?<![\w.~$})-])/(home|root|work|Users|farm)/\w')

LIMITER = 'modules/httpd/httpd_log.c'


def floor_of(path):
    """The floor's name, '' for mod_chatws.c, None for what is on no floor."""
    if path == 'mod_chatws.c':
        return ''
    parts = path.split('/')
    return parts[1] if parts[0] == 'modules' and len(parts) == 3 else None


def c_files(tree):
    return {path: text for path, text in tree.items()
            if path.endswith(('.c', '.h'))}


def upward_include(tree):
    for path, text in c_files(tree).items():
        floor = floor_of(path)
        if floor is None:
            continue
        if floor not in FLOORS:
            yield f'{path}:1: there is no floor {floor}'
            continue
        pattern = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)', re.M)
        for match in pattern.finditer(text):
            line = house_c.line_of(text, match.start(2))
            other, slash, _ = match[2].partition('/')
            if match[1] == '"' and slash and other != floor \
                    and other not in FLOORS[floor]:
                yield f'{path}:{line}: {floor} must not include {match[2]}'
            elif match[1] == '"' and not slash:
                yield f'{path}:{line}: write "floor/{match[2]}"'
            elif floor not in ('', 'httpd') and HTTPD_HEADER.match(match[2]):
                yield f'{path}:{line}: only httpd may include {match[2]}'


def long_function(tree):
    for path, text in c_files(tree).items():
        for function in house_c.functions(house_c.code_only(text)):
            if function.lines > FUNCTION_LINES:
                yield (f'{path}:{function.line}: {function.name} has '
                       f'{function.lines} lines, {FUNCTION_LINES} are allowed')


def deep_nesting(tree):
    for path, text in c_files(tree).items():
        code = house_c.code_only(text)
        for function in house_c.functions(code):
            depth = house_c.nesting(code, function)
            if depth > NESTING:
                yield (f'{path}:{function.line}: {function.name} nests {depth}'
                       f' deep, {NESTING} are allowed')


def missing_braces(tree):
    for path, text in c_files(tree).items():
        code = house_c.code_only(text)
        for function in house_c.functions(code):
            for line in house_c.unbraced(code, function):
                yield f'{path}:{line}: a statement needs braces'


def layout(tree):
    tight = re.compile(r'\b(if|for|while|switch)\(|\b[a-z_]\w+\* \w')
    for path, text in c_files(tree).items():
        code = house_c.code_only(text)
        for function in house_c.functions(code):
            for line, what in house_c.misplaced(code, function):
                yield f'{path}:{line}: {what}'
        for match in tight.finditer(code):
            line = house_c.line_of(code, match.start())
            yield f'{path}:{line}: a space is in the wrong place: {match[0]}'


def long_file(tree):
    for path, text in tree.items():
        lines = text.count('\n')
        if lines > FILE_LINES and path != 'LICENSE':
            yield (f'{path}:{lines}: has {lines} lines, '
                   f'{FILE_LINES} are allowed')


def many_prototypes(tree):
    for path, text in tree.items():
        if path.endswith('.h'):
            names = house_c.prototypes(house_c.code_only(text))
            if len(names) > PROTOTYPES:
                yield (f'{path}:1: declares {len(names)} functions, '
                       f'{PROTOTYPES} are allowed')


def wrong_name(tree):
    for path, text in tree.items():
        floor = floor_of(path)
        stem, suffix = os.path.splitext(path.split('/')[-1])
        if not floor or suffix not in ('.c', '.h'):
            continue
        if stem != floor and not stem.startswith(floor + '_'):
            yield f'{path}:1: the name of the file must begin with {floor}_'
        if suffix == '.h':
            for name in house_c.prototypes(house_c.code_only(text)):
                if not name.startswith(floor + '_'):
                    yield (f'{path}:1: the name of {name} must begin with '
                           f'{floor}_')


def util_file(tree):
    for path in tree:
        if os.path.splitext(path.split('/')[-1])[0].endswith('util'):
            yield f'{path}:1: a file is called after its noun, not util'


def log_id(tree):
    seen = {}
    for path, text in c_files(tree).items():
        floor = floor_of(path)
        if floor not in LOG_IDS:
            continue
        for line, string in house_c.strings(text):
            for number in re.findall(r'\bCW(\d{4})\b', string):
                here = f'{path}:{line}'
                if number in seen:
                    yield f'{here}: CW{number} is also at {seen[number]}'
                elif number[:2] not in LOG_IDS[floor].split():
                    yield (f'{here}: CW{number}: ids here begin with '
                           f'CW{LOG_IDS[floor]}')
                seen.setdefault(number, here)


def unlimited_line(tree):
    for path, text in c_files(tree).items():
        if not path.startswith('modules/') or path == LIMITER:
            continue
        for match in re.finditer(r'\bap_log_[rcp]error\b', text):
            yield (f'{path}:{house_c.line_of(text, match.start())}: a line '
                   'that a request can cause goes through httpd_log_limited')


def plain_text(tree):
    for path, text in c_files(tree).items():
        for number, line in enumerate(text.split('\n'), 1):
            if not line.isascii() and not path.startswith('tests/'):
                yield f'{path}:{number}: only ASCII in C'
            if '\t' in line or '\r' in line:
                yield f'{path}:{number}: no tabs and carriage returns'
            if line.endswith(' '):
                yield f'{path}:{number}: white space at the end'
            if len(line) > COLUMNS:
                yield f'{path}:{number}: {len(line)} columns'
        if text and not text.endswith('\n'):
            yield f'{path}:{text.count(chr(10)) + 1}: no newline at the end'


def unfinished(tree):
    for path, text in tree.items():
        for match in UNFINISHED.finditer(text):
            line = house_c.line_of(text, match.start())
            yield f'{path}:{line}: {match[0]}'


def machine_path(tree):
    for path, text in tree.items():
        for match in MACHINE.finditer(text):
            line = house_c.line_of(text, match.start())
            yield f'{path}:{line}: the path {match[0]}... is of one machine'


def unlisted_file(tree):
    makefile = ' '.join(text for path, text in tree.items()
                        if path.endswith('.am'))
    listed = set(re.findall(r'[\w./-]+', makefile))
    for path in tree:
        source = path.endswith(('.c', '.h')) or (
            path.startswith('tests/') and
            re.search(r'/test_\w+\.py$', path)) or path.startswith('htdocs/')
        program = path[:-2] if path.startswith('tests/') else path
        if source and path not in listed and program not in listed:
            yield f'{path}:1: Makefile.am does not name it'


def untested_parser(tree):
    for path in tree:
        stem, suffix = os.path.splitext(path.split('/')[-1])
        if floor_of(path) != 'http' or suffix != '.c':
            continue
        for test in (f'tests/unit/test_{stem}.c', f'tests/fuzz/fuzz_{stem}.c'):
            if test not in tree:
                yield f'{path}:1: there is no {test}'


def undocumented_directive(tree):
    table = tree.get('modules/httpd/httpd_directives.h')
    if table is None:
        return
    names = {string for _, string in house_c.strings(table)
             if re.fullmatch(r'Chat([A-Z]\w*)?', string)}
    reference = ' '.join(text for path, text in tree.items()
                         if re.match(r'(conf|docs)/.*\.(conf|md)$', path))
    words = set(re.findall(r'\bChat\w*', reference))
    if not names:
        yield 'modules/httpd/httpd_directives.h:1: no directive was found'
    for name in sorted(names - words):
        yield (f'modules/httpd/httpd_directives.h:1: {name} is in no file of '
               'conf/ or docs/')


RULES = {
    'no upward include': upward_include,
    'functions are short': long_function,
    'nesting is shallow': deep_nesting,
    'statements have braces': missing_braces,
    'C is laid out like httpd': layout,
    'files are short': long_file,
    'headers have few prototypes': many_prototypes,
    'names tell the floor': wrong_name,
    'no file is called util': util_file,
    'ids of log lines are unique': log_id,
    'requests cannot flood the log': unlimited_line,
    'C is plain text': plain_text,
    'nothing is unfinished': unfinished,
    'no paths of one machine': machine_path,
    'Makefile.am names every file': unlisted_file,
    'every parser is tested and fuzzed': untested_parser,
    'every directive is documented': undocumented_directive,
}


def foreign_symbols(nm_output):
    """Yields the symbols other than the module record that `nm -D
    --defined-only` printed; a sentence if that is missing."""
    names = [line.split()[-1] for line in nm_output.splitlines() if line]
    if 'chatws_module' not in names:
        yield 'chatws_module is not exported'
    for name in names:
        if name != 'chatws_module':
            yield f'{name} is exported'
