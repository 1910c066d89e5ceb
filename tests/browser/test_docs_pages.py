"""The pages that the documents show, as they stand there, in a browser."""
import re
import sys

import pytest
from harness import SOURCE, wait_until

sys.path.insert(0, str(SOURCE / 'tests' / 'tools'))
from docs_examples import examples  # noqa: E402

DOCUMENTS = {path.relative_to(SOURCE).as_posix(): path.read_text()
             for folder in ('.', 'docs') for path in SOURCE.glob(f'{folder}/*.md')}
# The bundle has tests of its own, and a form for a login is no chat.
EXAMPLES = [one for one in examples(DOCUMENTS)
            if one.kind == 'html' and '/chat/_chatws/' in one.text]
BUTTON = "document.querySelector('chat-launcher')?.shadowRoot" \
         "?.getElementById('button')"


@pytest.mark.parametrize('number', range(len(EXAMPLES)), ids=[
    f'{one.document}-{re.sub("[^a-z]+", "-", one.heading.lower())}'
    for one in EXAMPLES])
def test_page(people, server, number):
    """Somebody is in the room: the reader, or a click away from it."""
    text = EXAMPLES[number].text
    room, page = f'/chat/docs-{number}', people[0]
    assert '/chat/lobby' in text
    server.write_files({f'docs-{number}.html':
                        '<!doctype html>\n<html lang="en">\n<title>x</title>\n'
                        '<link rel="icon" href="/chat/_chatws/icon.svg">\n'
                        + text.replace('/chat/lobby', room)})
    page.browser.open(f'http://{server.host()}/docs-{number}.html')
    if '<chat-launcher' in text:
        wait_until(lambda: page.browser.script(
            f'return {BUTTON}?.hidden === false'), 60, 'the button')
        page.browser.script(f'{BUTTON}.click()')
    wait_until(lambda: server.get(f'{room}?members').json()['count'] > 0, 60,
               'somebody is there')
    said = re.search(r"chat\.send\('(.+)'\)", text)
    if said:
        wait_until(lambda: said[1] in [
            event.get('text') for event in
            server.get(f'{room}?after=0-0').json()['events']], 60, 'it is said')
    heard = page.complaints()
    if 'console.log' in text:
        heard = [line for line in heard if f'/docs-{number}.html ' not in line]
    assert heard == []
    page.browser.open('about:blank')
