#!/usr/bin/env python3
"""Writes the manual page mod_chatws(5) out of the documents that describe the
directives: what is in there is in Markdown's small part that is known here, and
anything else is refused.

    man_page.py VERSION SOURCE-FOLDER >mod_chatws.5
"""
import re
import sys
from pathlib import Path

NEXT = '\n'
# Whole, and then the chapters named as a directive of others.
REFERENCE = 'docs/DIRECTIVES.md'
OTHERS = ('docs/PEOPLE.md', 'docs/ARCHIVE.md', 'docs/REDIS.md')
BEFORE = r'''.TH MOD_CHATWS 5 "" "mod_chatws {version}" "File Formats"
.nh
.SH NAME
mod_chatws \- chat rooms inside Apache httpd: its directives
.SH SYNOPSIS
.EX
<Location "/chat">
    Chat rooms
</Location>
.EE
.SH DESCRIPTION
'''
AFTER = r'''.SH FILES
.TP
.I /etc/apache2/mods-available/chatws.conf
On Debian, the configuration that
.B a2enmod chatws
switches on.
.TP
.I /var/lib/chatws
On Debian, where an archive belongs.
.SH SEE ALSO
.BR chatwsctl (1),
.BR apache2 (8),
and the documents that come with the module: on Debian,
.I /usr/share/doc/libapache2-mod-chatws/docs/README.md
says which is about what.
'''


def plain(text):
    """Characters that are no commands of roff."""
    return text.replace('\\', '\\e').replace('-', '\\-') \
        .replace("'", '\\(aq').replace('^', '\\(ha').replace('~', '\\(ti')


def inline(text):
    """Lines: code and what is bold in bold, links by their words."""
    text = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', text)
    parts = re.split(r'(`[^`]+`|\*\*[^*]+\*\*)', text)
    out = ''.join(f'\\fB{plain(part.strip("`*").replace(NEXT, " "))}\\fR'
                  if at % 2 else plain(part) for at, part in enumerate(parts))
    return re.sub(r'^(?=\.)', r'\\&', out, flags=re.M)


def cells(line):
    return [cell.strip() for cell in
            re.split(r'(?<!\\)\|', line.strip().strip('|'))]


def table(lines):
    """Each row is a paragraph with the first cell as its tag."""
    head, _, *rows = [cells(line) for line in lines]
    for first, *others in rows:
        yield '.TP'
        yield inline(first.replace('\\|', '|'))
        for name, cell in zip(head[1:], others):
            yield inline((f'{name}: ' if len(head) > 2 and name else '') +
                         cell.replace('\\|', '|'))
    yield '.PP'


def blocks(text):
    """The parts of a text: lists of lines of one sort."""
    lines = text.strip('\n').split('\n')
    while lines:
        line = lines.pop(0)
        block = [line]
        if line.startswith('```'):
            while lines[0] != '```':
                block.append(lines.pop(0))
            lines.pop(0)
        elif line:
            while lines and lines[0] and not lines[0].startswith('```'):
                block.append(lines.pop(0))
        if line:
            yield block


def block_of(lines):
    first = lines[0]
    if first.startswith('```'):
        yield from ['.PP', '.EX', *map(plain, lines[1:]), '.EE']
    elif first.startswith('|'):
        yield from table(lines)
    elif first.startswith('- '):
        for item in re.split(r'^- ', NEXT.join(lines), flags=re.M)[1:]:
            yield '.IP \\(bu 2'
            yield inline(re.sub(r'^ +', '', item.strip(), flags=re.M))
    elif first.startswith('#') or first.startswith('>'):
        raise ValueError(f'not known here: {first}')
    else:
        yield '.PP'
        yield inline(NEXT.join(line.strip() for line in lines))


def chapters(text):
    """(heading, text) of what is under ##; the first has none."""
    parts = re.split(r'^## (.+)$', text, flags=re.M)
    return [('', parts[0])] + list(zip(parts[1::2], parts[2::2]))


def page(version, documents):
    """`documents` are the texts, the reference first."""
    first, *more = documents
    (_, introduction), *directives = chapters(first)
    for text in more:
        directives += [(name, words) for name, words in chapters(text)
                       if re.fullmatch(r'Chat[A-Z]\w*', name)]
    yield BEFORE.format(version=version).rstrip('\n')
    for block in blocks(re.sub(r'\A# .*\n', '', introduction)):
        yield from block_of(block)
    yield '.SH DIRECTIVES'
    for name, text in directives:
        yield f'.SS {name}'
        for block in blocks(text):
            yield from block_of(block)
    yield AFTER.rstrip('\n')


def main():
    version, folder = sys.argv[1], Path(sys.argv[2])
    texts = [(folder / path).read_text(encoding='utf-8')
             for path in (REFERENCE, *OTHERS)]
    print('\n'.join(page(version, texts)))


if __name__ == '__main__':
    main()
