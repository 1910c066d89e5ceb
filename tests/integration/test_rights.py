"""ChatSpeakers, ChatModerators, ChatCreators: httpd's authorization providers
say who may, in sections and in .htaccess, on every row that needs it."""
import subprocess
import uuid

import pytest

from harness import Httpd, WsFailure, config_test, location
from harness.rooms import is_made

SPEAK = {'speak': True, 'moderate': False}
READ = {'speak': False, 'moderate': False}
MODERATE = {'speak': True, 'moderate': True}

USER = 'ChatUser "%{HTTP:X-User}"'
MODULES = ('authz_groupfile', 'authz_dbm')
GROUPS = 'staff: ann cat\nold: dan\n'


def room(path, *lines):
    return location(path, 'Chat rooms', 'ChatRate off', USER, *lines)


CONFIG = (
    '<AuthzProviderAlias group night staff>\n'
    'AuthGroupFile "@ROOT@/htdocs/groups"\n</AuthzProviderAlias>\n'
    '<AuthzProviderAlias ip here 127.0.0.1>\n</AuthzProviderAlias>\n' +
    room('/user', 'ChatSpeakers user ann ben') +
    room('/valid', 'ChatSpeakers valid-user') +
    room('/group', 'AuthGroupFile "@ROOT@/htdocs/groups"',
         'ChatSpeakers group staff', 'ChatModerators group old') +
    room('/dbm', 'AuthzDBMType SDBM',
         'AuthDBMGroupFile "@ROOT@/htdocs/groups.dbm"',
         'ChatSpeakers dbm-group staff') +
    room('/ip', 'ChatSpeakers ip 127.0.0.0/8') +
    room('/far', 'ChatSpeakers ip 192.0.2.0/24') +
    room('/expr', 'ChatSpeakers expr "%{REMOTE_USER} =~ /^a/ '
         '&& %{HTTP:X-Word} == \'please\'"') +
    room('/method', 'ChatSpeakers method POST') +
    room('/alias', 'ChatSpeakers night') +
    room('/here', 'ChatModerators here') +
    room('/both', 'ChatSpeakers user ann', 'ChatSpeakers user ben') +
    room('/not', 'ChatSpeakers not user ben', 'ChatSpeakers valid-user') +
    room('/onlynot', 'ChatSpeakers not user ben') +
    room('/no', 'ChatSpeakers all denied', 'ChatModerators user ann') +
    room('/open', 'ChatModerators user ann') +
    room('/guestmod', 'ChatGuests readonly',
         'ChatModerators expr "%{HTTP:X-Word} == \'please\'"') +
    room('/readonly', 'ChatGuests readonly', 'ChatSpeakers all granted') +
    room('/readonly2', 'ChatGuests on', 'ChatSpeakers not user ben',
         'ChatSpeakers ip 127.0.0.1') +
    room('/trouble', 'ChatSpeakers expr "reqenv(\'x\') == file(\'/no/such\')"',
         'ChatSpeakers user ann') +
    room('/nottrouble',
         'ChatSpeakers not expr "reqenv(\'x\') == file(\'/no/such\')"') +
    room('/outer', 'ChatSpeakers user ann', 'ChatModerators user cat') +
    location('/outer/inner', 'ChatSpeakers user ben') +
    room('/make', 'ChatCreators user ann') +
    room('/plain') +
    '<Directory "@ROOT@/htdocs/talk">\nAllowOverride All\n</Directory>\n'
    '<Directory "@ROOT@/htdocs/weak">\nAllowOverride FileInfo\n</Directory>\n'
    '<Directory "@ROOT@/htdocs/weakguests">\nAllowOverride FileInfo\n'
    'ChatGuests readonly\n</Directory>\n' +
    location('/weakmod', 'Chat rooms', 'ChatRate off',
             'ChatModerators user admin'))

FILES = {
    'groups': GROUPS,
    'talk/.htaccess': 'Chat rooms\nChatRate off\n' + USER +
                      '\nChatSpeakers user ann\nChatModerators user ben\n',
    'talk/deep/.htaccess': 'ChatModerators user cat\n',
    'weak/.htaccess': 'Chat rooms\nChatSpeakers user ann\n',
    'weakguests/.htaccess': 'Chat rooms\nChatRate off\nChatGuests on\n',
    'weakguests/off/.htaccess': 'ChatGuests off\n',
    'weakmod/.htaccess': 'ChatUser "admin"\n',
    'own/.htaccess': 'Chat rooms\nChatRate off\nChatUser "admin"\n'
                     'ChatModerators user admin\n',
}


def make_dbm(root):
    """Who is in which group, as mod_authz_dbm reads it."""
    names = root / 'htdocs' / 'names'
    names.write_text('ann staff\ncat other,staff\nben other\n')
    subprocess.run(['/usr/sbin/httxt2dbm', '-f', 'SDBM', '-i', str(names),
                    '-o', str(root / 'htdocs' / 'groups.dbm')], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for path in (root / 'htdocs').glob('groups.dbm*'):
        path.chmod(0o644)


@pytest.fixture(scope='module')
def server():
    running = Httpd(config=CONFIG, files=FILES, modules=MODULES)
    make_dbm(running.root)
    running.allow('CW061[34]')
    running.allow('/no/such')
    with running:
        yield running


def user(name, *more):
    return ([('X-User', name)] if name else []) + list(more)


def new(prefix):
    return f'{prefix}/{uuid.uuid4().hex}'


def rights(server, path, name=None, *more):
    """What a hello says; ?members and a first poll say the same."""
    client = server.ws(path, headers=user(name, *more))
    try:
        told = client.recv_event('hello')['rights']
    finally:
        client.disconnect()
    for query in ('?members', ''):
        listed = server.get(path + query, user(name, *more)).json()
        assert listed['rights'] == told
    return told


PLEASE = ('X-Word', 'please')
CASES = [
    ('/plain', None, (), SPEAK),
    ('/plain', 'ann', (), SPEAK),
    ('/user', 'ann', (), SPEAK),
    ('/user', 'ben', (), SPEAK),
    ('/user', 'cat', (), READ),
    ('/user', None, (), READ),
    ('/valid', 'cat', (), SPEAK),
    ('/valid', None, (), READ),
    ('/group', 'ann', (), SPEAK),
    ('/group', 'ben', (), READ),
    ('/group', 'dan', (), MODERATE),
    ('/group', None, (), READ),
    ('/dbm', 'ann', (), SPEAK),
    ('/dbm', 'cat', (), SPEAK),
    ('/dbm', 'ben', (), READ),
    ('/dbm', None, (), READ),
    ('/ip', None, (), SPEAK),
    ('/far', 'ann', (), READ),
    ('/expr', 'ann', (PLEASE,), SPEAK),
    ('/expr', 'ann', (), READ),
    ('/expr', 'ben', (PLEASE,), READ),
    ('/method', 'ann', (), READ),
    ('/alias', 'ann', (), SPEAK),
    ('/alias', 'ben', (), READ),
    ('/here', None, (), MODERATE),
    ('/both', 'ann', (), SPEAK),
    ('/both', 'ben', (), SPEAK),
    ('/both', 'cat', (), READ),
    ('/not', 'ann', (), SPEAK),
    ('/not', 'ben', (), READ),
    ('/not', None, (), READ),
    ('/onlynot', 'ben', (), READ),
    ('/onlynot', 'ann', (), SPEAK),
    ('/onlynot', None, (), SPEAK),
    ('/no', 'ann', (), MODERATE),
    ('/no', 'ben', (), READ),
    ('/open', 'ann', (), MODERATE),
    ('/open', None, (), SPEAK),
    ('/guestmod', None, (PLEASE,), MODERATE),
    ('/guestmod', None, (), READ),
    ('/readonly', None, (), READ),
    ('/readonly', 'ann', (), SPEAK),
    ('/readonly2', 'ben', (), READ),
    ('/readonly2', None, (), SPEAK),
    ('/outer', 'ann', (), SPEAK),
    ('/outer', 'cat', (), MODERATE),
    ('/outer/inner', 'ann', (), READ),
    ('/outer/inner', 'ben', (), SPEAK),
    ('/outer/inner', 'cat', (), MODERATE),
    ('/talk', 'ann', (), SPEAK),
    ('/talk', 'ben', (), MODERATE),
    ('/talk', 'cat', (), READ),
    ('/talk/deep', 'ann', (), SPEAK),
    ('/talk/deep', 'ben', (), READ),
]


@pytest.mark.parametrize('prefix, name, more, expected', CASES)
def test_who_may(server, prefix, name, more, expected):
    path = new(prefix)
    assert rights(server, path, name, *more) == expected
    # By POST it is the same, unless the rule is about POST.
    answer = server.post(path, '{"text":"hi"}', headers=user(name, *more))
    if expected['speak'] or prefix == '/method':
        assert answer.status == 201
    else:
        assert answer.status == 403
        assert answer.json()['code'] == 'read_only'


def test_what_who_only_reads_may_not_do(server):
    path = new('/user')
    with_ann = server.ws(path, headers=user('ann'))
    with_ann.recv_event('hello')
    guest = server.ws(path)
    guest.recv_event('hello')
    for command in ('{"type":"message","text":"hi","ref":"r"}',
                    '{"type":"typing","ref":"r"}',
                    '{"type":"name","name":"Zoe","ref":"r"}'):
        guest.send_text(command)
        refused = guest.recv_event('error')
        assert (refused['code'], refused['ref']) == ('read_only', 'r')
    # What it may not say it can read.
    with_ann.send_text('{"type":"message","text":"hi"}')
    assert guest.recv_event('message')['text'] == 'hi'
    for client in (guest, with_ann):
        client.disconnect()
    page = server.get(f'{path}?plain', [('Accept', 'text/html')]).body
    assert b'<form' not in page
    page = server.get(f'{path}?plain',
                      user('ann', ('Accept', 'text/html'))).body
    assert b'<form' in page


def test_what_cannot_tell_is_a_no(server):
    """Another line may still let somebody in, but a `not` keeps out all."""
    assert rights(server, new('/trouble'), 'ben') == READ
    server.wait_log('CW0613: ChatSpeakers: "expr" cannot tell')
    assert rights(server, new('/trouble'), 'ann') == SPEAK
    assert rights(server, new('/nottrouble'), 'ann') == READ


def test_a_name_that_an_htaccess_chose(server):
    """With ChatUser alone nobody becomes a moderator of the server's."""
    path = new('/weakmod')
    client = server.ws(path)
    hello = client.recv_event('hello')
    client.disconnect()
    assert hello['you']['id'] == 'u-admin'
    assert hello['rights'] == SPEAK
    server.wait_log('CW0614: ChatModerators does not believe')
    # Nor another .htaccess's; in one and the same it is believed.
    assert rights(server, new('/talk/deep'), 'cat') == READ
    assert rights(server, new('/own')) == MODERATE


def test_classes_of_htaccess(server):
    """What says who may needs AuthConfig. ChatGuests was FileInfo's once: as
    such it still makes stricter what the server says, and no more."""
    server.allow(r'weak/\.htaccess: ChatSpeakers not allowed here')
    assert server.get(new('/weak')).status == 500
    assert rights(server, new('/weakguests')) == READ
    assert server.get(new('/weakguests/off')).status == 403


def refused(server, path, **options):
    with pytest.raises(WsFailure) as failure:
        server.ws(path, **options)
    return failure.value.response


def test_creators(server):
    """404 where a room would be made; who only looks sees nothing."""
    path = new('/make')
    stream = [('Accept', 'text/event-stream')]
    answers = [refused(server, path, headers=user('ben')),
               refused(server, path),
               server.get(path, user('ben', *stream)),
               server.request('HEAD', path, user('ben', *stream)),
               server.get(f'{path}?after=0-0&wait=1', user('ben')),
               server.post(path, '{"text":"hi"}', headers=user('ben')),
               server.post(path, 'hi', 'text/plain', headers=user('ben'))]
    assert [answer.status for answer in answers] == [404] * len(answers)
    assert {answer.json()['code'] for answer in answers
            if answer.body} == {'not_found'}
    for query in ('', '?after=0-0', '?before=9-0', '?members'):
        answer = server.get(path + query, user('ben'))
        assert answer.status == 200
    assert not is_made(server, path)
    # Ann makes it, and from then on it is there for everybody.
    client = server.ws(path, headers=user('ann'))
    client.recv_event('hello')
    for name in ('ben', None):
        other = server.ws(path, headers=user(name))
        assert other.recv_event('hello')['rights'] == SPEAK
        other.disconnect()
        assert server.post(path, '{"text":"hi"}',
                           headers=user(name)).status == 201
    client.disconnect()


@pytest.mark.parametrize('name', ['ChatSpeakers', 'ChatModerators',
                                  'ChatCreators'])
def test_configuration(name):
    """Good in every place; a bad line tells what is wrong with it."""
    good = '\n'.join(f'{name} {rest}' for rest in (
        'all granted', 'user ann "ben b"', 'valid-user', 'not user x',
        'ip 10.0.0.0/8', 'expr "%{REMOTE_USER} == \'x\'"', 'group a b'))
    for place in ('{}', '<Location "/x">\n{}\n</Location>',
                  '<Directory "/srv">\n{}\n</Directory>',
                  '<VirtualHost *:1>\nServerName x.test\n{}\n</VirtualHost>',
                  '<Location "/x">\n<If "true">\n{}\n</If>\n</Location>'):
        code, output = config_test(place.replace('{}', good),
                                   modules=MODULES)
        assert code == 0, f'{place}: {output}'
    for rest, words in (('', 'REQUIREMENT'), ('not', 'REQUIREMENT'),
                        ('group staff', 'a2enmod authz_groupfile'),
                        ('not group staff', 'a2enmod authz_groupfile'),
                        ('ldap-group cn=x', 'mod_authnz_ldap'),
                        ('ann', 'user ann'), ('night', 'alias'),
                        ('ip x.y', 'ip'), ('expr "%{nosuch"', 'expr'),
                        ('all maybe', 'all')):
        code, output = config_test(f'{name} {rest}')
        assert code != 0 and name in output and words in output, output
    code, output = config_test(
        f'<Location "/x">\n<Limit POST>\n{name} user ann\n</Limit>\n'
        '</Location>')
    assert code != 0 and '<Limit>' in output
