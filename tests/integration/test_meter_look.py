"""What a measured WebSocket that asks for it (`look`) is shown: the heads of its
handshake and its first frame; and that nobody else is."""
import json
import secrets

import pytest

from harness import ROOMS, Httpd, encode_frame


@pytest.fixture(scope='module', params=['event', 'worker', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, tls=True, config=ROOMS) as running:
        yield running


def new_key():
    return secrets.token_hex(8)


@pytest.mark.parametrize('query', ['', '&looks', '&a=look'])
def test_nothing_is_told_unasked(server, query):
    """A measured WebSocket carries what any other does, and no byte more."""
    def visit(query):
        client = server.ws(f'/chat/unasked?history=0{query}')
        client.recv_event('hello')
        client.say('text')
        client.recv_event('ack')
        client.close()
        return [event for event in client.events
                if event['type'] not in ('message', 'presence')]
    key = new_key()
    assert visit('') == visit(f'&meter={key}{query}') == []
    assert visit(f'&meter={key}&look')[0]['type'] == 'meter'


def test_events_of_a_measured_websocket(server):
    """The heads of the handshake and the first text frame, as they were."""
    cookie = 'other=secret; chatws=' + 'a' * 32
    secret = {'Cookie': cookie, 'Authorization': 'Basic cGFzcw==',
              'Proxy-Authorization': 'Basic eA==',
              'X-Chatws-Key': 'b' * 32, 'X-From-A-Proxy': 'internal'}
    headers = [*secret.items(), ('Accept-Language', 'de')]
    client = server.ws(f'/chat/shown?meter={new_key()}&look', headers=headers,
                       protocols=['chatws.v1', 'chatws.key.' + 'c' * 32])
    client.recv_event('hello')
    event = client.recv_event('meter')
    request = event['request'].split('\r\n')
    assert request[0].startswith('GET /chat/shown?meter=')
    assert request[-2:] == ['', '']
    for name, value in secret.items():
        assert f'{name}: ' + '*' * len(value) in request
    assert 'Accept-Language: de' in request
    assert 'Sec-WebSocket-Protocol: chatws.v1, chatws.key.' + '*' * 32 \
        in request
    response = event['response'].split('\r\n')
    assert response[0] == 'HTTP/1.1 101 Switching Protocols'
    accept = client.response.header('sec-websocket-accept')
    assert f'Sec-WebSocket-Accept: {accept}' in response
    client.send_frame(0xA, b'unasked')
    client.say('first')
    frame = bytes.fromhex(client.recv_event('meter')['frame'])
    text = b'{"type": "message", "text": "first"}'
    assert frame[0] == 0x81 and frame[1] == 0x80 | len(text)
    mask = frame[2:6]
    assert bytes(byte ^ mask[i % 4] for i, byte in
                 enumerate(frame[6:])) == text
    client.say('second')
    client.recv_event('ack')
    assert not [e for e in client.events if e['type'] == 'meter']
    client.close()


def test_the_cookie_that_is_set_is_not_shown(server):
    client = server.ws(f'/chat/cookie?look&meter={new_key()}')
    cookie = client.response.header('set-cookie')
    assert f"Set-Cookie: {'*' * len(cookie)}" in \
        client.recv_event('meter')['response'].split('\r\n')
    client.close()


def test_long_frames_and_single_bytes(server):
    """256 bytes are shown, however they come."""
    client = server.ws(f'/chat/bytes?meter={new_key()}&look=no')
    client.recv_event('meter')
    text = json.dumps({'type': 'message', 'text': 'y' * 400})
    frame = encode_frame(1, text.encode())
    client.send_bytewise(frame)
    assert bytes.fromhex(client.recv_event('meter')['frame']) == frame[:256]
    client.close()
