#!/usr/bin/env python3
"""Writes docs/FILES.md: what each file is, in the words of its own first
sentence. check_docs.py compares them, so run this when a file comes, goes or
is about something else:

    python3 -B tests/tools/files.py >docs/FILES.md
"""
import posixpath
import re

TARGET = 'docs/FILES.md'
HEAD = '''# The files

What each file is, by the first sentence of its head comment. A name without a suffix is
a source with its header. [ARCHITECTURE.md](ARCHITECTURE.md) says how they work together,
and where to start reading. This list is made by `tests/tools/files.py`.'''

# In this order; a folder's own folders follow it.
FOLDERS = ('modules/base', 'modules/http', 'modules/ws', 'modules/chat',
           'modules/loop', 'modules/room', 'modules/archive',
           'modules/relay', 'modules/act', 'modules/hub',
           'modules/httpd', 'ctl', 'htdocs', 'tests/tools',
           'tests/integration/harness')
# Tables of languages are many files of one kind.
TABLE = re.compile(r'htdocs/(lang|emoji)/([a-z]+-)?[a-z]{2}\.js$')
COMMENT = re.compile(r'\A(?:#![^\n]*\n)?(?:/\*+|""")(.*?)(?:\*/|""")', re.S)


def sentence(text):
    """The first sentence of the head comment, in one line; '' for none."""
    head = COMMENT.match(text)
    words = re.sub(r'\s+', ' ', re.sub(r'\n \* ?', '\n', head[1] if head
                                       else '').split('\n\n')[0]).strip()
    words = re.sub(r'^[\w.]+ - ', '', words)
    found = re.match(r'.*?[.?](?= |$)', words)
    words = found[0].rstrip('.') if found else words
    return re.sub(r'<[^>]+>', r'`\g<0>`', words)


def units(tree):
    """Yields (folder, name, the text whose head tells)."""
    for path, text in tree.items():
        folder, name = posixpath.split(path)
        stem, suffix = posixpath.splitext(name)
        if TABLE.match(path) or not path.startswith(FOLDERS):
            continue
        if suffix == '.c' and path[:-2] + '.h' in tree:
            continue
        if suffix == '.h' and path[:-2] + '.c' in tree:
            yield folder, stem, text
        elif suffix in ('.c', '.h', '.js', '.py') and text.strip():
            yield folder, name, text


def listing(tree):
    """The document."""
    folders = {}
    for folder, name, text in units(tree):
        folders.setdefault(folder, []).append(f'- `{name}`: {sentence(text)}')
    parts = [HEAD]
    for top in FOLDERS:
        for folder in sorted(folders):
            if folder == top or folder.startswith(top + '/'):
                parts += [f'\n## {folder}\n', *sorted(folders[folder])]
    return '\n'.join(parts) + '\n'


def main():
    from check_house import load
    print(listing(load()), end='')


if __name__ == '__main__':
    main()
