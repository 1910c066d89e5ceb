/* http_frames.h - the frames of HTTP/2 in one direction (RFC 9113 4.1), as
 * sizes: whose they are, and where a stream begins and ends.
 *
 * Fed with whatever pieces the bytes come in; looks at the nine bytes in front
 * of each frame and skips the rest. Pure.
 */
#ifndef CHATWS_HTTP_FRAMES_H
#define CHATWS_HTTP_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a client says first (RFC 9113 3.4). */
#define HTTP_FRAMES_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

typedef enum {
    HTTP_FRAME_DATA = 0,
    HTTP_FRAME_HEADERS = 1,
    HTTP_FRAME_RST_STREAM = 3,
    HTTP_FRAME_CONTINUATION = 9
} http_frame_type;

enum { HTTP_FRAME_END_STREAM = 1, HTTP_FRAME_HEADER = 9 };

/* All zero, but `skip`, at the beginning. */
typedef struct {
    uint64_t skip; /* bytes that are no header: of a preface or a payload */
    unsigned char header[HTTP_FRAME_HEADER];
    unsigned have; /* bytes of `header` */
    uint8_t type;
    uint8_t flags;
    uint32_t stream; /* 0: the connection itself */
} http_frames;

/* One step. */
typedef struct {
    size_t used;   /* bytes of the piece */
    size_t size;   /* bytes that are known to be of `stream` now; those of a
                      header are when it is complete */
    uint32_t stream;
    bool begins;   /* the header is complete now: type and flags are told */
    bool ends;     /* these are the last bytes of the frame */
    uint8_t type;
    uint8_t flags;
} http_frames_step;

/* Takes the bytes up to the end of a header or of a payload: more than none of
 * a piece that is not empty. */
http_frames_step http_frames_take(http_frames *frames, const void *data,
                                  size_t size);

/* The same for bytes that nobody has to look at, of a file for example: how
 * many of `size` the payload at hand has; the rest has to be taken. */
http_frames_step http_frames_pass(http_frames *frames, size_t size);

#endif
