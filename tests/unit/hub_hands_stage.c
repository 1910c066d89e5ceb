/* hub_hands_stage.c - see hub_hands_stage.h. */
#include "hub_hands_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/loop_pass.h"
#include "room/log/room_log.h"
#include "room/table/room_table.h"

unsigned hub_hands_givers = 1;

static bool is_first_current(void *context)
{
    return !atomic_load(&((hub_hands_stage *)context)->restarted);
}

static bool is_second_current(void *context)
{
    (void)context;
    return true;
}

static bool is_known(uint64_t print)
{
    return print == HUB_HANDS_PRINT;
}

static void note_giver(void)
{
}

static unsigned givers(void)
{
    return hub_hands_givers;
}

static uint64_t name_filter(const struct act_filter *filter)
{
    (void)filter;
    return 1;
}

static struct act_filter *find_filter(uint64_t name)
{
    (void)name;
    return NULL;
}

/* In place of httpd's. */
static void write_head(base_bytes *out, const base_bytes *lines, int retry,
                       int64_t length)
{
    (void)length;
    base_bytes_append_format(out, "head %d\n", retry);
    base_bytes_append(out, lines->data, lines->len);
}

void hub_hands_set_up(hub_hands_stage *made)
{
    int ends[2];

    memset(made, 0, sizeof(*made));
    hub_stage_open(&made->stage, 0);
    assert_true(loop_pass_pair(ends, 1 << 20));
    made->hands = (hub_hands){ .next = { ends[0], ends[1], &made->in_flight,
                                         NULL },
                               .segment = 1,
                               .note_giver = note_giver,
                               .givers = givers,
                               .known = is_known,
                               .filter_name = name_filter,
                               .filter = find_filter,
                               .heads = { write_head } };
    made->stage.hands = &made->hands;
    made->stage.settings.print = HUB_HANDS_PRINT;
    made->stage.current = is_first_current;
}

void hub_hands_open(hub_hands_stage *made)
{
    hub_hands_set_up(made);
    hub_stage_start(&made->stage, 0);
}

void hub_hands_give(hub_hands_stage *made)
{
    atomic_store(&made->restarted, true);
    hub_stage_stop(&made->stage, 0, true);
}

void hub_hands_begin_second(hub_hands_stage *made)
{
    made->stage.current = is_second_current;
    hub_stage_start(&made->stage, 1);
}

void hub_hands_take(hub_hands_stage *made)
{
    uint64_t all = hub_stage_count(&made->stage, ACT_COUNT_MOVED)
                   + (uint64_t)atomic_load(&made->in_flight);

    hub_hands_begin_second(made);
    HUB_STAGE_WAIT(hub_stage_count(&made->stage, ACT_COUNT_MOVED) == all);
}

void hub_hands_restart(hub_hands_stage *made)
{
    hub_hands_give(made);
    hub_hands_take(made);
}

void hub_hands_again(hub_hands_stage *made)
{
    hub_stage_stop(&made->stage, 1, false);
    atomic_store(&made->restarted, false);
    made->stage.current = is_first_current;
    hub_stage_start(&made->stage, 0);
}

/* The queue is open as long as a hub may look into it. */
void hub_hands_close(hub_hands_stage *made)
{
    HUB_STAGE_WAIT(hub_stage_count(&made->stage, ACT_COUNT_CONNECTIONS) == 0);
    for (int i = 0; i < HUB_STAGE_MOST; i++) {
        if (made->stage.hubs[i]) {
            hub_stage_stop(&made->stage, i, false);
        }
    }
    assert_int_equal(atomic_load(&made->in_flight), 0);
    close(made->hands.next.take);
    close(made->hands.next.give);
    hub_stage_close(&made->stage);
}

hub_offer *hub_hands_offer(hub_peer *peer, hub_stage *stage, int which,
                           const hub_way *way, uint64_t user)
{
    hub_offer *offer = hub_peer_offer(peer, stage, which, HUB_PEER_TCP);

    offer->way = way;
    offer->who.user = user;
    offer->key_size = hub_stage_key(offer->key, "/lobby");
    return offer;
}

void hub_hands_join(hub_peer *peer, hub_stage *stage, int which,
                    const hub_way *way, uint64_t user)
{
    hub_offer_hand_over(hub_hands_offer(peer, stage, which, way, user));
}

void hub_hands_small(hub_peer *peer, hub_stage *stage, uint64_t user,
                     int buffer)
{
    hub_offer *offer = hub_hands_offer(peer, stage, 0, &hub_way_ws, user);

    assert_int_equal(setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &buffer,
                                sizeof(buffer)), 0);
    assert_int_equal(setsockopt(peer->pair.fd, SOL_SOCKET, SO_RCVBUF, &buffer,
                                sizeof(buffer)), 0);
    hub_offer_hand_over(offer);
}

void hub_hands_poll(hub_peer *peer, hub_hands_stage *made)
{
    hub_stage *stage = &made->stage;
    hub_offer *offer = hub_hands_offer(peer, stage, 0, &hub_way_longpoll, 5);
    room_log_state state;
    room_handle room;

    assert_int_equal(room_table_find(stage->store, offer->key,
                                     offer->key_size, &room), ROOM_OK);
    assert_int_equal(room_log_info(stage->store, room, base_clock_mono(),
                                   &state), ROOM_OK);
    offer->start.given = true;
    offer->start.after = state.newest;
    offer->wait = HUB_STAGE_PATIENCE;
    offer->head = write_head;
    base_bytes_append_text(&offer->lines, "lines\n");
    hub_offer_hand_over(offer);
    HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_ROOM_CLIENTS) == 1);
}

bool hub_hands_reach(hub_peer *peer, const char *text)
{
    hub_peer_frame frame;

    (void)hub_peer_read(peer, 0);
    while (hub_peer_take(peer, &frame)) {
        if (memmem(frame.data, frame.size, text, strlen(text))) {
            return true;
        }
    }
    return false;
}
