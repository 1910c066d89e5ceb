"""Samples for check_docs.py: one small project that all rules of docs_rules.py
have to accept, and for each rule changes of it that the rule has to refuse.
"""
import files

_TABLE = '''
#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)
static const char *const roles[] = {
    [ROLE_OFF] = "off",
    [ROLE_ROOMS] = "rooms",
    NULL
};
const command_rec httpd_directives[] = {
    ROW("Chat", ANYWHERE, "rooms or off",
        .preset = "off",
        .members = { { DIR(role), .names = roles } }),
    ROW("ChatAssets", SERVER_WIDE, "one path",
        .preset = "\\"" CHATWS_ASSETS "\\"",
        .parse = httpd_parse_assets,
        .members = { { SERVER(assets) } }),
    ROW("ChatMaxRooms", SERVER_WIDE, "auto or a number, for example 7",
        .preset = "auto",
        .zero = "auto",
        .members = { { SERVER(max_rooms), COUNT(1, 99) } }),
    ROW("ChatHistory", ANYWHERE,
        "COUNT and perhaps AGE of at "
        "most 1d, for example 100 24h",
        .preset = "100 24h",
        .optional = 1,
        .members = { { SETTING(history_count), COUNT(0, 1000000) },
                     { SETTING(history_age), TIME(SECOND / 10, DAY) } }),
    ROW("ChatReservedNames", ANYWHERE, "none, or up to 32 words",
        .preset = CHAT_RESERVED_DEFAULT,
        .zero = "none",
        .parse = httpd_parse_reserved_names,
        .members = { { SETTING(reserved) } }),
    { .name = NULL }
};
'''


def _chapter(name, syntax, default, context='anywhere'):
    return (f'## {name}\n\n- Syntax: {syntax}\n- Default: {default}\n'
            f'- Context: {context}\n\nA text.\n\n')


_REFERENCE = ('# Directives\n\n' + _chapter('Chat', '`Chat rooms|off`', '`off`')
              + _chapter('ChatAssets', '`ChatAssets FOLDER`', 'a folder',
                         'server')
              + _chapter('ChatMaxRooms', '`ChatMaxRooms auto|NUMBER`', '`auto`',
                         'server')
              + _chapter('ChatHistory', '`ChatHistory COUNT [AGE]`, COUNT 0 to '
                         '1000000, AGE 100ms to 1d', '`100 24h`')
              + _chapter('ChatReservedNames', '`ChatReservedNames WORD...` or '
                         '`ChatReservedNames none`,\n  at most 32 words',
                         '`admin\n  mod`'))

_ERRORS = '''
    [CHAT_OK] = { "ok", 200, "All is well." },
    [CHAT_EMPTY] = { "empty", 400, "Empty." },
    [CHAT_TOO_LONG] = { "too_long", 413,
                        "Long." },
'''

_PROTOCOL = '''
# Protocol

## Errors

| code | status | meaning |
|---|---|---|
| `empty` | 400 | nothing |
| `too_long` | 413 | much |

## Close codes

| code | meaning |
|---|---|
| 1002, 1013 | some |
'''

_STATUS = '''
# Operations

## Counters

| name | what |
|---|---|
| `rooms`, `rooms_limit` | rooms |
| `messages_total` | messages |
'''

_LOG = '''
# The error log

## Log lines

| id | level | meaning |
|---|---|---|
| CW0501 | error | bad |
'''

_PROGRAM = '''
"\\nExit status: 0 done; 66 no\\n"
"such room.\\n";
    { "all", no_argument, NULL, ALL },
    { "for", required_argument, NULL, FOR },
    { "json", no_argument, NULL, 'j' },
    { "export", ARGUMENT | EVERYTHING, "a room" },
    { "rooms", 0, NULL },
'''

_PROGRAM_PAGE = r'''.SH COMMANDS
.TP
.B rooms
All.
.TP
.BI export " ROOM"
.TP
.B export \-\-all
.SH OPTIONS
.TP
.BI \-\-for " TIME"
.TP
.BR \-j ", " \-\-json
.SH EXIT STATUS
.TP
.B 0
.TP
.B 66
'''

_MAP = '''# The map

[a](DIRECTIVES.md) [b](PROTOCOL.md) [c](STATUS.md) [d](LOG.md)
[e](ARCHITECTURE.md) [f](FILES.md) [g](../README.md)
'''

GOOD = {
    'modules/httpd/config/httpd_directives.c': _TABLE,
    'modules/chat/chat_reserved.h': '#define CHAT_RESERVED_DEFAULT \\\n'
                                    '    "admin " \\\n    "mod"\n',
    'docs/DIRECTIVES.md': _REFERENCE,
    'modules/chat/chat_error.c': _ERRORS,
    'modules/ws/ws_close.h': 'WS_CLOSE_PROTOCOL_ERROR = 1002,\n'
                             'WS_CLOSE_POLICY = 1008,\n'
                             'WS_CLOSE_TRY_LATER = 1013,\n',
    'modules/ws/ws_close.c': '{ WS_CLOSE_POLICY, "policy" },\n',
    'modules/hub/hub_client.c': '/* CW0502 */\n'
                                'close(WS_CLOSE_TRY_LATER);\n'
                                'close(WS_CLOSE_PROTOCOL_ERROR);\n'
                                'log("CW0501", "bad");\n',
    'modules/act/act_count.c': '{ "messages_total", false,\n  "Sent." },\n',
    'modules/httpd/status/httpd_figures.c':
        '{ "rooms", true, AT(x), "a" },\n'
        '{ "rooms_limit", true, AT(y), "b" },\n',
    'docs/PROTOCOL.md': _PROTOCOL,
    'docs/STATUS.md': _STATUS,
    'docs/LOG.md': _LOG,
    'docs/README.md': _MAP,
    'ctl/ctl_options.c': _PROGRAM,
    'ctl/chatwsctl.1': _PROGRAM_PAGE,
    'README.md': '# Read me\n\nSee [this](docs/PROTOCOL.md#close-codes), '
                 '[that](#read-me) and [all](https://example.org/x).\n'
                 'ChatHistory is a directive.\n',
    'conf/chatws.conf': 'Chat rooms\nChatHistory 5\n',
}
GOOD['SECURITY.md'] = '''# Security

```apache
Chat rooms
```

- A list:

  ```sh
  curl x
  ```

```text
a drawing
```
'''
GOOD['tests/tools/docs_examples.py'] = '''
ELSEWHERE = {
    ('SECURITY.md', 'Security', 1): 'README.md',
    ('SECURITY.md', 'Security', 2): 'by hand: a drawing',
}
'''
GOOD['docs/ARCHITECTURE.md'] = 'It is `hub_client.c`, in `ws_close`.\n'
GOOD['docs/FILES.md'] = files.listing(GOOD)


def _with(path, old, new):
    assert old in GOOD[path], old
    return {path: GOOD[path].replace(old, new)}


_DOCS = 'docs/DIRECTIVES.md'
_EXAMPLES = 'SECURITY.md'
_ROWS = 'tests/tools/docs_examples.py'
_SOURCE = 'modules/httpd/config/httpd_directives.c'

BAD = {
    'directive_reference': [
        {_SOURCE: 'int x;\n'},
        _with(_DOCS, '## ChatHistory', '## ChatHistories'),
        {_DOCS: _REFERENCE + _chapter('ChatColour', '`ChatColour`', '`red`')},
        _with(_DOCS, 'Context: server', 'Context: anywhere'),
    ],
    'directive_defaults': [
        _with(_DOCS, '`100 24h`', '`100 12h`'),
        _with(_DOCS, '`100 24h`', '`100`'),
        _with(_DOCS, '`off`', '`rooms`'),
        _with(_DOCS, '- Default: `auto`\n', ''),
        _with(_DOCS, '- Default: a folder\n', ''),
        _with(_DOCS, '`admin\n  mod`', '`admin`'),
        _with(_SOURCE, '.preset = "100 24h"', '.preset = "99 24h"'),
        _with(_SOURCE, '.preset = "off",', ''),
        _with('modules/chat/chat_reserved.h', '"admin "', '"admin root "'),
    ],
    'directive_syntax': [
        _with(_DOCS, '`ChatHistory COUNT [AGE]`', 'a value'),
        _with(_DOCS, '[AGE]', 'AGE'),
        _with(_DOCS, '[AGE]', '[TIME]'),
        _with(_DOCS, 'rooms|off', 'rooms'),
        _with(_DOCS, 'rooms|off', 'rooms|echo|off'),
        _with(_DOCS, 'auto|NUMBER', 'NUMBER'),
        _with(_DOCS, 'ChatReservedNames none', 'ChatReservedNames off'),
        _with(_DOCS, 'COUNT 0 to 1000000', 'COUNT 0 to 100000'),
        _with(_DOCS, '100ms', '100s'),
        _with(_DOCS, '100ms to 1d', '100ms or more'),
        _with(_DOCS, '32 words', '33 words'),
        _with(_SOURCE, '(0, 1000000)', '(1, 1000000)'),
        _with(_SOURCE, 'SECOND / 10', 'SECOND'),
        _with(_SOURCE, '"rooms or off"', '"rooms"'),
        _with(_SOURCE, '"most 1d', '"most 2d'),
    ],
    'directive_names': [
        {'README.md': 'Set ChatColour.\n'},
        {'conf/chatws.conf': 'ChatHistories 5\n'},
        {'CHANGES': 'ChatColour\n'},
    ],
    'error_codes': [
        {'modules/chat/chat_error.c': ''},
        _with('docs/PROTOCOL.md', '| `empty` | 400 | nothing |\n', ''),
        _with('docs/PROTOCOL.md', '| `too_long` | 413', '| `too_long` | 400'),
        _with('modules/chat/chat_error.c', '"empty"', '"blank"'),
    ],
    'close_codes': [
        {'modules/ws/ws_close.h': ''},
        _with('docs/PROTOCOL.md', '1002, 1013', '1002'),
        _with('modules/hub/hub_client.c', '_TRY_LATER', '_POLICY'),
    ],
    'log_lines': [
        _with('modules/hub/hub_client.c', '"CW0501"', '""'),
        _with('modules/hub/hub_client.c', '"bad"', '"CW0503: bad"'),
        _with('docs/LOG.md', '| CW0501 ', '| CW0502 '),
    ],
    'counters': [
        {'modules/act/act_count.c': '',
         'modules/httpd/status/httpd_figures.c': ''},
        _with('docs/STATUS.md', '`rooms`, ', ''),
        _with('modules/act/act_count.c', 'messages_total', 'posts_total'),
    ],
    'links': [
        _with('README.md', 'docs/PROTOCOL.md', 'docs/PROTOCOLS.md'),
        _with('README.md', '#close-codes', '#open-codes'),
        _with('README.md', '#read-me', '#write-me'),
        {'docs/X.md': '[up](UP.md)\n'},
    ],
    'map_of_documents': [
        _with('docs/README.md', ' [d](LOG.md)', ''),
        _with('docs/README.md', '(../README.md)', '(LOG.md)'),
        _with('docs/README.md', 'LOG.md', 'LOGS.md'),
        {'docs/MORE.md': '# More\n'},
    ],
    'manual_page': [
        {'ctl/ctl_options.c': ''},
        _with('ctl/ctl_options.c', '"rooms"', '"people"'),
        _with('ctl/ctl_options.c', '"all"', '"both"'),
        _with('ctl/ctl_options.c', '66', '67'),
        _with('ctl/chatwsctl.1', '.TP\n.B rooms\n', ''),
        _with('ctl/chatwsctl.1', '.TP\n.BR \\-j ", " \\-\\-json\n', ''),
        _with('ctl/chatwsctl.1', '.B 66', '.B 69'),
    ],
    'problems': [
        _with(_EXAMPLES, '```apache', '```'),
        _with(_EXAMPLES, '```apache', '```perl'),
        _with(_EXAMPLES, '```text', '```apache'),
        _with(_EXAMPLES, '# Security', '# Others'),
        _with(_ROWS, "'README.md'", "'READ.md'"),
        _with(_ROWS, "'by hand: a drawing'", "'a drawing'"),
        _with(_ROWS, 'ELSEWHERE', 'HERE'),
    ],
    'named_things': [
        {'docs/ARCHITECTURE.md': 'It is `hub_clients`.\n'},
        {'CONTRIBUTING.md': 'Call `act_obey(call)` in `hub_client.c`.\n'},
    ],
    'list_of_files': [
        {'modules/hub/hub_room.h': '/* hub_room.h - rooms. */\n'},
        {'htdocs/chatws.js': '/* The client. It is small. */\n'},
        {'docs/FILES.md': files.listing(GOOD) + '- `hub_gone`: gone\n'},
    ],
}
