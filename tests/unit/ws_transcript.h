/* ws_transcript.h - a message reader that writes down what it says, and checks
 * at every step what ws_message.h promises. Used by the unit tests and by
 * fuzz_ws_message: the transcripts of one stream must be the same however it
 * was cut.
 */
#ifndef CHATWS_UNIT_WS_TRANSCRIPT_H
#define CHATWS_UNIT_WS_TRANSCRIPT_H

#include "base/base_bytes.h"
#include "ws/ws_message.h"

/* The text is one line an event: "text hello", "binary", "ping", "pong",
 * "close 1000 reason", "fail 1002 what is wrong". */
typedef struct {
    ws_message_reader reader;
    ws_inflater *inflater; /* NULL: permessage-deflate was not agreed on */
    base_bytes text;
    size_t fed;    /* bytes so far */
    size_t copied; /* events that did not point into the fed bytes */
} ws_transcript;

void ws_transcript_init(ws_transcript *transcript, uint32_t max_payload);

/* Of a connection for which permessage-deflate was agreed on: a message that
 * came compressed is written as "text~" or "binary~". */
void ws_transcript_init_deflated(ws_transcript *transcript,
                                 uint32_t max_payload);
void ws_transcript_destroy(ws_transcript *transcript);

/* Feeds one piece until NONE. The piece is unmasked in place. Aborts when
 * a promise is broken. */
void ws_transcript_feed(ws_transcript *transcript, unsigned char *data,
                        size_t size);

#endif
