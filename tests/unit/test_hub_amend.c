/* test_hub_amend.c - a room is cleared behind the back of readers that have not
 * got all of it: nothing of before follows, and nobody is told of a gap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>

#include "chat/moderation/chat_amend.h"
#include "hub_peer.h"
#include "room/table/room_table.h"

#define ROOM "/cleared"
#define MESSAGES 400u
#define SIZE 4000

/* What a reader has heard. */
typedef struct {
    unsigned messages;
    unsigned after; /* of them, behind the clear */
    unsigned cleared;
    unsigned gaps;
} heard;

static void join(hub_peer *peer, hub_stage *stage, bool small)
{
    hub_offer *offer = hub_peer_offer_room(peer, stage, 0, ROOM, 1);
    hub_peer_frame frame;
    int size = 4096;

    if (small) {
        assert_int_equal(setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &size,
                                    sizeof(size)), 0);
    }
    hub_offer_hand_over(offer);
    assert_true(hub_peer_next(peer, &frame));
}

static bool begins(const hub_peer_frame *frame, const char *with)
{
    return frame->size > strlen(with)
           && memcmp(frame->data, with, strlen(with)) == 0;
}

static void note(heard *all, const hub_peer_frame *frame)
{
    if (begins(frame, CHAT_EVENT_MESSAGE_HEAD)) {
        all->messages++;
        all->after += all->cleared > 0;
    }
    all->cleared += begins(frame, CHAT_AMEND_CLEARED_HEAD);
    all->gaps += begins(frame, "{\"type\":\"gap\"");
}

/* Reads up to the message that was said after the clear. */
static heard hear(hub_peer *peer)
{
    heard all = { 0 };
    hub_peer_frame frame;

    while (all.after == 0 && hub_peer_next(peer, &frame)) {
        note(&all, &frame);
    }
    return all;
}

/* Reads what comes by itself. */
static heard hear_what_comes(hub_peer *peer)
{
    heard all = { 0 };
    hub_peer_frame frame;

    while (hub_peer_read(peer, 300)) {
        while (hub_peer_take(peer, &frame)) {
            note(&all, &frame);
        }
    }
    return all;
}

static void clear(hub_stage *stage)
{
    act_result result;

    stage->settings.moderates = 1;
    result = hub_stage_command(stage, ROOM, 5, "{\"type\":\"clear\"}");
    assert_int_equal(result.error, CHAT_OK);
    assert_int_not_equal(result.id.ms, 0);
}

/* Without waking anybody: the loop comes to it before it has heard. */
static void clear_in_silence(hub_stage *stage)
{
    static const char tail[] = "\",\"by\":{}}";
    char key[ACT_KEY_MOST];
    size_t size = hub_stage_key(key, ROOM);
    room_log_target target = { .author = 0 };
    room_log_entry event = { .kind = ROOM_LOG_CLEARED,
                             .head = CHAT_AMEND_CLEARED_HEAD,
                             .head_size = strlen(CHAT_AMEND_CLEARED_HEAD),
                             .tail = tail, .tail_size = strlen(tail),
                             .wall_ms = base_clock_wall(),
                             .mono_us = base_clock_mono() };
    room_handle room;
    room_id id;
    uint64_t seq;

    assert_int_equal(room_table_find(stage->store, key, size, &room),
                     ROOM_OK);
    assert_int_equal(room_log_amend(stage->store, room, &event, &target, &id,
                                    &seq), ROOM_OK);
}

static void read_through(void (*way)(hub_stage *stage))
{
    hub_stage stage;
    hub_peer slow;
    hub_peer quick;
    hub_peer late;
    heard before;
    heard all;

    hub_stage_open(&stage, 1);
    stage.settings.history_count = 2 * MESSAGES;
    join(&slow, &stage, true);
    hub_stage_flood(&stage, ROOM, 0, MESSAGES, SIZE);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_DELIVERIES) == MESSAGES);
    /* It has fallen off the window: it reads the log. */
    join(&quick, &stage, false);
    way(&stage);
    before = hear_what_comes(&slow);
    assert_int_equal(before.gaps, 0);
    assert_in_range(before.messages, 1, MESSAGES - 1);
    join(&late, &stage, false);
    hub_stage_flood(&stage, ROOM, MESSAGES, 1, SIZE);
    if (before.cleared == 0) {
        all = hear(&slow);
        assert_int_equal(all.gaps, 0);
        assert_int_equal(all.cleared, 1);
    }
    all = hear(&quick);
    assert_int_equal(all.gaps, 0);
    assert_int_equal(all.cleared, 1);
    all = hear(&late);
    assert_int_equal(all.gaps, 0);
    assert_int_equal(all.messages, 1);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_GAPS), 0);
    hub_peer_leave(&slow);
    hub_peer_leave(&quick);
    hub_peer_leave(&late);
    hub_stage_close(&stage);
}

static void test_a_clear_is_no_gap(void **state)
{
    (void)state;
    read_through(clear);
    read_through(clear_in_silence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clear_is_no_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
