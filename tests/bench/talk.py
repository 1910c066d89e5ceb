"""What people write, for the cases in which it matters how well it compresses:
a repeated letter would become nothing, and noise would not get shorter. It is
the prose of this project's documents, which has the words of a language."""
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / 'docs'
SOURCES = ('PEOPLE.md', 'SITE.md', 'NAMES.md', 'ARCHITECTURE.md')


def prose():
    for name in SOURCES:
        text = (DOCS / name).read_text()
        text = re.sub(r'```.*?```|^[|#].*?$', '', text, flags=re.S | re.M)
        yield ' '.join(re.sub(r'[^A-Za-z0-9 ,.;:()\n-]', '', text).split())


def talk(size):
    """So many characters of it."""
    return ' '.join(prose())[:size]
