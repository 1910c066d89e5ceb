/* hub_text.c - see hub_text.h. */
#include "hub_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* Takes a whole chunk off peer->in; false: there is none yet. Each has whole
 * lines, a size without extension, and nothing follows the last one. */
static bool take_chunk(hub_peer *peer)
{
    size_t have = peer->in.len - peer->used;
    const char *at;
    const char *end;
    char *digits_end;
    size_t head;
    size_t size;

    if (have == 0) {
        return false; /* and perhaps no memory yet */
    }
    at = (const char *)peer->in.data + peer->used;
    end = memchr(at, '\n', have);
    if (end == NULL) {
        return false;
    }
    assert_false(peer->last);
    head = (size_t)(end - at) + 1;
    size = strtoul(at, &digits_end, 16);
    assert_true(digits_end > at && digits_end == end - 1 && *(end - 1) == '\r');
    if (have < head + size + 2) {
        return false;
    }
    assert_memory_equal(at + head + size, "\r\n", 2);
    assert_true(size == 0 || at[head + size - 1] == '\n');
    base_bytes_append(&peer->body, at + head, size);
    peer->used += head + size + 2;
    peer->last = size == 0;
    return true;
}

/* Where everything stands that came and was not taken. */
static base_bytes *arrived(hub_peer *peer, size_t **used)
{
    if (!peer->chunked) {
        *used = &peer->used;
        return &peer->in;
    }
    while (take_chunk(peer)) {
        continue;
    }
    *used = &peer->body_used;
    return &peer->body;
}

const char *hub_text_until(hub_peer *peer, const char *needle)
{
    int64_t end = stage_clock_real() + HUB_STAGE_PATIENCE;
    size_t size = strlen(needle);
    size_t *used;
    base_bytes *in = arrived(peer, &used);
    unsigned char *found;

    base_bytes_free(&peer->text);
    if (*used > 0) {
        base_bytes_drop(in, *used);
        *used = 0;
    }
    while (in->len < size
           || !(found = memmem(in->data, in->len, needle, size))) {
        if ((!hub_peer_read(peer, 100) && peer->ended)
            || stage_clock_real() > end) {
            fail_msg("\"%s\" did not come, but \"%.*s\"", needle,
                     (int)in->len, (const char *)in->data);
        }
        (void)arrived(peer, &used);
    }
    *used = (size_t)(found - in->data) + size;
    base_bytes_append(&peer->text, in->data, *used);
    base_bytes_append(&peer->text, "", 1);
    return (const char *)peer->text.data;
}

static void expect_end(hub_peer *peer, bool whole)
{
    int64_t end = stage_clock_real() + HUB_STAGE_PATIENCE;
    size_t *used;
    base_bytes *in;

    while (hub_peer_read(peer, 100) || !peer->ended) {
        assert_true(stage_clock_real() < end);
    }
    in = arrived(peer, &used);
    if (in->len > *used) {
        fail_msg("\"%.*s\" instead of the end", (int)(in->len - *used),
                 (const char *)in->data + *used);
    }
    assert_int_equal(peer->in.len, peer->used);
    assert_int_equal(peer->last, peer->chunked && whole);
}

void hub_text_expect_end(hub_peer *peer)
{
    expect_end(peer, true);
}

void hub_text_expect_cut(hub_peer *peer)
{
    expect_end(peer, false);
}
