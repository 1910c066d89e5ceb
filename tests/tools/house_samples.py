"""Samples for check_house.py: for each rule of house_rules.py trees that it
has to refuse, and one tree that all rules have to accept.
"""

_TODAY = 'TO' + 'DO'
_REPAIR = 'FIX' + 'ME'
_CROSSES = 'X' * 3
_HOME = '/ho' + 'me/'


def _function(lines):
    body = '    run();\n' * (lines - 3)
    return f'void ws_run(void)\n{{\n{body}}}\n'


_DEEP = '''
int ws_run(int n)
{
    for (int i = 0; i < n; i++) {
        while (n > i) {
            switch (i) {
            case 1:
                do {
                    if (i == 2) {
                        run();
                    }
                } while (n);
                break;
            }
        }
    }
    return n;
}
'''

# Five levels of braces, of which one only initializes.
_NOT_DEEP = '''
typedef struct {
    int a[2];
} ws_pair;
static const ws_pair table[] = { { { 1, 2 } } };
/* if (comment) while (1) TO be ignored: "{{{{{{{{" */
static int run(int n)
{
    for (int i = 0; i < n;
         i++) {
        while (n > i) {
            if (n == '{') {
                if (i == 2) {
                    ws_pair pair = { { 1, 2 } };
                    feed((ws_pair){ { 3, 4 } }, "}{{", pair.a[0]);
                }
                else if (i == 3) {
                    run();
                }
            }
            do {
                n--;
            } while (n > 9);
        }
    }
    return n;
}
'''

GOOD = {
    'modules/ws/ws_frame.c': '#include "ws/ws_frame.h"\n#include <stdio.h>\n'
                             '#include "base/base_bytes.h"\n' + _NOT_DEEP
                             + _function(60),
    'modules/ws/ws_frame.h': '#define WS_RUN(x) \\\n    do { run(x); } while'
                             ' (0)\n' + '/* One. */\n'
                             'void ws_frame_run(int (*f)(int));\n' * 15
                             + 'typedef int ws_fn(int);\n',
    'modules/http/http_list.c': '#include "base/base_bytes.h"\n',
    'tests/unit/test_http_list.c': 'int x;\n',
    'tests/fuzz/fuzz_http_list.c': 'int x;\n',
    'modules/hub/hub_room.c': 'void hub_room(void)\n{\n'
                              '    base_log(1, "CW0501", "See CW.");\n}\n',
    'modules/httpd/httpd_directives.h': 'x = "Chat" "ChatRate" "chat";\n',
    'conf/reference.conf': 'Chat rooms\nChatRate 5/s 20\n',
    'tests/tools/mktemp.sh': f'mktemp -d "$PWD/{_CROSSES * 2}" # $HOME/x\n',
    'Makefile.am': 'X = modules/ws/ws_frame.c modules/ws/ws_frame.h \\\n'
                   ' modules/http/http_list.c tests/unit/test_http_list.c \\\n'
                   ' tests/fuzz/fuzz_http_list.c \\\n'
                   ' modules/hub/hub_room.c modules/httpd/httpd_directives.h',
}


def _in_c(text, path='modules/ws/ws_frame.c'):
    return {path: text}


def _include(path, name):
    return {path: f'#include <stdio.h>\n#include {name}\n'}


def _in_function(statement):
    return _in_c(f'void ws_run(int x)\n{{\n    {statement}\n}}\n')


BAD = {
    'upward_include': [
        _include('modules/base/base_log.c', '"ws/ws_frame.h"'),
        _include('modules/http/http_list.c', '"chat/chat_text.h"'),
        _include('modules/http/http_list.c', '<http_config.h>'),
        _include('modules/ws/ws_frame.c', '"chat/chat_event.h"'),
        _include('modules/room/room_log.h', '"hub/hub_client.h"'),
        _include('modules/hub/hub_client.c', '"httpd/httpd_handoff.h"'),
        _include('modules/hub/hub_client.c', '<httpd.h>'),
        _include('modules/room/room_store.c', '<http_log.h>'),
        _include('modules/ws/ws_frame.c', '"ws_frame.h"'),
        _include('modules/stairs/stairs_up.c', '<stdio.h>'),
    ],
    'long_function': [
        _in_c(_function(61)),
        _in_c('static int x;\n' + _function(61) + _function(4)),
        _in_c('int ws_run(int a,\n           int b)\n{\n'
              + '    run();\n' * 58 + '}\n'),
    ],
    'deep_nesting': [_in_c(_DEEP), _in_c(_function(5) + _DEEP)],
    'missing_braces': [
        _in_function('if (x) run();'),
        _in_function('if (x) {\n    run();\n    }\n    else\n        run();'),
        _in_function('for (;;)\n        run();'),
        _in_function('while (x > (1 + 2));'),
        _in_function('do run(); while (x);'),
    ],
    'layout': [
        _in_c('int ws_run(int x) {\n    return x;\n}\n'),
        _in_function('  run();'),
        _in_function('if (x) {\n      run();\n    }'),
        _in_function('if (x) {\n        run();\n      }'),
        _in_function('if (x) {\n        run();\n    } else {\n    }'),
        _in_function('if(x) {\n        run();\n    }'),
        _in_function('switch (x) {\n        case 1: run();\n    }'),
        _in_c('char* ws_run(void);\n'),
    ],
    'long_file': [
        _in_c('int x;\n' * 501),
        {'tests/integration/test_x.py': 'x = 1\n' * 501},
        {'htdocs/chat.js': 'x();\n' * 501},
    ],
    'many_prototypes': [
        _in_c('void ws_run(void);\n' * 16, 'modules/ws/ws_frame.h'),
        _in_c('typedef struct {\n    int a;\n} ws_x;\n' +
              'int *ws_run(ws_x *x,\n            int y)\n'
              '    __attribute__((nonnull(1)));\n' * 16,
              'modules/ws/ws_frame.h'),
    ],
    'wrong_name': [
        _in_c('', 'modules/ws/frame.c'),
        _in_c('int frame_parse(int x);\n', 'modules/ws/ws_frame.h'),
    ],
    'util_file': [
        _in_c('', 'modules/base/util.c'),
        _in_c('', 'modules/base/base_util.h'),
        {'tests/integration/util.py': ''},
    ],
    'log_id': [
        {'modules/ws/ws_frame.c': 'f("CW0101", "a");\n',
         'modules/ws/ws_close.c': 'f("CW0101: b");\n'},
        _in_c('f("CW0101");\nf("CW0101");\n'),
        _in_c('#define LINE "CW0101"\nf("CW0101");\n'),
        _in_c('f("CW0301");\n'),
    ],
    'unlimited_line': [
        _in_c('ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "x");\n',
              'modules/httpd/httpd_page.c'),
        _in_c('ap_log_cerror(APLOG_MARK, APLOG_ERR, 0, c, "x");\n',
              'modules/httpd/httpd_tls.c'),
    ],
    'plain_text': [
        _in_c('/* caf\u00e9 */\n'),
        _in_c('\tint x;\n'),
        _in_c('int x; \n'),
        _in_c('int x;\r\n'),
        _in_c('int x;'),
        _in_c('/* ' + 'x' * 75 + ' */\n'),
    ],
    'unfinished': [
        _in_c(f'/* {_TODAY}: later */\n'),
        {'htdocs/chat.js': f'// {_REPAIR}\n'},
        {'docs/ARCHITECTURE.md': f'{_CROSSES}\n'},
    ],
    'machine_path': [
        {'conf/chatws.conf': f'ChatAssets {_HOME}ann/htdocs\n'},
        {'tests/bench/run.py': f'x = "{_HOME}ann"\n'},
    ],
    'unlisted_file': [
        {'Makefile.am': 'x = modules/ws/ws_frame.h',
         'modules/ws/ws_frame.c': ''},
        {'Makefile.am': '', 'tests/integration/test_echo.py': ''},
        {'Makefile.am': '', 'htdocs/chat.js': ''},
    ],
    'untested_parser': [
        {'modules/http/http_list.c': '', 'tests/unit/test_http_list.c': ''},
        {'modules/http/http_list.c': '', 'tests/fuzz/fuzz_http_list.c': ''},
    ],
    'undocumented_directive': [
        {'modules/httpd/httpd_directives.h': 'x = "ChatRate" "Chat";\n',
         'conf/reference.conf': 'ChatRates Chat\n'},
        {'modules/httpd/httpd_directives.h': 'int x;\n'},
    ],
}

BAD_SYMBOLS = [
    '0000000000004060 D chatws_module\n0000000000001119 T ws_frame_parse\n',
    '',
]
