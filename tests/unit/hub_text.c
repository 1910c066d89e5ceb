/* hub_text.c - see hub_text.h. */
#include "hub_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

const char *hub_text_until(hub_peer *peer, const char *needle)
{
    int64_t end = base_clock_mono() + HUB_STAGE_PATIENCE;
    size_t size = strlen(needle);
    unsigned char *found;

    base_bytes_free(&peer->text);
    if (peer->used > 0) {
        base_bytes_drop(&peer->in, peer->used);
        peer->used = 0;
    }
    while (peer->in.len < size
           || !(found = memmem(peer->in.data, peer->in.len, needle, size))) {
        if ((!hub_peer_read(peer, 100) && peer->ended)
            || base_clock_mono() > end) {
            fail_msg("\"%s\" did not come, but \"%.*s\"", needle,
                     (int)peer->in.len, (const char *)peer->in.data);
        }
    }
    peer->used = (size_t)(found - peer->in.data) + size;
    base_bytes_append(&peer->text, peer->in.data, peer->used);
    base_bytes_append(&peer->text, "", 1);
    return (const char *)peer->text.data;
}
