"""Reads C just far enough for the house rules: where functions are, how deep
they nest, which prototypes a header has. Used by house_rules.py.

It knows the C of this project (no K&R definitions, no unbalanced braces in
macros), not all of C.
"""
import functools
import re

_COMMENT = r'(?P<comment>/\*.*?\*/|//[^\n]*)'
_STRING = r'(?P<string>"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')'
# A preprocessor directive with the lines that continue it.
_DIRECTIVE = r'(?P<directive>^[ \t]*#(?:\\\n|/\*.*?\*/|[^\n])*)'
# Whichever comes first.
_TOKEN = re.compile(f'{_COMMENT}|{_STRING}|{_DIRECTIVE}', re.DOTALL | re.M)
_TEXT = re.compile(f'{_COMMENT}|{_STRING}', re.DOTALL)


def _blank(text):
    return re.sub(r'[^\n]', ' ', text)


@functools.lru_cache(maxsize=None)
def code_only(text):
    """The text without comments, directives and what strings contain; every
    byte that is left keeps its place."""
    def replace(match):
        if match.lastgroup == 'string':
            return '"' + _blank(match[0][1:-1]) + '"'
        return _blank(match[0])
    return _TOKEN.sub(replace, text)


def texts(text):
    """Only what strings contain; every byte that is left keeps its place."""
    end = 0
    parts = []
    for match in _TEXT.finditer(text):
        if match['string'] and match[0][0] == '"':
            parts += [_blank(text[end:match.start()]), match[0]]
            end = match.end()
    return ''.join(parts) + _blank(text[end:])


def strings(text):
    """Yields (line number, content) of every string literal, also of those in
    macros."""
    for match in _TEXT.finditer(text):
        if match['string'] and match[0][0] == '"':
            yield line_of(text, match.start()), match[0][1:-1]


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


class Function:
    """A definition: its name, its first and last line, its body's braces."""

    def __init__(self, code, start, body, end):
        head = code[start:body]
        self.name = re.search(r'(\w+)\s*\(', head)[1]
        self.static = re.match(r'\s*static\b', head) is not None
        self.line = line_of(code, start)
        self.lines = line_of(code, end) - self.line + 1
        self.body = body
        self.end = end


def _close(code, start, opening, closing):
    """The offset of the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, len(code)):
        if code[at] == opening:
            depth += 1
        elif code[at] == closing:
            depth -= 1
            if depth == 0:
                return at
    return len(code) - 1


def _is_definition(head):
    flat = re.sub(r'\([^()]*\)', '()', head)
    return '(' in head and '=' not in flat and 'typedef' not in head


@functools.lru_cache(maxsize=None)
def functions(code):
    """The function definitions of what code_only() returned."""
    return tuple(_functions(code))


def _functions(code):
    start = at = 0
    while at < len(code):
        if code[at] == ';':
            start = at + 1
        elif code[at] == '{':
            end = _close(code, at, '{', '}')
            head = code[start:at]
            first = start + len(head) - len(head.lstrip())
            if _is_definition(head):
                yield Function(code, first, at, end)
                start = end + 1
            elif head.strip() == 'extern ""':
                start = end = at
            at = end
        at += 1


def _opens_block(code, brace):
    """False for the braces of an initializer or a compound literal."""
    before = code[max(0, brace - 1000):brace].rstrip()
    if before.endswith(')'):
        depth = 0
        for at in range(len(before) - 1, -1, -1):
            depth += (before[at] == ')') - (before[at] == '(')
            if depth == 0:
                word = re.search(r'(\w*)$', before[:at].rstrip()[-8:])[1]
                return word not in ('', 'return', 'sizeof')
    return before[-1:] in (';', '{', '}', ':') \
        or re.search(r'\b(else|do)$', before[-5:]) is not None


def _braces(code, function):
    """Yields (offset, stack) at every line start and brace of the body; the
    stack has True for a block and False for the braces of data."""
    stack = []
    for at in range(function.body, function.end + 1):
        if code[at] == '{':
            inside_data = stack and not stack[-1]
            stack.append(at == function.body or
                         not inside_data and _opens_block(code, at))
        elif code[at] == '}':
            stack.pop()
        if code[at] in '{}\n':
            yield at, stack


def nesting(code, function):
    """How many blocks are inside each other in the body at most."""
    return max(sum(stack) for _, stack in _braces(code, function)) - 1


def misplaced(code, function):
    """Yields (line, sentence) for what is not where httpd's style has it: the
    function's brace alone on its line, a statement four columns a block in,
    `else` on a new line."""
    if code[:function.body].rsplit('\n', 1)[-1].strip():
        yield line_of(code, function.body), 'the brace goes on its own line'
    before = '{'
    for at, stack in _braces(code, function):
        if code[at] != '\n':
            continue
        text = code[at + 1:code.find('\n', at + 1)].rstrip()
        if not text:
            continue
        inside = code.count('(', function.body, at) \
            - code.count(')', function.body, at)
        starts = before in ('{', '}', ';', ':') and inside == 0
        before = text[-1]
        line = line_of(code, at + 1)
        if re.search(r'\}\s*else\b', text):
            yield line, '"else" goes on a new line'
        if not starts or not all(stack) or re.match(r'\w+:$', text):
            continue
        out = re.match(r'\s*(case\b|default\b|\})', text) is not None
        indent = len(text) - len(text.lstrip())
        if indent != 4 * (len(stack) - out):
            yield line, f'indented {indent}, not {4 * (len(stack) - out)}'


def unbraced(code, function):
    """Yields the lines of if, else, for, while, do and switch whose statement
    has no braces."""
    word = re.compile(r'\b(if|else|for|while|do|switch)\b')
    for match in word.finditer(code, function.body, function.end):
        at = match.end()
        if match[1] not in ('else', 'do'):
            at = _close(code, code.index('(', at), '(', ')') + 1
        rest = code[at:function.end].lstrip()
        ends_do = match[1] == 'while' and rest.startswith(';') \
            and code[:match.start()].rstrip().endswith('}')
        else_if = match[1] == 'else' and re.match(r'if\b', rest)
        if not rest.startswith('{') and not ends_do and not else_if:
            yield line_of(code, match.start())


def prototypes(code):
    """The names of the functions that a header declares."""
    flat = re.sub(r'extern\s*"\s*"\s*\{', '', code)
    while re.search(r'\{[^{}]*\}', flat):
        flat = re.sub(r'\{[^{}]*\}', lambda body: _blank(body[0]), flat)
    names = []
    for statement in flat.split(';')[:-1]:
        statement = re.sub(r'__attribute__\s*\(\(.*?\)\)\s*$', '',
                           statement.strip(), flags=re.DOTALL)
        match = re.search(r'\b(\w+)\s*\(', statement)
        if match and not statement.startswith('typedef') \
                and not re.search(r'\(\s*\*', statement.split(',')[0]):
            names.append(match[1])
    return names


def _macros(text):
    """The directives that define a macro, without comments."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup == 'directive' \
                and re.match(r'\s*#\s*define\b', match[0]):
            yield re.sub(r'/\*.*?\*/', ' ', match[0], flags=re.DOTALL)


def defined(text, header):
    """The names that a file defines for others: functions, macros with
    arguments, objects."""
    code = code_only(text)
    names = {function.name for function in functions(code)
             if header or not function.static}
    if header:
        for macro in _macros(text):
            match = re.match(r'\s*#\s*define\s+(\w+)\(', macro)
            if match:
                names.add(match[1])
    else:
        names |= set(re.findall(r'^(?!static|typedef)\w[\w ]*?[ *](\w+)'
                                r'(?:\[[^\]\n]*\])*\s*=', code, re.M))
    return names


def used(text, header):
    """The words of a file that may be names of others; a header's declarations
    are none."""
    code = code_only(text)
    if header:
        code = '\n'.join(code[function.body:function.end]
                         for function in functions(code))
    return set(re.findall(r'\b[a-zA-Z_]\w+', code + ''.join(_macros(text))))
