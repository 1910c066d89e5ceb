"""From SQLite to PostgreSQL, and a backup while httpd runs: with the commands
of docs/CHATWSCTL.md and docs/ARCHIVE.md."""
import os
import re
import subprocess

from harness import SOURCE, Httpd, location, say
from harness.ctl import PROGRAM
from harness.databases import database

CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off', 'ChatHistory 5 24h',
                   'ChatModerators env boss', 'SetEnvIf X-Boss . boss'))
KEY = [('X-Chatws-Key', '0123456789abcdef' * 2)]
BOSS = [('X-Chatws-Key', 'b055' * 8), ('X-Boss', '1')]
ROOM = '/chat/old house'.replace(' ', '%20')
END = '99999999999999-0'
TEXTS = ['plain', 'a "quoted" text', 'two\nlines', "it's \\ back, slash",
         '消息 🙂', ',', '<b>&amp;</b>', 'last']


def commands(document, heading):
    """The shell commands of a chapter, for who is root."""
    text = (SOURCE / 'docs' / document).read_text()
    chapter = re.search(rf'^## {heading}$(.*?)(?=^## )', text, re.M | re.S)[1]
    [block] = re.findall(r'^```sh$\n(.*?)^```$', chapter, re.M | re.S)
    return block.replace('sudo ', '').splitlines(keepends=True)


def everything(server):
    pages = [server.get(path, KEY).json() for path in
             (ROOM, f'{ROOM}?before={END}', f'{ROOM}?search=a')]
    return [{**page, 'you': None} for page in pages], pages[0]['you']


def fill(server):
    ids = say(server, ROOM, *TEXTS, headers=KEY)
    for body, who in ((f'{{"type":"edit","id":"{ids[1]}","text":"new"}}', KEY),
                      (f'{{"type":"delete","id":"{ids[0]}"}}', KEY),
                      ('{"type":"room","topic":"\\"T\\", and more"}', BOSS)):
        assert server.post(ROOM, body, headers=who).status == 200
    return ids


def test_to_postgresql(tmp_path):
    with database('pgsql') as db:
        first = 'ChatArchive sqlite3 data/chat.db\n'
        with Httpd(tmp_path, config=first + CONFIG) as server:
            ids = fill(server)
            told, you = everything(server)
            server.stop()
            stop, *script = commands('CHATWSCTL.md',
                                     'Moving to another database')
            assert stop == 'systemctl stop apache2\n'
            script = ''.join(script).replace('chatwsctl', str(PROGRAM), 2) \
                .replace('/var/lib/chatws', f'{tmp_path}/data')
            script, count = re.subn(r'pgsql host=localhost [^"]*',
                                    f'pgsql {db.params}', script)
            assert count == 1
            subprocess.run(['bash', '-euo', 'pipefail', '-c', script],
                           check=True, timeout=120)
            server.config = f'ChatArchive pgsql "{db.params}"\n' + CONFIG
            server.start()
            assert everything(server) == (told, you)
            assert len(told[1]['events']) == len(TEXTS)
            page = server.get(f'{ROOM}?after={ids[1]}').json()
            assert page['gap'] is False and page['events'][0]['id'] == ids[2]
            say(server, ROOM, 'goes on', headers=KEY)
            say(server, '/chat/another', 'new')
            server.stop()
            server.start()
            assert server.get(ROOM).json()['events'][-1]['text'] == 'goes on'


def test_backup(tmp_path):
    with Httpd(tmp_path, config='ChatArchive sqlite3 data/chat.db\n'
               + CONFIG) as server:
        fill(server)
        told, you = everything(server)
        command = commands('ARCHIVE.md', 'Backup while it runs')[0]
        assert command.startswith('sqlite3 ')
        subprocess.run(
            ['bash', '-euc', command.replace('/var/lib/chatws',
                                             f'{tmp_path}/data')
             .replace('/backup', str(tmp_path))], check=True, timeout=60)
        say(server, ROOM, 'after the backup')
        server.stop()
        for path in (tmp_path / 'data').iterdir():
            path.unlink()
        (tmp_path / 'chat.db').rename(tmp_path / 'data' / 'chat.db')
        os.chown(tmp_path / 'data' / 'chat.db',
                 *[getattr(os.stat(tmp_path / 'data'), name)
                   for name in ('st_uid', 'st_gid')])
        server.start()
        assert everything(server) == (told, you)
