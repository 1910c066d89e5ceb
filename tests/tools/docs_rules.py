"""What the documents owe to the sources, as programs. Used by check_docs.py.

A rule is a function of a tree, a dictionary {path: text}, that yields its
problems as sentences. Tables of the sources and of the documents are compared
both ways: what is missing, and what is no longer true.
"""
import posixpath
import re

import house_c

TABLE = 'modules/httpd/config/httpd_directives.h'
CONFIG = 'modules/httpd/config/httpd_config.c'
REFERENCE = 'docs/DIRECTIVES.md'
ERRORS = 'modules/chat/chat_error.c'
CLOSE = 'modules/ws/ws_close.h'
PROTOCOL = 'docs/PROTOCOL.md'
OPERATIONS = 'docs/OPERATIONS.md'
COUNTERS = ('modules/act/act_count.c', 'modules/httpd/rows/httpd_status.c')

CONTEXTS = {'SERVER_WIDE': 'server', 'ANYWHERE': 'anywhere',
            'SECTIONS': 'anywhere but in .htaccess'}

# Where the sources set a default: the fields in the order of the directive's
# words, with what one of their units is in the units of the document (seconds,
# bytes, or a plain number).
FIELDS = {
    'Chat': [('role', 'HTTPD_ROLE_')],
    'ChatSharedMemory': [('shared_memory', 1)],
    'ChatMaxConnections': [('max_connections', 'auto')],
    'ChatMaxRooms': [('max_rooms', 'auto')],
    'ChatDrain': [('drain', 1e-6), ('drain_rate', 1)],
    'ChatHistory': [('history_count', 1), ('history_age', 1e-3)],
    'ChatMaxMessage': [('max_message', 1)],
    'ChatMaxPayload': [('max_payload', 1)],
    'ChatRate': [('rate', 1), ('burst', 1)],
    'ChatOrigin': [('origin_rule', 'HTTPD_ORIGIN_')],
    'ChatAddressRate': [('address_rate', 1), ('address_burst', 1)],
    'ChatAddressConnections': [('address_connections', 1)],
    'ChatAddressRooms': [('address_rooms', 1)],
    'ChatGuests': [('guests', 'HTTPD_GUESTS_')],
    'ChatPresence': [('presence_most', 1)],
    'ChatPing': [('ping_interval', 1e-6), ('ping_timeout', 1e-6)],
    'ChatSlowClient': [('slow_client', 1e-6)],
}

UNITS = {'': 1, 'K': 2 ** 10, 'M': 2 ** 20, 'G': 2 ** 30, 'ms': 1e-3, 's': 1,
         'm': 60, 'h': 3600, 'd': 86400, '/s': 1, '/h': 1}


def directives(tree):
    """{name: SERVER_WIDE, SECTIONS or ANYWHERE} of the table."""
    rows = re.findall(r'ROW\("(\w+)",\s*(\w+)', tree.get(TABLE, ''))
    return dict(rows)


def sections(tree):
    """{heading: text} of the reference's chapters that look like a directive."""
    parts = re.split(r'^## (\w+)$', tree.get(REFERENCE, ''), flags=re.M)
    return {name: text for name, text in zip(parts[1::2], parts[2::2])}


def field_of(text, label):
    """The rest of the line "- LABEL: ..." of a section."""
    found = re.search(rf'^- {label}: (.*)$', text, re.M)
    return found[1] if found else ''


def number_of(expression, constants):
    """A C constant expression of numbers and macros, or None."""
    for _ in range(4):
        expression = re.sub(r'\b[A-Z]+\b',
                            lambda name: constants.get(name[0], name[0]),
                            re.sub(r'INT64_C\((\d+)\)', r'\1', expression))
    if not re.fullmatch(r'[\d\s*/<()+-]+', expression):
        return None
    return eval(expression.replace('/', '//'), {'__builtins__': {}})


def source_default(text, field):
    """How the sources initialize a field, as text; None if they do not."""
    found = re.search(rf'(?:\s\.|config->){field} = ([^,;]+)[,;]', text)
    return found[1].strip() if found else None


def documented_number(word):
    found = re.fullmatch(r'(\d+)([A-Za-z/]*)', word)
    if not found or found[2] not in UNITS:
        return None
    return int(found[1]) * UNITS[found[2]]


def wrong_default(text, name, words, constants):
    """True when the words are not what the sources set."""
    if name == 'ChatPresence' and words[:1] == ['on']:
        words = words[1:]
    if len(words) != len(FIELDS[name]):
        return True
    for word, (field, unit) in zip(words, FIELDS[name]):
        value = source_default(text, field)
        if unit == 'auto':
            if word != 'auto' or value is not None:
                return True
        elif isinstance(unit, str):
            if value != unit + word.upper():
                return True
        else:
            number = value and number_of(value, constants)
            documented = documented_number(word)
            if number is None or documented is None \
                    or abs(number * unit - documented) > 1e-9:
                return True
    return False


def directive_reference(tree):
    table, documented = directives(tree), sections(tree)
    if not table:
        yield f'{TABLE}: no directive was found'
    for name in sorted(set(table) - set(documented)):
        yield f'{REFERENCE}: {name} is missing'
    for name in sorted(set(documented) - set(table)):
        yield f'{REFERENCE}: {name} is no directive'
    for name in sorted(set(table) & set(documented)):
        text = documented[name]
        if f'`{name} ' not in field_of(text, 'Syntax'):
            yield f'{REFERENCE}: {name} has no syntax'
        if field_of(text, 'Context') != CONTEXTS.get(table[name]):
            yield (f'{REFERENCE}: the context of {name} is '
                   f'{CONTEXTS.get(table[name])}')


def directive_defaults(tree):
    source = tree.get(TABLE, '') + tree.get(CONFIG, '')
    constants = dict(re.findall(r'^#define ([A-Z]+) (.+)$', source, re.M))
    table = directives(tree)
    for name, text in sections(tree).items():
        default = field_of(text, 'Default')
        if not default:
            yield f'{REFERENCE}: {name} has no default'
        elif name in table and name in FIELDS and wrong_default(
                source, name, default.strip('`').split(), constants):
            yield (f'{REFERENCE}: {default} is not the default of {name} in '
                   f'{TABLE}')


def directive_names(tree):
    """A directive that a document or a configuration names exists."""
    table = directives(tree)
    for path, text in tree.items():
        if path.endswith('.md') or path.startswith('conf/') \
                or path == 'CHANGES':
            for name in sorted(set(re.findall(r'\bChat[A-Z]\w*', text))):
                if name not in table:
                    yield f'{path}: there is no directive {name}'


def table_cells(text, heading):
    """The rows of the table of a chapter, as lists of cells."""
    chapter = re.search(rf'^## {heading}$(.*?)(?=^## |\Z)', text, re.M | re.S)
    rows = re.findall(r'^\| (.+) \|$', chapter[1] if chapter else '', re.M)
    return [row.split(' | ') for row in rows[1:]]


def differences(path, what, wanted, documented):
    for one in sorted(set(wanted) - set(documented)):
        yield f'{path}: {what} {one} is missing'
    for one in sorted(set(documented) - set(wanted)):
        yield f'{path}: {what} {one} is not in the sources'


def error_codes(tree):
    rows = re.findall(r'\{ "(\w+)", (\d+),', tree.get(ERRORS, ''))
    wanted = {f'{code} {status}' for code, status in rows if code != 'ok'}
    documented = {f'{cells[0].strip("`")} {cells[1]}' for cells in
                  table_cells(tree.get(PROTOCOL, ''), 'Errors')}
    if not wanted:
        yield f'{ERRORS}: no error code was found'
    yield from differences(PROTOCOL, 'the error code and status', wanted,
                           documented)


def close_codes(tree):
    numbers = dict(re.findall(r'(WS_CLOSE_\w+) = (\d+)', tree.get(CLOSE, '')))
    used = set()
    for path, text in tree.items():
        if path.endswith('.c') and path.startswith('modules/') \
                and not path.endswith('/ws_close.c'):
            used |= {numbers[name] for name in
                     re.findall(r'WS_CLOSE_\w+', text) if name in numbers}
    documented = set()
    for cells in table_cells(tree.get(PROTOCOL, ''), 'Close codes'):
        documented |= set(re.findall(r'\d{4}', cells[0]))
    if not used:
        yield f'{CLOSE}: no close code was found'
    for code in sorted(used - documented):
        yield f'{PROTOCOL}: the close code {code} is missing'


def log_lines(tree):
    wanted = set()
    for path, text in tree.items():
        if path.endswith('.c') and not path.startswith('tests/'):
            for _, string in house_c.strings(text):
                wanted |= set(re.findall(r'\bCW\d{4}\b', string))
    documented = {cells[0] for cells in
                  table_cells(tree.get(OPERATIONS, ''), 'Log lines')}
    if not wanted:
        yield 'modules: no log line was found'
    yield from differences(OPERATIONS, 'the log line', wanted, documented)


def counters(tree):
    wanted = set()
    for path in COUNTERS:
        wanted |= set(re.findall(r'\{\s*"(\w+)",\s*(?:true|false)',
                                 tree.get(path, '')))
    documented = set()
    cells = table_cells(tree.get(OPERATIONS, ''), 'Status and counters')
    for row in cells:
        documented |= set(re.findall(r'`(\w+)`', row[0]))
    if not wanted:
        yield 'modules: no counter was found'
    yield from differences(OPERATIONS, 'the counter', wanted, documented)


def anchors(text):
    """The anchors that a host of the documents gives to the headings."""
    text = re.sub(r'^```.*?^ *```$', '', text, flags=re.M | re.S)
    return {re.sub(r'[^\w -]', '', title.lower()).replace(' ', '-')
            for title in re.findall(r'^#+ (.+)$', text, re.M)}


def links(tree):
    for path, text in tree.items():
        if not path.endswith('.md'):
            continue
        for link in re.findall(r'\]\(([^)\s]+)\)', text):
            if re.match(r'[a-z]+:', link):
                continue
            name, _, anchor = link.partition('#')
            target = path if not name else posixpath.normpath(
                posixpath.join(posixpath.dirname(path), name))
            if target not in tree:
                yield f'{path}: there is no {link}'
            elif anchor and anchor not in anchors(tree[target]):
                yield f'{path}: there is no heading for {link}'


RULES = {
    'every directive has its chapter': directive_reference,
    'the defaults are those of the sources': directive_defaults,
    'named directives exist': directive_names,
    'the error codes are those of the sources': error_codes,
    'every close code is documented': close_codes,
    'every log line is documented': log_lines,
    'every counter is documented': counters,
    'links lead somewhere': links,
}
