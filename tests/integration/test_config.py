"""Every directive: good values pass httpd's own check of the configuration, a
bad value stops it with a sentence that names the right form, and each is
accepted where it belongs and nowhere else."""
import pytest

from harness import Httpd, config_test

SERVER_WIDE = {
    'ChatSharedMemory': ['32M', '8M', '1G'],
    'ChatMaxConnections': ['auto', '1', '20000'],
    'ChatMaxRooms': ['auto', '1000'],
    'ChatRedis': ['none'],
    'ChatDrain': ['10s', '2min', '0', '90s', '500ms', '10s 5/s', '0 1/s'],
}
EVERYWHERE = {
    'ChatHistory': ['100 24h', '1 1s', '0 1h', '500 7d'],
    'ChatMaxMessage': ['8K', '1', '2000'],
    'ChatMaxPayload': ['64K', '1M', '65536'],
    'ChatRate': ['5/s 20', 'off', '1/s 1', '100/s 1000'],
    'ChatOrigin': ['same', 'any', 'https://a.test',
                   'https://a.test http://b.test:8080', 'wss://a.test',
                   'capacitor://localhost ionic://localhost',
                   'tauri://localhost app://obsidian.md file://',
                   'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
                   'moz-extension://6e4f0c5a-0b7c-4f0e-9f6f-0123456789ab',
                   'https://xn--mller-kva.example http://[::1]:8080'],
    'ChatUser': ['%{REMOTE_USER}', '"%{HTTP:X-User}"',
                 '"%{env:USER_NAME}"', '"News desk"', 'BOT', 'news_desk'],
    'ChatGuests': ['on', 'off', 'readonly'],
    'ChatAmend': ['15m', 'off', '1s', '30d'],
    'ChatRecheck': ['1h', '10s', '30d', 'off', '15min'],
    'ChatPresence': ['on 200', 'on', 'off'],
    'ChatPing': ['25s 20s', '1s 1s', '60s 30s'],
    'ChatSlowClient': ['30s', '1s'],
    'ChatReservedNames': ['none', 'None', 'admin', '"the boss" \u738b',
                          ' '.join(f'w{n}' for n in range(32))],
    'ChatLinks': ['on', 'off'],
    'ChatList': ['on', 'off', 'On'],
}

# directive -> (bad arguments, one of the words that the sentence must have)
BAD = {
    'ChatSharedMemory': (['x', '0', '-1M', '1', '99999999999999G', '32MM'],
                         ['32M', 'M']),
    'ChatMaxConnections': (['x', '0', '-5', '1.5', 'automatic'], ['auto']),
    'ChatMaxRooms': (['x', '0', '-1'], ['auto']),
    'ChatDrain': (['x', '-1s', '10 s', '10y', '10s 5', '10s 0/s',
                   '10s 5/s 2'], ['10s', 's']),
    'ChatHistory': (['x 24h', '100 x', '-1 1h', '100 -1h', '100 24h more'],
                    ['100 24h']),
    'ChatMaxMessage': (['x', '0', '-1', '8KB8', '1T'], ['8K']),
    'ChatMaxPayload': (['x', '0', '-1', '64KK'], ['64K']),
    'ChatRate': (['x', '5', '5/s', '0/s 20', '5/m 20', '5/s 0', '5/s x',
                  '-5/s 20', 'on'], ['5/s 20', 'off']),
    'ChatOrigin': (['a.test', 'ftp', 'https://', 'https://a.test/path',
                    'same any', 'https://a.test same', 'null://',
                    'https://a.test:x', 'https://u@a.test', 'null',
                    'https://a.test/', 'https://*.a.test', 'app://',
                    'file:///', 'capacitor:localhost', 'http://[::1',
                    'https://a.test,https://b.test'],
                   ['same', 'any']),
    'ChatUser': (['"%{REMOTE_USER"', '"%{nosuch:x}"'], ['ChatUser']),
    'ChatAmend': (['x', '0', '-1s', '15 m', '999ms'], ['15m', 'off']),
    'ChatGuests': (['x', 'yes', 'read-only'], ['readonly']),
    'ChatRecheck': (['x', '9s', '31d', '0', '-1h', 'on', '1h 1h'],
                    ['10s', '30d']),
    'ChatPresence': (['x', 'on x', 'on -1', 'maybe 200'], ['on 200']),
    'ChatPing': (['x', '0s 20s', '25s x', '-1s 20s', '25s 20s 1s'],
                 ['25s 20s']),
    'ChatSlowClient': (['x', '0s', '-1s'], ['30s', 's']),
    'ChatReservedNames': (['', '...', 'admin "" x', '"\u200b"',
                           ' '.join(f'w{n}' for n in range(33))],
                          ['none, or up to 32 words', 'neither a letter']),
    'ChatFilter': (['/no/such/file', '/dev/null more', '/tmp', '""',
                    '/etc/passwd mask reject', '/dev/null'],
                   ['the file of a word list', 'cannot read']),
    'ChatLinks': (['x', 'none'], ['on or off']),
    'ChatList': (['x', 'yes', 'on on', '1'], ['on or off']),
}


def good_cases():
    for table in (SERVER_WIDE, EVERYWHERE):
        for name, values in table.items():
            yield from ((name, value) for value in values)


def bad_cases():
    for name, (values, words) in BAD.items():
        yield from ((name, value, words) for value in values)


def test_good_values():
    """All at once: one check of the whole table, then each place."""
    text = '\n'.join(f'{name} {value}' for name, value in good_cases())
    code, output = config_test(text)
    assert code == 0, output
    lines = '\n'.join(f'{name} {value}' for name, values in
                      EVERYWHERE.items() for value in values)
    for place in ('<Location "/x">\n{}\n</Location>',
                  '<Directory "/srv">\n{}\n</Directory>',
                  '<VirtualHost *:1>\nServerName x.test\n{}\n</VirtualHost>',
                  '<Location "/x">\n<If "true">\n{}\n</If>\n</Location>'):
        code, output = config_test(place.replace('{}', lines))
        assert code == 0, f'{place}: {output}'


@pytest.mark.parametrize('role', ['rooms', 'echo', 'status', 'off', 'Rooms'])
def test_roles(role):
    code, output = config_test(f'<Location "/x">\nChat {role}\n</Location>')
    assert code == 0, output


@pytest.mark.parametrize('value', ['room', 'on', '""', '/chat', 'rooms echo'])
def test_bad_role(value):
    code, output = config_test(f'<Location "/x">\nChat {value}\n</Location>')
    assert code != 0
    assert 'Chat' in output
    if ' ' not in value:
        for word in ('rooms', 'echo', 'status', 'off'):
            assert word in output


@pytest.mark.parametrize('name, value, words', bad_cases())
def test_bad_values(name, value, words):
    code, output = config_test(f'{name} {value}')
    assert code != 0, f'{name} {value} passed'
    assert name in output, output
    assert any(word in output.replace(f'{name} {value}', '')
               for word in words), output


def test_an_origin_in_other_letters():
    """Browsers send another form of it, so it would never match."""
    for word in ('https://m\u00fcller.example', 'https://\u4f8b.test'):
        code, output = config_test(f'ChatOrigin https://a.test {word}')
        assert code != 0 and 'https://xn--' in output, output


@pytest.mark.parametrize('word', ['REMOTE_USER', '%REMOTE_USER', 'HTTP:X-User'])
def test_a_user_that_is_a_variable_without_braces(word):
    code, output = config_test(f'ChatUser {word}')
    assert code != 0, 'every visitor would be this user'
    assert f'"%{{{word.lstrip("%")}}}"' in output


@pytest.mark.parametrize('name', [*SERVER_WIDE, 'ChatAssets'])
def test_server_wide_ones_elsewhere(name):
    value = SERVER_WIDE.get(name, ['"/srv"'])[0]
    for place in ('<Location "/x">\n{}\n</Location>',
                  '<Directory "/srv">\n{}\n</Directory>',
                  '<VirtualHost *:1>\nServerName x.test\n{}\n</VirtualHost>'):
        code, output = config_test(place.replace('{}', f'{name} {value}'))
        assert code != 0, f'{name} passed in {place}'
        assert name in output


def test_assets_must_be_a_folder():
    code, output = config_test('ChatAssets "/no/such/folder"')
    assert code != 0 and 'ChatAssets' in output


def test_htaccess():
    """Every per-directory directive in .htaccess; a bad one is a 500 with a
    line in the log."""
    lines = '\n'.join(f'{name} {values[0]}'
                      for name, values in EVERYWHERE.items())
    files = {'talk/.htaccess': f'Chat rooms\n{lines}\n',
             'broken/.htaccess': 'ChatRate fast\n',
             'wide/.htaccess': 'ChatSharedMemory 32M\n'}
    with Httpd(files=files) as server:
        client = server.ws('/talk/lobby')
        assert client.recv_event('hello')['room'] == '/talk/lobby'
        client.close()
        assert server.get('/talk/lobby',
                          [('Accept', 'text/html')]).status == 200
        server.allow(r'\.htaccess: ')
        assert server.get('/broken/x').status == 500
        server.wait_log(r'ChatRate.*5/s 20')
        assert server.get('/wide/x').status == 500


def test_defaults_are_enough():
    with Httpd(config='<Location "/chat">\nChat rooms\n</Location>') \
            as server:
        client = server.ws('/chat/lobby')
        hello = client.recv_event('hello')
        assert hello['limits'] == {'message': 8192, 'rate': 5, 'burst': 20}
        client.close()


def test_a_word_that_is_left_out_is_the_default():
    """Not what the same directive has said before in the section."""
    config = ('<Location "/echo">\nChat echo\nChatPing 100ms 100ms\n'
              'ChatPing 100ms\n</Location>\n')
    with Httpd(config=config) as server:
        client = server.ws('/echo', auto_pong=False)
        assert client.silent(1), 'no answer to a ping for 20 s'
        client.send_text('alive')
        assert client.recv_message()[1] == b'alive'
        client.close()


def test_switched_off_below():
    config = ('<Location "/chat">\nChat rooms\n</Location>\n'
              '<Location "/chat/files">\nChat off\n</Location>\n')
    with Httpd(config=config, files={'chat/files/a.txt': 'a file\n'}) \
            as server:
        assert server.get('/chat/files/a.txt').body == b'a file\n'
        assert server.get('/chat/room').status == 200


def test_without_shared_memory_httpd_runs_on():
    """More memory than there is: chat answers 503, pages are served."""
    config = ('ChatSharedMemory 4G\n'
              '<Location "/chat">\nChat rooms\n</Location>\n')
    server = Httpd(config=config, limits={'as': 2 << 30})
    server.allow(r'CW\d+: .*(memory|segment|with 503)')
    with server:
        assert server.get('/alive.txt').status == 200
        answer = server.get('/chat/lobby')
        assert answer.status == 503
        assert answer.header('retry-after')
