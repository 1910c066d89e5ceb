/* hub_reader.c - see hub_reader.h. */
#include "hub_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MESSAGE "{\"type\":\"message\",\"id\":\""
#define GAP "{\"type\":\"gap\",\"after\":\""

static void id_at(const hub_peer_frame *frame, size_t at, room_id *id)
{
    const char *text = (const char *)frame->data + at;
    const char *end = memchr(text, '"', frame->size - at);

    assert_non_null(end);
    assert_true(room_id_parse(text, (size_t)(end - text), id));
}

static void hear_gap(hub_reader *r, const hub_peer_frame *frame)
{
    room_id after;
    const char *next = memmem(frame->data, frame->size, "\"next\":\"", 8);

    /* Right behind another gap it is a position which that one has covered:
     * what the first was told of had been lost when the reader went on, and
     * what came next was lost before the reader had it. */
    id_at(frame, strlen(GAP), &after);
    assert_true(room_id_compare(&after, &r->last) >= 0);
    assert_true(room_id_compare(&after, r->told ? &r->next_known : &r->last)
                <= 0);
    assert_non_null(next);
    id_at(frame, (size_t)(next + 8 - (const char *)frame->data),
          &r->next_known);
    assert_true(room_id_compare(&after, &r->next_known) < 0);
    r->told = true;
    r->gaps++;
}

static void hear_message(hub_reader *r, const hub_peer_frame *frame)
{
    const char *text = memmem(frame->data, frame->size, "\"text\":\"", 8);
    unsigned number;
    room_id id;

    assert_non_null(text);
    number = (unsigned)strtoul(text + 8, NULL, 10);
    id_at(frame, strlen(MESSAGE), &id);
    assert_true(room_id_compare(&id, &r->last) > 0);
    if (r->told) {
        assert_true(number > r->next);
        assert_true(room_id_compare(&id, &r->next_known) >= 0);
    }
    else if (number != r->next) {
        fail_msg("%u after %u without a gap", number, r->next - 1);
    }
    r->told = false;
    r->next = number + 1;
    r->last = id;
}

void hub_reader_hear(hub_reader *r, const hub_peer_frame *frame)
{
    if (frame->size > strlen(MESSAGE)
        && memcmp(frame->data, MESSAGE, strlen(MESSAGE)) == 0) {
        hear_message(r, frame);
    }
    else if (frame->size > strlen(GAP)
             && memcmp(frame->data, GAP, strlen(GAP)) == 0) {
        hear_gap(r, frame);
    }
    else {
        r->others++;
        r->other = *frame;
    }
}

void hub_reader_until(hub_reader *r, unsigned last)
{
    hub_peer_frame frame;

    while (r->next <= last && hub_peer_next(&r->peer, &frame)) {
        hub_reader_hear(r, &frame);
    }
    if (r->next != last + 1) {
        fail_msg("the stream ended before message %u", last);
    }
}

void hub_reader_join(hub_reader *r, hub_offer *offer, bool small)
{
    hub_peer_frame frame;
    const char *cursor;
    int size = 4096;

    if (small) {
        assert_int_equal(setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &size,
                                    sizeof(size)), 0);
    }
    hub_offer_hand_over(offer);
    assert_true(hub_peer_next(&r->peer, &frame));
    snprintf(r->hello, sizeof(r->hello), "%.*s", (int)frame.size,
             (const char *)frame.data);
    cursor = memmem(frame.data, frame.size, "\"cursor\":\"", 10);
    assert_non_null(cursor);
    id_at(&frame, (size_t)(cursor + 10 - (const char *)frame.data), &r->last);
}
