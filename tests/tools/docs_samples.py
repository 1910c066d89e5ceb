"""Samples for check_docs.py: one small project that all rules of docs_rules.py
have to accept, and for each rule changes of it that the rule has to refuse.
"""

_TABLE = '''
#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)
#define DIRECTIVES(ROW) \\
    ROW("Chat", ANYWHERE, role, "rooms or off") \\
    ROW("ChatSharedMemory", SERVER_WIDE, shared_memory, \\
        "a size") \\
    ROW("ChatMaxRooms", SERVER_WIDE, max_rooms, "auto or a number") \\
    ROW("ChatHistory", ANYWHERE, history, "COUNT and perhaps AGE")
    config->role = HTTPD_ROLE_OFF;
    config->settings = (act_settings){
        .history_age = DAY / 1000,
        .history_count = 100,
    };
    config->shared_memory = 32 << 20;
'''


def _chapter(name, default, context='anywhere'):
    return (f'## {name}\n\n- Syntax: `{name} VALUE`\n- Default: `{default}`\n'
            f'- Context: {context}\n\nA text.\n\n')


_REFERENCE = ('# Directives\n\n' + _chapter('Chat', 'off')
              + _chapter('ChatSharedMemory', '32M', 'server')
              + _chapter('ChatMaxRooms', 'auto', 'server')
              + _chapter('ChatHistory', '100 24h'))

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

_OPERATIONS = '''
# Operations

## Status and counters

| name | what |
|---|---|
| `rooms`, `rooms_limit` | rooms |
| `messages_total` | messages |

## Log lines

| id | level | meaning |
|---|---|---|
| CW0501 | error | bad |
'''

GOOD = {
    'modules/httpd/config/httpd_directives.h': _TABLE,
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
    'modules/httpd/rows/httpd_status.c': '{ "rooms", true, AT(x), "a" },\n'
                                    '{ "rooms_limit", true, AT(y), "b" },\n',
    'docs/PROTOCOL.md': _PROTOCOL,
    'docs/OPERATIONS.md': _OPERATIONS,
    'README.md': '# Read me\n\nSee [this](docs/PROTOCOL.md#close-codes), '
                 '[that](#read-me) and [all](https://example.org/x).\n'
                 'ChatHistory is a directive.\n',
    'conf/chatws.conf': 'Chat rooms\nChatHistory 5\n',
}


def _with(path, old, new):
    assert old in GOOD[path], old
    return {path: GOOD[path].replace(old, new)}


_DOCS = 'docs/DIRECTIVES.md'
_SOURCE = 'modules/httpd/config/httpd_directives.h'

BAD = {
    'directive_reference': [
        {_SOURCE: 'int x;\n'},
        _with(_DOCS, '## ChatHistory', '## ChatHistories'),
        {_DOCS: _REFERENCE + _chapter('ChatColour', 'red')},
        _with(_DOCS, '`ChatHistory VALUE`', 'a value'),
        _with(_DOCS, 'Context: server', 'Context: anywhere'),
    ],
    'directive_defaults': [
        _with(_DOCS, '`100 24h`', '`100 12h`'),
        _with(_DOCS, '`100 24h`', '`100`'),
        _with(_DOCS, '`100 24h`', '`some 24h`'),
        _with(_DOCS, '`off`', '`rooms`'),
        _with(_DOCS, '`auto`', '`1000`'),
        _with(_DOCS, '- Default: `32M`\n', ''),
        _with(_SOURCE, '32 << 20', '64 << 20'),
        _with(_SOURCE, '.history_count = 100,', ''),
        _with(_SOURCE, 'config->role', 'config->max_rooms = 9; config->role'),
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
        _with('docs/OPERATIONS.md', '| CW0501 ', '| CW0502 '),
    ],
    'counters': [
        {'modules/act/act_count.c': '', 'modules/httpd/rows/httpd_status.c': ''},
        _with('docs/OPERATIONS.md', '`rooms`, ', ''),
        _with('modules/act/act_count.c', 'messages_total', 'posts_total'),
    ],
    'links': [
        _with('README.md', 'docs/PROTOCOL.md', 'docs/PROTOCOLS.md'),
        _with('README.md', '#close-codes', '#open-codes'),
        _with('README.md', '#read-me', '#write-me'),
        {'docs/X.md': '[up](README.md)\n'},
    ],
}
