/* hub_codec.c - the compressing of a child; see hub_codec.h. */
#include "hub/way/hub_codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_gcra.h"
#include "ws/ws_deflate.h"
#include "ws/ws_extension.h"

/* Memory that stays between two messages. */
#define KEPT_MOST 65536

/* What single clients are given: 2 MB a second, which takes a twentieth of the
 * thread's time, and 256 KB at once. The hundred messages that a newcomer is
 * told would else cost more than all of its handshake, and when thousands come
 * back after a restart nobody has time for that. */
#define BYTES_A_US 2
#define BURST_US (256 * 1024 / BYTES_A_US)

#define WINDOWS (WS_EXTENSION_BITS_MOST - WS_EXTENSION_BITS_LEAST + 1)

/* What a single client was told last, and how that is for each window: empty
 * until needed. Who is here is told to one after the other, and a notice. */
typedef struct {
    base_bytes plain;
    base_bytes packed[WINDOWS];
} told;

struct hub_codec {
    ws_inflater *inflater;
    ws_deflater *deflaters[WINDOWS]; /* NULL until needed: up to 144 KB each */
    unsigned char *scratch;
    size_t cap;
    int64_t due; /* of the budget */
    told last;
};

static hub_codec *codec_of(hub *core)
{
    if (!core->codec) {
        core->codec = calloc(1, sizeof(*core->codec));
        BASE_CHECK(core->codec != NULL);
    }
    return core->codec;
}

ws_inflater *hub_codec_inflater(hub *core)
{
    hub_codec *codec = codec_of(core);

    if (!codec->inflater) {
        codec->inflater = ws_inflate_create();
    }
    return codec->inflater;
}

uint64_t hub_codec_inflated(const hub *core)
{
    return core->codec && core->codec->inflater
               ? ws_inflate_spent(core->codec->inflater)
               : 0;
}

/* Whoever has read this far knows how to make a child compress each message of
 * a room seven times over. It costs the room some 100 microseconds for each
 * kilobyte that is said in it, which is bounded by ChatRate. */
static ws_deflater *deflater_of(hub_codec *codec, unsigned window_bits)
{
    ws_deflater **at = &codec->deflaters[window_bits - WS_EXTENSION_BITS_LEAST];

    if (!*at) {
        *at = ws_deflate_create(window_bits);
    }
    return *at;
}

size_t hub_codec_deflate(hub *core, unsigned window_bits,
                         const unsigned char *data, size_t size,
                         const unsigned char **out)
{
    hub_codec *codec = codec_of(core);

    if (codec->cap < size + WS_DEFLATE_EXTRA) {
        free(codec->scratch);
        codec->cap = 2 * size + WS_DEFLATE_EXTRA;
        codec->scratch = malloc(codec->cap);
        BASE_CHECK(codec->scratch != NULL);
    }
    *out = codec->scratch;
    return ws_deflate_message(deflater_of(codec, window_bits), data, size,
                              codec->scratch);
}

void hub_codec_tidy(hub *core)
{
    if (core->codec && core->codec->cap > KEPT_MOST) {
        free(core->codec->scratch);
        core->codec->scratch = NULL;
        core->codec->cap = 0;
    }
}

static bool affords(hub_codec *codec, int64_t now, size_t size)
{
    int64_t cost = (int64_t)(size / BYTES_A_US) + 1;

    return base_gcra_take(&codec->due, now, cost, BURST_US / cost + 1, NULL);
}

static void note(told *last, const unsigned char *data, size_t size)
{
    if (last->plain.len == size && memcmp(last->plain.data, data, size) == 0) {
        return;
    }
    last->plain.len = 0;
    base_bytes_append(&last->plain, data, size);
    for (int i = 0; i < WINDOWS; i++) {
        last->packed[i].len = 0;
    }
}

size_t hub_codec_deflate_single(hub *core, unsigned window_bits,
                                const unsigned char *data, size_t size,
                                const unsigned char **out)
{
    hub_codec *codec = codec_of(core);
    base_bytes *packed =
        &codec->last.packed[window_bits - WS_EXTENSION_BITS_LEAST];
    size_t made;

    if (size <= KEPT_MOST) {
        note(&codec->last, data, size);
        if (packed->len > 0) {
            *out = packed->data;
            return packed->len;
        }
    }
    if (!affords(codec, core->now, size)) {
        return 0;
    }
    made = hub_codec_deflate(core, window_bits, data, size, out);
    if (size <= KEPT_MOST) {
        base_bytes_append(packed, *out, made);
    }
    return made;
}

void hub_codec_destroy(hub *core)
{
    hub_codec *codec = core->codec;

    if (codec) {
        ws_inflate_destroy(codec->inflater);
        for (int i = 0; i < WINDOWS; i++) {
            ws_deflate_destroy(codec->deflaters[i]);
        }
        for (int i = 0; i < WINDOWS; i++) {
            base_bytes_free(&codec->last.packed[i]);
        }
        base_bytes_free(&codec->last.plain);
        free(codec->scratch);
        free(codec);
        core->codec = NULL;
    }
}
