"""Rows of the archive that somebody has changed, or a disk: nobody is told of
them, and no child ends by them."""
import json
import sqlite3

import pytest

from harness import Httpd, location, new_room, say

CONFIG = ('ChatArchive sqlite3 data/chat.db\n' +
          location('/chat', 'Chat rooms', 'ChatRate off',
                   'ChatModerators env boss', 'SetEnvIf X-Boss . boss'))
BOSS = [('X-Chatws-Key', 'b055' * 8), ('X-Boss', '1')]
OLDEST = '99999999999999-0'


@pytest.fixture
def server(tmp_path):
    with Httpd(tmp_path, config=CONFIG) as running:
        yield running


def change(server, text, setting):
    database = sqlite3.connect(server.root / 'data/chat.db')
    with database:
        done = database.execute(
            f'UPDATE chatws_events SET {setting} WHERE folded = ?', [text])
        assert done.rowcount == 1
    database.close()


def texts(server, path):
    answer = server.get(path)
    assert answer.status == 200, answer
    return [event['text'] for event in answer.json()['events']
            if event['type'] == 'message']


@pytest.mark.parametrize('damage', [
    "body = replace(body, 'bad', CAST(x'ff' AS TEXT))",
    "body = replace(body, 'bad', 'b\"d')",
    "body = replace(body, '\"id\":\"', '\"id\":\"1')",
    "body = '{}', text_at = 0, text_size = 2, state = 1",
])
def test_a_row(server, damage):
    """Wherever it is: in a room that is read in, in a page, in a search; and a
    moderator deletes it."""
    room = new_room()
    ids = say(server, room, 'one', 'bad', 'two')
    server.stop()
    change(server, 'bad', damage)
    server.start()
    server.allow('CW1107')
    children = server.children()
    assert texts(server, room) == ['one', 'two']
    assert texts(server, f'{room}?before={OLDEST}') == ['one', 'two']
    assert texts(server, f'{room}?search=o') == ['one', 'two']
    assert texts(server, f'{room}?search=bad') == []
    assert texts(server, f'{room}?after={ids[0]}') == ['two']
    assert texts(server, f'{room}?after={ids[1]}') == ['two']
    server.wait_log('CW1107')
    body = json.dumps({'type': 'delete', 'id': ids[1]})
    assert server.post(room, body, headers=BOSS).status in (200, 404)
    say(server, room, 'on')
    assert set(children) <= set(server.children())
