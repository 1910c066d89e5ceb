/* hub_codec.c - the compressing of a child; see hub_codec.h. */
#include "hub/way/hub_codec.h"

#include <stdlib.h>

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

struct hub_codec {
    ws_inflater *inflater;
    ws_deflater *deflaters[WINDOWS]; /* NULL until needed: up to 144 KB each */
    unsigned char *scratch;
    size_t cap;
    int64_t due; /* of the budget */
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

bool hub_codec_affords(hub *core, size_t size)
{
    int64_t cost = (int64_t)(size / BYTES_A_US) + 1;

    return base_gcra_take(&codec_of(core)->due, core->now, cost,
                          BURST_US / cost + 1, NULL);
}

void hub_codec_destroy(hub *core)
{
    hub_codec *codec = core->codec;

    if (codec) {
        ws_inflate_destroy(codec->inflater);
        for (int i = 0; i < WINDOWS; i++) {
            ws_deflate_destroy(codec->deflaters[i]);
        }
        free(codec->scratch);
        free(codec);
        core->codec = NULL;
    }
}
