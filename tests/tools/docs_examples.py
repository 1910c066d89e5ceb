"""The examples of the documents: what stands between two lines of ```, of which
the first says what it is. tests/integration/test_docs_examples.py runs them.

What it cannot run is in the table below, with what does the same instead, or
with the reason why nothing does. The rule of check_docs.py compares both ways.
"""
import ast
import re
from typing import NamedTuple

HERE = 'tests/tools/docs_examples.py'

# The test runs each example of these kinds.
RUN = ('apache', 'css', 'haproxy', 'html', 'js', 'json', 'nginx', 'php',
       'python')
# And of these it runs what has a row in the table that says so.
ROWS = ('sh', 'text')

# (document, heading, the how manieth of these kinds below it): a file that
# does the same; `run`, as a script of its own; `curl`, against a server; or
# why not.
ELSEWHERE = {
    ('CONTRIBUTING.md', 'Build', 1): 'bootstrap.sh',
    ('CONTRIBUTING.md', 'Run the tests', 1): 'bootstrap.sh',
    ('CONTRIBUTING.md', 'Run the tests', 2): 'tests/package/life.py',
    ('CONTRIBUTING.md', 'Run the tests', 3): 'tests/tools/suite.py',
    ('README.md', 'Five minutes', 1):
        'by hand: it clones and installs packages',
    ('README.md', 'Five minutes', 2): 'tests/package/owner.py',
    ('README.md', 'Without the package', 1): 'by hand: it installs',
    ('README.md', 'Put it into a page', 1): 'curl',
    ('docs/ARCHITECTURE.md', 'What a client is sent, in order', 1):
        'by hand: a drawing',
    ('docs/ARCHIVE.md', 'In five minutes', 1):
        'by hand: it makes databases of this machine\'s own servers',
    ('docs/ARCHIVE.md', 'Who must be able to write', 1):
        'by hand: the package does it, see debian/*.dirs',
    ('docs/ARCHIVE.md', 'Backup while it runs', 1):
        'tests/integration/test_archive_move.py',
    ('docs/ARCHIVE.md', 'Searching a room', 1): 'curl',
    ('docs/CHATWSCTL.md', 'chatwsctl', 1): 'tests/integration/test_ctl.py',
    ('docs/CHATWSCTL.md', 'Moving to another database', 1):
        'tests/integration/test_archive_move.py',
    ('docs/COMPRESSION.md', 'What is agreed on', 1):
        'tests/integration/test_deflate.py',
    ('docs/DIRECTIVES.md', 'ChatFilter', 1):
        'tests/integration/test_filter.py',
    ('docs/LOG.md', 'Log lines', 1):
        'tests/integration/test_docs_examples.py',
    ('docs/OPERATIONS.md', 'Descriptors', 1): 'by hand: a formula',
    ('docs/OPERATIONS.md', 'Descriptors', 2): 'by hand: a line of envvars',
    ('docs/OPERATIONS.md', 'Descriptors', 3): 'by hand: of systemd',
    ('docs/OPERATIONS.md', 'Configuration of the proxy', 1):
        'by hand: of Varnish, which the tests have not got',
    ('docs/OPERATIONS.md', 'Upgrade and remove', 1):
        'by hand: it uninstalls',
    ('docs/PEOPLE.md', 'Keeping order', 1): 'curl',
    ('docs/PEOPLE.md', 'ChatTokenKey', 1): 'run',
    ('docs/PROTOCOL.md', 'Event stream', 1):
        'tests/integration/test_sse.py',
    ('docs/RECIPES.md', 'Export a room', 1):
        'tests/integration/test_recipes.py',
    ('docs/RECIPES.md', 'Empty a room', 1):
        'tests/integration/test_recipes.py',
    ('docs/RECIPES.md', 'Erase somebody', 1):
        'tests/integration/test_recipes.py',
    ('docs/RECIPES.md', 'Erase somebody', 2):
        'tests/integration/test_recipes.py',
    ('docs/REDIS.md', 'In five minutes', 1):
        'by hand: an address that this machine has not got',
    ('docs/REDIS.md', 'In five minutes', 2): 'run',
    ('docs/SEGMENT.md', 'What lies where', 1): 'by hand: a drawing',
    ('docs/SEGMENT.md', 'A room\'s log', 1): 'by hand: a drawing',
    ('docs/TOKENS.md', 'Tokens: your site\'s own users', 1): 'run',
    ('docs/TOKENS.md', 'Shell', 1): 'tests/integration/test_token_makers.py',
    ('docs/TOKENS.md', 'Shell', 2): 'run',
    ('docs/UPGRADING.md', 'From one 1.x to the next', 1):
        'tests/package/life.py',
    ('docs/UPGRADING.md', 'From one 1.x to the next', 2):
        'by hand: it installs',
    ('docs/UPGRADING.md', 'From make install to the package', 1):
        'by hand: it installs, in an editor',
    ('docs/UPGRADING.md', 'Make the tarball yourself', 1): 'bootstrap.sh',
    ('docs/WORDPRESS.md', 'Install it', 1): 'run',
}


class Example(NamedTuple):
    document: str
    heading: str
    kind: str
    number: int  # 1 for the first of its kinds below this heading
    text: str

    @property
    def key(self):
        return self.document, self.heading, self.number


def parts(text):
    """(heading, kind, text) of each; without the indentation of a list."""
    heading, lines = '', iter(text.split('\n'))
    for line in lines:
        title = re.match(r'#+ (.+)', line)
        fence = re.match(r'( *)```(.*)', line)
        if title:
            heading = title[1]
        elif fence:
            inside = []
            for line in lines:
                if line.strip() == '```':
                    break
                inside.append(line.removeprefix(fence[1]))
            yield heading, fence[2], '\n'.join(inside) + '\n'


def examples(tree):
    """All of them, of a tree {path: text}."""
    for path, text in sorted(tree.items()):
        if not path.endswith('.md') or path.startswith('contrib/'):
            continue
        numbers = {}
        for heading, kind, inside in parts(text):
            place = heading, kind in ROWS
            numbers[place] = numbers.get(place, 0) + 1
            yield Example(path, heading, kind, numbers[place], inside)


def elsewhere(tree):
    """The table, as the tree has it."""
    source = re.search(r'^ELSEWHERE = (\{.*?^\})', tree.get(HERE, ''),
                       re.M | re.S)
    return ast.literal_eval(source[1]) if source else {}


def problems(tree):
    """For check_docs.py."""
    table, found = elsewhere(tree), set()
    for one in examples(tree):
        where = f'{one.document}: the example {one.number} of {one.heading}'
        if one.kind not in RUN + ROWS:
            yield f'{where} is of no kind that is run: ```{one.kind}'
        elif one.kind in ROWS:
            found.add(one.key)
            if one.key not in table:
                yield f'{where} has no row in {HERE}'
    for key, how in table.items():
        if key not in found:
            yield f'{HERE}: there is no example {key}'
        elif how not in ('run', 'curl') and not how.startswith('by hand: ') \
                and how not in tree:
            yield f'{HERE}: there is no {how}'
