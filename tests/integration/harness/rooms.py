"""Rooms that no other case uses, and what is said in them."""
import uuid


def new_room(prefix='/chat'):
    """The path of a room of one's own."""
    return f'{prefix}/{uuid.uuid4().hex}'


def is_made(server, room):
    """Whether a room exists where nothing was said: the position of one that
    does not is that of now."""
    cursors = {server.get(room).json()['cursor'] for _ in range(20)}
    return len(cursors) == 1


def kept(server, room):
    """All events that the room keeps, page by page."""
    page = server.get(room).json()
    events = page['events']
    while page.get('more'):
        page = server.get(f'{room}?after={page["cursor"]}').json()
        events += page['events']
    return events


def say(server, room, *texts, **options):
    """Posts the texts, with the options of Httpd.post; their ids."""
    answers = [server.post(room, text, 'text/plain', **options)
               for text in texts]
    assert {answer.status for answer in answers} == {201}
    return [answer.json()['id'] for answer in answers]


def say_many(server, room, count):
    """So many messages, some of them at once; their ids."""
    ids = []
    with server.ws(f'{room}?history=0') as client:
        for number in range(count):
            client.say('x', f'{number}')
            while len(ids) <= number - 50:
                ids.append(client.recv_event('ack')['id'])
        while len(ids) < count:
            ids.append(client.recv_event('ack')['id'])
        client.close()
    return ids
