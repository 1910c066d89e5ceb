/* ws_inflate.c - inflating whole messages; see ws_inflate.h. */
#include "ws/ws_inflate.h"

#include <stdbool.h>
#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/base_check.h"

#define WINDOW_BITS 15

/* Memory that stays between two messages. */
#define KEPT_MOST 65536

#define FIRST_SIZE 1024

/* A message may be several streams one behind the other (RFC 7692 section
 * 7.2.3.4), and each of them costs a copy of the window. Nobody needs so
 * many. */
#define STREAMS_MOST 16

/* A stream of nothing but tables makes no output: one byte of it takes as long
 * as so many that are made. */
#define INPUT_COST 8

/* Of z_stream.data_type. */
#define AT_A_BLOCK 128
#define UNUSED_BITS 7

struct ws_inflater {
    z_stream stream;
    unsigned char *out;
    size_t cap;
    size_t len;
    uint64_t spent;
    unsigned streams; /* of this message */
    bool ended;       /* all of them; else it is inside of one, */
    bool between;     /* and there between two blocks, at a whole byte */
};

ws_inflater *ws_inflate_create(void)
{
    ws_inflater *made = calloc(1, sizeof(*made));

    BASE_CHECK(made != NULL
               && inflateInit2(&made->stream, -WINDOW_BITS) == Z_OK);
    return made;
}

void ws_inflate_destroy(ws_inflater *inflater)
{
    if (inflater) {
        (void)inflateEnd(&inflater->stream);
        free(inflater->out);
        free(inflater);
    }
}

void ws_inflate_tidy(ws_inflater *inflater)
{
    if (inflater->cap > KEPT_MOST) {
        free(inflater->out);
        inflater->out = NULL;
        inflater->cap = 0;
    }
}

uint64_t ws_inflate_spent(const ws_inflater *inflater)
{
    return inflater->spent;
}

/* Makes at least a byte of room, and one more than the limit at most, which
 * tells that it is passed; 0: it was. */
static size_t make_room(ws_inflater *inflater, size_t most)
{
    size_t end = most + 1;

    if (inflater->len == end) {
        return 0;
    }
    if (inflater->len == inflater->cap) {
        size_t cap = inflater->cap > 0 ? inflater->cap * 2 : FIRST_SIZE;

        inflater->cap = cap < end ? cap : end;
        inflater->out = realloc(inflater->out, inflater->cap);
        BASE_CHECK(inflater->out != NULL);
    }
    return (inflater->cap < end ? inflater->cap : end) - inflater->len;
}

/* A stream has ended in front of the message's end: what follows is another
 * one, which may point back into what came before. */
static bool begin_next(ws_inflater *inflater)
{
    size_t window = (size_t)1 << WINDOW_BITS;

    window = inflater->len < window ? inflater->len : window;
    return ++inflater->streams < STREAMS_MOST
           && inflateReset(&inflater->stream) == Z_OK
           && inflateSetDictionary(&inflater->stream,
                                   inflater->out + inflater->len - window,
                                   (uInt)window)
                  == Z_OK;
}

/* One step; false: it is no stream. What zlib says of blocks holds after a step
 * that has got on. */
static bool step(ws_inflater *inflater, size_t room)
{
    z_stream *stream = &inflater->stream;
    size_t left = stream->avail_in;
    int result;

    stream->next_out = inflater->out + inflater->len;
    stream->avail_out = (uInt)room;
    result = inflate(stream, Z_SYNC_FLUSH);
    inflater->len += room - stream->avail_out;
    inflater->ended = result == Z_STREAM_END;
    if (stream->avail_in < left || stream->avail_out < room) {
        inflater->between = (stream->data_type & AT_A_BLOCK)
                            && !(stream->data_type & UNUSED_BITS);
    }
    return result == Z_OK || inflater->ended
           || (result == Z_BUF_ERROR && stream->avail_in == 0);
}

/* Inflates until all of the input is used. */
static ws_inflate_result run(ws_inflater *inflater, const unsigned char *data,
                             size_t size, size_t most)
{
    z_stream *stream = &inflater->stream;

    stream->next_in = data;
    stream->avail_in = (uInt)size;
    for (;;) {
        size_t room = make_room(inflater, most);

        if (room == 0) {
            return WS_INFLATE_LONG;
        }
        if (!step(inflater, room)) {
            return inflater->len > most ? WS_INFLATE_LONG : WS_INFLATE_BAD;
        }
        if (stream->avail_in == 0 && stream->avail_out > 0) {
            return inflater->len > most ? WS_INFLATE_LONG : WS_INFLATE_OK;
        }
        if (inflater->ended && stream->avail_in > 0 && !begin_next(inflater)) {
            return WS_INFLATE_BAD;
        }
    }
}

/* The block that its sender has cut off was the last thing of the message: what
 * ends inside of another one was cut elsewhere. No bytes at all are no stream:
 * an empty message is a byte of zero. */
static ws_inflate_result inflate_whole(ws_inflater *inflater,
                                       const unsigned char *data, size_t size,
                                       size_t most)
{
    static const unsigned char cut_off[] = { 0x00, 0x00, 0xFF, 0xFF };
    ws_inflate_result result;

    if (size == 0 || inflateReset(&inflater->stream) != Z_OK) {
        return WS_INFLATE_BAD;
    }
    result = run(inflater, data, size, most);
    if (result == WS_INFLATE_OK && !inflater->ended) {
        result = run(inflater, cut_off, sizeof(cut_off), most);
    }
    return result == WS_INFLATE_OK && !inflater->ended && !inflater->between
               ? WS_INFLATE_BAD
               : result;
}

ws_inflate_result ws_inflate_message(ws_inflater *inflater,
                                     const unsigned char *data, size_t size,
                                     size_t most, const unsigned char **out,
                                     size_t *out_size)
{
    ws_inflate_result result;
    uint64_t cost = (uint64_t)size * INPUT_COST;

    inflater->len = 0;
    inflater->streams = 0;
    result = inflate_whole(inflater, data, size, most);
    inflater->spent += cost > inflater->len ? cost : inflater->len;
    *out = inflater->out ? inflater->out : data;
    *out_size = inflater->len;
    return result;
}
