"""What the documents owe to the sources, as programs. Used by check_docs.py.

A rule is a function of a tree, a dictionary {path: text}, that yields its
problems as sentences. Tables of the sources and of the documents are compared
both ways: what is missing, and what is no longer true.
"""
import posixpath
import re

import docs_examples
import files
import house_c
import man_page

TABLE = 'modules/httpd/config/httpd_directives.c'
REFERENCE = man_page.REFERENCE
REFERENCE_MORE = man_page.OTHERS
ERRORS = 'modules/chat/chat_error.c'
CLOSE = 'modules/ws/ws_close.h'
PROTOCOL = 'docs/PROTOCOL.md'
STATUS = 'docs/STATUS.md'
LOG = 'docs/LOG.md'
MAP = 'docs/README.md'
PROGRAM = 'ctl/ctl_options.c'
PROGRAM_PAGE = 'ctl/chatwsctl.1'
COUNTERS = ('modules/act/act_count.c', 'modules/httpd/status/httpd_figures.c')

FLOORS = ('base', 'http', 'ws', 'chat', 'room', 'loop', 'act', 'hub', 'httpd',
          'check', 'house', 'test', 'fuzz')

CONTEXTS = {'SERVER_WIDE': 'server', 'ANYWHERE': 'anywhere',
            'SECTIONS': 'anywhere but in .htaccess',
            'RIGHTS': 'anywhere (.htaccess: AuthConfig)',
            'RIGHTS_OR_LESS': 'anywhere (.htaccess: AuthConfig; with FileInfo '
                              'alone it only makes stricter)'}

# What one of a documented unit is in the unit that the table has: bytes,
# microseconds, or a plain number.
UNITS = {'COUNT': {'': 1}, 'RATE': {'/s': 1},
         'SIZE': {'': 1, 'K': 2 ** 10, 'M': 2 ** 20, 'G': 2 ** 30},
         'TIME': {'': 10 ** 6, 'ms': 10 ** 3, 's': 10 ** 6, 'm': 60 * 10 ** 6,
                  'h': 3600 * 10 ** 6, 'd': 86400 * 10 ** 6}}

STRING = r'"(?:[^"\\\n]|\\.)*"'
ROW = re.compile(rf'^    ROW\("(\w+)",\s*(\w+),\s*((?:{STRING}\s*)+),'
                 r'(.*?)(?=^    (?:ROW\(|\{))', re.M | re.S)


class Row:
    """A row of the table of directives."""

    def __init__(self, found, source, macros):
        self.name, self.where, form, rest = found.groups()
        self.form = text_of(form, {}).split(', for example ')[0]
        preset = re.search(rf'\.preset = ((?:{STRING}|\w+|\s)+),', rest)
        self.default = text_of(preset[1], macros) if preset else ''
        self.parser = '.parse = ' in rest
        self.optional = int((re.search(r'\.optional = (\d+)', rest)
                             or [0, 0])[1])
        self.words = set(re.findall(r'\.zero = "(\w+)"', rest))
        for table in re.findall(r'\.names = (\w+)', rest):
            names = re.search(rf'\b{table}\[\] = \{{(.*?)\}};', source, re.S)
            self.words |= set(re.findall(r'"(\w+)"', names[1]))
        self.limits = [(kind, number_of(limit, source)) for kind, *both in
                       re.findall(r'\b([A-Z]+)\(([^,()]+), ([^,()]+)\)', rest)
                       if kind in UNITS for limit in both]

    def limited_by(self, word):
        """True when the word is a limit of one of the values."""
        digits, unit = re.fullmatch(r'(\d+)(.*)', word).groups()
        return any(unit in UNITS[kind]
                   and int(digits) * UNITS[kind][unit] == limit
                   for kind, limit in self.limits)


def text_of(expression, macros):
    """The text of C's string literals and of macros for some; None if a macro
    is not in the sources."""
    text = ''
    for part in re.findall(rf'{STRING}|\w+', expression):
        literal = part if part[0] == '"' else macros.get(part)
        if literal is None:
            return None
        text += literal[1:-1]
    escapes = text.encode('ascii').decode('unicode_escape')
    return escapes.encode('latin-1').decode('utf-8')


def number_of(expression, source):
    """A C constant expression of numbers and macros of the source."""
    constants = dict(re.findall(r'^#define ([A-Z]+) (.+)$', source, re.M))
    while re.search(r'[A-Z]{2}', expression):
        expression = re.sub(r'\b[A-Z]+\b', lambda name: constants[name[0]],
                            re.sub(r'INT64_C\((\d+)\)', r'\1', expression))
    assert re.fullmatch(r'[\d\s*/<()+-]+', expression), expression
    return eval(expression.replace('/', '//'), {'__builtins__': {}})


def directives(tree):
    """{name: Row} of the table."""
    macros = {}
    for path, text in tree.items():
        if path.endswith('.h'):
            for name, value in re.findall(
                    rf'^#define (\w+)[ \\\n]+((?:{STRING}[ \\\n]*)+)$', text,
                    re.M):
                macros[name] = '"' + ''.join(
                    one[1:-1] for one in re.findall(STRING, value)) + '"'
    source = tree.get(TABLE, '')
    return {found[1]: Row(found, source, macros)
            for found in ROW.finditer(source)}


def sections(tree):
    """{heading: text} of the reference's chapters that look like a directive."""
    chapters = {}
    for path in (REFERENCE, *REFERENCE_MORE):
        parts = re.split(r'^## (\w+)$', tree.get(path, ''), flags=re.M)
        chapters.update(zip(parts[1::2], parts[2::2]))
    return chapters


def field_of(text, label):
    """The rest of the item "- LABEL: ..." of a section, on one line."""
    found = re.search(rf'^- {label}: (.*(?:\n  .*)*)$', text, re.M)
    return ' '.join(found[1].split()) if found else ''


def described(tree):
    """Each directive of the table that has a chapter: its row and the text."""
    documented = sections(tree)
    for name, row in directives(tree).items():
        if name in documented:
            yield row, documented[name]


def directive_reference(tree):
    table, documented = directives(tree), sections(tree)
    if not table:
        yield f'{TABLE}: no directive was found'
    for name in sorted(set(table) - set(documented)):
        yield f'{REFERENCE}: {name} is missing'
    for name in sorted(set(documented) - set(table)):
        yield f'{REFERENCE}: {name} is no directive'
    for row, text in described(tree):
        context = CONTEXTS.get(row.where)
        if field_of(text, 'Context') != context:
            yield f'{REFERENCE}: the context of {row.name} is {context}'


def directive_defaults(tree):
    for row, text in described(tree):
        documented = field_of(text, 'Default')
        if not documented:
            yield f'{REFERENCE}: {row.name} has no default'
        elif row.default is not None and documented != f'`{row.default}`':
            yield (f'{REFERENCE}: {documented} is not the default of '
                   f'{row.name}: it is `{row.default}`')


def directive_syntax(tree):
    """The words, the brackets and the limits of a chapter's syntax are those of
    the table, and of the sentence by which configtest refuses a line."""
    number = re.compile(r'(?<![\w#])\d+[A-Za-z]*\b')
    for row, text in described(tree):
        syntax = field_of(text, 'Syntax')
        if f'`{row.name} ' not in syntax:
            yield f'{REFERENCE}: {row.name} has no syntax'
            continue
        if syntax.count('[') != row.optional:
            yield (f'{REFERENCE}: {row.optional} of the words of {row.name} '
                   'may be left out')
        code = ' '.join(re.findall(r'`([^`]*)`', syntax))
        words = set(re.findall(r'[^\s|\[\]".]+', code)) - {row.name}
        fixed = {word for word in words if re.fullmatch('[a-z]+', word)}
        limits = set(number.findall(re.sub(r'`[^`]*`', '', syntax)))
        refusal = set(re.findall(r'[\w/]+', row.form))
        told = set(number.findall(row.form))
        wrong = (row.words - fixed) | (fixed - refusal) | (told - limits)
        wrong |= {word for word in refusal - words
                  if re.fullmatch('[A-Z]{2}[A-Z/a-z]*', word)}
        if not row.parser:
            wrong |= fixed - row.words
            wrong |= {one for one in limits if not row.limited_by(one)}
        for word in sorted(wrong):
            yield (f'{REFERENCE}: the syntax of {row.name} and its row of '
                   f'{TABLE} do not agree on {word}')


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
                  table_cells(tree.get(LOG, ''), 'Log lines')}
    if not wanted:
        yield 'modules: no log line was found'
    yield from differences(LOG, 'the log line', wanted, documented)


def counters(tree):
    wanted = set()
    for path in COUNTERS:
        wanted |= set(re.findall(r'\{\s*"(\w+)",\s*(?:true|false)',
                                 tree.get(path, '')))
    documented = set()
    cells = table_cells(tree.get(STATUS, ''), 'Counters')
    for row in cells:
        documented |= set(re.findall(r'`(\w+)`', row[0]))
    if not wanted:
        yield 'modules: no counter was found'
    yield from differences(STATUS, 'the counter', wanted, documented)


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


def map_of_documents(tree):
    """The map leads to each document once."""
    targets = re.findall(r'\]\((\w+\.md)\)', tree.get(MAP, ''))
    wanted = [posixpath.basename(path) for path in tree
              if re.fullmatch(r'docs/\w+\.md', path) and path != MAP]
    if not wanted:
        yield 'docs: no document was found'
    for name in sorted(set(wanted) | set(targets)):
        if targets.count(name) != wanted.count(name):
            yield f'{MAP}: {name} is there {targets.count(name)} times'


def manual_page(tree):
    """What chatwsctl takes, and what it returns, is what its page has."""
    source = tree.get(PROGRAM, '')
    page = re.sub(r'\\f[A-Z]', '', tree.get(PROGRAM_PAGE, '')) \
        .replace('\\-', '-')
    chapters = re.split(r'^\.SH (.+)$', page, flags=re.M)
    chapters = dict(zip(chapters[1::2], chapters[2::2]))
    tags = {name: re.findall(r'^\.TP\n\.\w+ (.*)$', chapters.get(name, ''),
                             re.M)
            for name in ('COMMANDS', 'OPTIONS', 'EXIT STATUS')}
    wanted = {
        'COMMANDS': set(re.findall(r'^    \{ "(\w+)", [\dA-Z |]+, ', source,
                                   re.M)),
        'OPTIONS': {f'--{name}' for name in
                    re.findall(r'\{ "(\w+)", \w+_argument', source)},
        'EXIT STATUS': set(re.findall(r'(?<=[ :;])\d+(?= [a-z])',
                                      source.partition('Exit status')[2]
                                      .partition('";')[0])),
    }
    tags['OPTIONS'] += [tag for tag in tags['COMMANDS'] if '--' in tag]
    for name, words in wanted.items():
        found = {word for tag in tags[name] for word in
                 re.findall(r'--\w+' if name == 'OPTIONS'
                            else r'^[\'"]?(\w+)', tag)}
        if not words:
            yield f'{PROGRAM}: nothing for {name} was found'
        yield from differences(PROGRAM_PAGE, name, words, found)


def named_things(tree):
    """What a document calls by a name of the sources has that name."""
    words = set()
    for path, text in tree.items():
        if path.startswith(('modules/', 'tests/', 'mod_chatws.c')):
            words |= set(re.findall(r'\w+', text))
            words.add(posixpath.splitext(posixpath.basename(path))[0])
    for path in ('docs/ARCHITECTURE.md', 'CONTRIBUTING.md'):
        for name in re.findall(r'`[^`\n]*`', tree.get(path, '')):
            for word in re.findall(r'\b(?:' + '|'.join(FLOORS)
                                   + r')_\w*[a-z0-9]\b', name):
                if word not in words:
                    yield f'{path}: nothing is called {word}'


def list_of_files(tree):
    now = tree.get(files.TARGET, '').splitlines()
    wanted = files.listing(tree).splitlines()
    for line in wanted:
        if line not in now:
            yield f'{files.TARGET}: run tests/tools/files.py: {line}'
    for line in now:
        if line not in wanted:
            yield f'{files.TARGET}: run tests/tools/files.py: not {line}'


RULES = {
    'every directive has its chapter': directive_reference,
    'the defaults are those of the sources': directive_defaults,
    'the syntax is that of the sources': directive_syntax,
    'named directives exist': directive_names,
    'the error codes are those of the sources': error_codes,
    'every close code is documented': close_codes,
    'every log line is documented': log_lines,
    'every counter is documented': counters,
    'links lead somewhere': links,
    'the map has every document once': map_of_documents,
    'chatwsctl has what its page has': manual_page,
    'every example is run': docs_examples.problems,
    'what is named exists': named_things,
    'each file is listed': list_of_files,
}
