/* relay_catch.c - see relay_catch.h. */
#include "relay/reader/relay_catch.h"

#include "relay/reader/relay_compare.h"
#include "relay/reader/relay_due.h"
#include "relay/reader/relay_words.h"

/* So many orders at once. */
#define ASKED_MOST 64

/* What it has at once is appended, and the rest asked for. */
static void take_tail(relay_follow *follow, relay_rooms_one *one,
                      const relay_room_answer *answer)
{
    base_clock_time now = base_clock_now();
    size_t states = 0;

    for (size_t i = 0; i < answer->what.count; i++) {
        room_import_record record = answer->what.records[i];
        bool stated = record.kind == ROOM_LOG_STATE;

        record.stored_ms = relay_words_wall(follow->bus->store,
                                            record.stored_ms);
        if (room_id_compare(&record.id, &one->newest) > 0
            && !relay_due_append(follow, one, &record,
                                 stated ? &answer->states[states] : NULL,
                                 now)) {
            return;
        }
        states += stated;
    }
    if (answer->lost.ms != 0) {
        relay_due_lose(follow, one, &answer->lost);
    }
    relay_due_note(one, &answer->what);
    one->again = one->again || answer->more;
    relay_due_done(follow, one);
}

static void fetched(relay_order *order)
{
    relay_follow *follow;
    relay_rooms_one *one = relay_due_of(order, &follow);
    relay_room_answer answer = RELAY_ROOM_ANSWER_INIT;

    if (one && relay_due_answered(follow, one, order)) {
        if (!relay_room_fetched(order, &answer)) {
            relay_due_nonsense(follow, one);
        }
        else if (!answer.known || answer.gap || answer.torn
                 || answer.epoch != one->epoch) {
            relay_due_want(follow, one, true);
        }
        else {
            take_tail(follow, one, &answer);
        }
        relay_room_answer_free(&answer);
    }
    relay_order_free(order);
}

static void fetch(relay_follow *follow, relay_rooms_one *one)
{
    relay_due_ask *ask = relay_due_asks(follow, one);

    one->again = false;
    relay_due_send(ask, relay_room_fetch(&one->room, &one->newest, false,
                                         RELAY_DUE_BYTES, NULL,
                                         fetched, ask));
}

void relay_catch_pump(relay_follow *follow)
{
    base_list *link;

    while (follow->wholes < RELAY_COMPARE_MOST
           && (link = base_list_take_first(&follow->whole)) != NULL) {
        relay_compare_start(follow, BASE_LIST_OWNER(link, relay_rooms_one,
                                                    queued));
    }
    while (follow->asked < ASKED_MOST
           && (link = base_list_take_first(&follow->due)) != NULL) {
        fetch(follow, BASE_LIST_OWNER(link, relay_rooms_one, queued));
    }
}
