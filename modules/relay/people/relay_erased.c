/* relay_erased.c - see relay_erased.h. */
#include "relay/people/relay_erased.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "relay/people/relay_line.h"
#include "relay/people/relay_packed.h"
#include "room/people/room_erase.h"
#include "room/segment/room_slot.h"
#include "room/set/room_notice.h"
#include "room/table/room_table.h"

/* Of each tick: others wait meanwhile. */
#define PIECE_US INT64_C(20000)

/* So much later what a child has fetched before is in the segment
 * (relay_load.h). */
#define AGAIN_US INT64_C(6000000)

/* So many are looked at. */
#define READ_MOST 100000

struct relay_erased {
    relay_bus *bus;
    base_bytes list;  /* room_erase_who */
    bool busy;        /* they are taken out just now, */
    uint32_t at;      /* from this room on, */
    bool missed;      /* but for one that was in use, */
    int64_t again_us; /* and then once more; 0: that was it */
};

/* One question, and who asks. */
typedef struct {
    relay_erased *it;
    bool *failed;
} question;

relay_erased *relay_erased_create(relay_bus *bus)
{
    relay_erased *it = calloc(1, sizeof(*it));

    BASE_CHECK(it != NULL);
    it->bus = bus;
    return it;
}

void relay_erased_destroy(relay_erased *it)
{
    base_bytes_free(&it->list);
    free(it);
}

/* "USER TIME". */
static bool read_who(relay_line *rest, room_erase_who *who)
{
    relay_line user = relay_line_take(rest, ' ');
    int64_t upto = relay_line_number(*rest);

    who->upto_ms = upto > 0 ? (uint64_t)upto : 0;
    return upto > 0 && relay_packed_hex(user.text, user.size, &who->user)
           && who->user != 0;
}

static int by_user(const void *left, const void *right)
{
    const room_erase_who *a = left;
    const room_erase_who *b = right;

    if (a->user != b->user) {
        return a->user < b->user ? -1 : 1;
    }
    return (a->upto_ms > b->upto_ms) - (a->upto_ms < b->upto_ms);
}

/* In order, and of those who are there twice the last one. */
static void sort(base_bytes *list)
{
    room_erase_who *who = (void *)list->data;
    size_t count = list->len / sizeof(*who);
    size_t kept = 0;

    if (count > 0) {
        qsort(who, count, sizeof(*who), by_user);
    }
    for (size_t i = 0; i < count; i++) {
        if (i + 1 == count || who[i + 1].user != who[i].user) {
            who[kept++] = who[i];
        }
    }
    list->len = kept * sizeof(*who);
}

static void begin(relay_erased *it, int64_t again_us)
{
    sort(&it->list);
    it->busy = it->list.len > 0;
    it->at = 0;
    it->missed = false;
    it->again_us = again_us;
}

static void go_on(relay_erased *it, int64_t until_us)
{
    const room_erase_who *who = (const void *)it->list.data;

    if (!it->busy
        || !room_erase_rooms(it->bus->store, who,
                             it->list.len / sizeof(*who), &it->at, until_us,
                             &it->missed)) {
        return;
    }
    it->busy = it->missed;
    it->at = 0;
    it->missed = false;
    if (!it->busy && it->again_us == 0) {
        it->list.len = 0;
    }
}

/* ------------------------------------------------------------ at the start */

static void came(relay_order *order)
{
    question *asked = order->context;
    relay_erased *it = asked->it;
    const relay_answer *answer = &order->answer;

    *asked->failed = *asked->failed || order->status != RELAY_OK;
    for (size_t i = 0; i < relay_answer_count(answer) && i < READ_MOST
                       && order->status == RELAY_OK; i++) {
        relay_line rest;
        room_erase_who who;

        rest.text = relay_answer_text(answer, i, &rest.size);
        if (read_who(&rest, &who)) {
            base_bytes_append(&it->list, &who, sizeof(who));
            room_notice_erase(it->bus->store, who.user);
        }
    }
    begin(it, base_clock_mono() + AGAIN_US);
    go_on(it, INT64_MAX);
    free(asked);
    relay_order_free(order);
}

void relay_erased_connect(relay_erased *it, bool *failed)
{
    relay_order *order;
    base_bytes key = BASE_BYTES_INIT;
    question *asked = calloc(1, sizeof(*asked));

    BASE_CHECK(asked != NULL);
    *asked = (question){ it, failed };
    order = relay_order_create(NULL, came, asked);
    relay_bus_key(it->bus->settings, "erased", &key);
    relay_order_add_text(order, "ZRANGE");
    relay_order_add(order, key.data, key.len);
    relay_order_add_number(order, 0);
    relay_order_add_number(order, -1);
    base_bytes_free(&key);
    relay_bus_send(it->bus, order);
}

/* --------------------------------------------------------- what is heard */

typedef struct {
    room_store *store;
    uint64_t user;
} leaving;

static bool send_out(void *context, const room_table_row *row)
{
    const leaving *it = context;

    if (room_erase_here(it->store, row->handle, it->user)) {
        room_erase_send_out(it->store, row->handle, row->key, row->key_size,
                            it->user);
    }
    return true;
}

static void hear_out(relay_erased *it, relay_line user)
{
    leaving who = { it->bus->store, 0 };

    if (relay_packed_hex(user.text, user.size, &who.user) && who.user != 0) {
        room_table_each(it->bus->store, base_clock_mono(), send_out, &who);
        room_slot_call(it->bus->store);
    }
}

static void hear_erased(relay_erased *it, relay_line *rest)
{
    room_erase_who who;

    if (read_who(rest, &who)
        && it->list.len < READ_MOST * sizeof(who)) {
        room_erase_person(it->bus->store, who.user);
        base_bytes_append(&it->list, &who, sizeof(who));
        begin(it, base_clock_mono() + AGAIN_US);
    }
}

void relay_erased_hear(relay_erased *it, const char *text, size_t size)
{
    relay_line rest = { text, size };
    relay_line kind = relay_line_take(&rest, ' ');

    (void)relay_line_take(&rest, ' ');
    if (kind.size == 1 && kind.text[0] == 'Z') {
        hear_out(it, rest);
    }
    else if (kind.size == 1 && kind.text[0] == 'Y') {
        hear_erased(it, &rest);
    }
}

void relay_erased_tick(relay_erased *it)
{
    int64_t now_us = base_clock_mono();

    if (!it->busy && it->again_us != 0 && now_us >= it->again_us) {
        begin(it, 0);
    }
    go_on(it, now_us + PIECE_US);
}
