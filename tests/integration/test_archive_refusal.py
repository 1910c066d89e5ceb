"""What the owner's database refuses for ever: the chat goes on, its sender is
told, and everybody else has their acks."""
import sqlite3

from harness import Httpd, location, new_room, say, wait_until

CONFIG = ('ChatArchive sqlite3 data/chat.db\n' +
          location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/status', 'Chat status'))
KEY = [('X-Chatws-Key', '0123456789abcdef' * 2)]
TRIGGER = ("CREATE TRIGGER owners BEFORE INSERT ON chatws_events WHEN NEW.body"
           " LIKE '%SPAM%' BEGIN SELECT RAISE(ABORT, 'no adverts'); END")


def forbid(server):
    database = sqlite3.connect(server.root / 'data' / 'chat.db', timeout=30)
    database.execute(TRIGGER)
    database.commit()
    database.close()


def texts(server, room):
    return [event['text'] for event in server.get(room).json()['events']]


def test_a_trigger(tmp_path):
    body = '{"text":"SPAM by post","ref":"p"}'
    with Httpd(tmp_path, config=CONFIG) as server:
        room = new_room()
        say(server, room, 'first')
        forbid(server)
        server.allow('CW1104')
        with server.ws(room, headers=KEY) as ann, server.ws(room) as ben:
            ann.say('SPAM', 'r1')
            ann.say('fine', 'r2')
            error = ann.recv_event('error', timeout=30)
            assert error['ref'] == 'r1' and error['code'] == 'filtered'
            assert 'retry' not in error and 'archive' in error['text']
            assert ann.recv_event('ack', timeout=30)['ref'] == 'r2'
            ann.say('SPAM', 'r1')
            error = ann.recv_event('error', timeout=30)
            assert error['ref'] == 'r1' and error['code'] == 'filtered'
            assert ben.recv_until(
                lambda event: event.get('text') == 'fine')[-2]['text'] == \
                'SPAM'
        for _ in range(2):
            answer = server.post(room, body, headers=KEY, timeout=30)
            assert answer.status == 403, answer
            assert answer.json()['code'] == 'filtered'
            assert answer.json()['ref'] == 'p'
        say(server, room, 'last')
        assert texts(server, room) == ['first', 'SPAM', 'fine',
                                       'SPAM by post', 'last']
        counted = server.get('/status?format=json').json()
        assert counted['archive_lost_total'] == 2
        assert counted['archive_errors_total'] >= 2
        wait_until(lambda: server.get('/status?format=json').json()[
            'archive_lag_messages'] == 0, 30, 'nothing waits')
        line = server.wait_log('CW1104')[0]
        assert room in line and 'no adverts' in line and 'SPAM' not in line
        server.stop()
        server.start()
        assert texts(server, room) == ['first', '', 'fine', '', 'last']
