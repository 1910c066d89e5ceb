/* act_erase_all.c - see act_erase_all.h. */
#include "act/control/act_erase_all.h"

#include <string.h>
#include <time.h>

#include "archive/erase/archive_erasing.h"
#include "base/base_clock.h"
#include "relay/people/relay_erase.h"
#include "relay/reader/relay_hello.h"
#include "relay/relay.h"

#define ASK_US INT64_C(5000000)

/* While a host brings a room back. */
#define BUSY_US INT64_C(10000000)
#define AGAIN_MS 100

/* For the archive to come any further. */
#define STUCK_US INT64_C(60000000)
#define LOOK_MS 200

/* For connections on other hosts, in rooms that this one does not have. */
#define OUT_MS 1000

static void rest(int ms)
{
    struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

    (void)nanosleep(&time, NULL);
}

/* The order stays the caller's. */
static bool ask(const act_erase_all *it, relay_order *order)
{
    const act_answer *answer = it->answer;

    if (answer->relay && !act_answer_ends(answer)) {
        relay_ask(answer->relay, order, base_clock_mono() + ASK_US);
        return order->status == RELAY_OK;
    }
    return false;
}

static bool ask_only(const act_erase_all *it, relay_order *order)
{
    bool good = ask(it, order);

    relay_order_free(order);
    return good;
}

typedef struct {
    const act_erase_all *it;
    void (*visit)(void *context, const char *key, size_t key_size);
    void *context;
} visiting;

static void visit_meant(void *context, const char *key, size_t key_size)
{
    const visiting *to = context;

    if (chat_control_means(to->it->answer->asked, key, key_size)) {
        to->visit(to->context, key, key_size);
    }
}

bool act_erase_all_each(act_erase_all *it,
                        void (*visit)(void *context, const char *key,
                                      size_t key_size),
                        void *context)
{
    visiting to = { it, visit, context };
    char place[RELAY_ERASE_PLACE] = "0";
    bool good = it->answer->relay != NULL;
    bool more = good;

    while (more) {
        const relay_settings *settings = relay_told(it->answer->relay);
        relay_order *order = relay_erase_list(settings, place);

        good = ask(it, order);
        more = good
               && relay_erase_listed(order, settings, place, visit_meant,
                                     &to);
        relay_order_free(order);
    }
    return good;
}

static relay_sanction_from from(const act_erase_all *it)
{
    return (relay_sanction_from){ relay_told(it->answer->relay),
                                  relay_host(it->answer->relay) };
}

bool act_erase_all_send_out(act_erase_all *it, uint64_t user)
{
    relay_sanction_from sender = from(it);
    bool good = ask_only(it, relay_erase_send_out(&sender, user));
    relay_figures figures;

    relay_figures_get(it->answer->store, &figures);
    rest(good && figures.hosts > 0 ? OUT_MS : 0);
    return good;
}

bool act_erase_all_begin(act_erase_all *it)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    bool good;

    relay_order_add_text(order, "TIME");
    good = ask(it, order);
    if (good) {
        it->upto_ms = relay_answer_number(&order->answer, 0) * 1000
                      + relay_answer_number(&order->answer, 1) / 1000;
    }
    relay_order_free(order);
    return good && it->upto_ms > 0;
}

/* ---------------------------------------------------------------- the rooms */

typedef struct {
    act_erase_all *it;
    bool good;
} erasing;

/* One piece. False: that was not the last one. */
static bool erase_piece(erasing *to, const char *key, size_t key_size,
                        room_id *after, relay_erase_state *state)
{
    act_erase_all *it = to->it;
    uint64_t count = 0;
    relay_order *order = relay_erase_room(
        relay_told(it->answer->relay), key, key_size,
        act_answer_user(it->answer, key, key_size), it->upto_ms, after);

    to->good = ask(it, order);
    if (to->good) {
        *state = relay_erase_done(order, &count, after);
        it->erased += count;
    }
    relay_order_free(order);
    return !to->good || *state == RELAY_ERASE_ALL;
}

static void erase_room(void *context, const char *key, size_t key_size)
{
    erasing *to = context;
    int64_t until = base_clock_mono() + BUSY_US;
    relay_erase_state state = RELAY_ERASE_ALL;
    room_id after = { 0, 0 };

    while (to->good && !erase_piece(to, key, key_size, &after, &state)) {
        if (state == RELAY_ERASE_BUSY) {
            to->good = base_clock_mono() < until;
            rest(AGAIN_MS);
        }
    }
}

bool act_erase_all_rooms(act_erase_all *it)
{
    erasing to = { it, true };

    return act_erase_all_each(it, erase_room, &to) && to.good;
}

bool act_erase_all_tell(act_erase_all *it, uint64_t user)
{
    relay_sanction_from sender = from(it);

    return ask_only(it, relay_erase_tell(&sender, user, it->upto_ms));
}

/* -------------------------------------------------------------- the archive */

/* How far it is. False: it cannot be asked. */
static bool look(const act_erase_all *it, const char *name,
                 archive_erasing *now)
{
    relay_order *order = relay_erase_look(relay_told(it->answer->relay), name);
    char text[ARCHIVE_ERASING_TEXT] = "";
    bool good = ask(it, order);
    size_t size;
    const char *told = relay_answer_text(&order->answer, 0, &size);

    if (good && size < sizeof(text)) {
        memcpy(text, told, size);
    }
    now->done = good && (size == 0 || !archive_erasing_read(text, now));
    relay_order_free(order);
    return good;
}

static bool wait_for_job(act_erase_all *it, const char *name)
{
    archive_erasing was = { .user = 0 };
    archive_erasing now = was;
    int64_t until = base_clock_mono() + STUCK_US;
    bool good = look(it, name, &now);

    while (good && !now.done && base_clock_mono() < until) {
        if (now.looked != was.looked || now.merging != was.merging) {
            until = base_clock_mono() + STUCK_US;
            act_answer_progress(it->answer, now.looked,
                                it->erased + now.erased);
        }
        was = now;
        rest(LOOK_MS);
        good = look(it, name, &now);
    }
    it->erased += was.erased;
    return good && now.done;
}

bool act_erase_all_archive(act_erase_all *it, uint64_t user)
{
    archive_erasing job = { .user = user,
                            .upto_ms = (uint64_t)it->upto_ms };
    char text[ARCHIVE_ERASING_TEXT];
    char name[RELAY_ERASE_JOB];
    relay_order *order;
    bool good;
    bool put;

    archive_erasing_write(&job, text);
    order = relay_erase_job(relay_told(it->answer->relay), text, name);
    good = ask(it, order);
    put = relay_erase_job_put(order);
    relay_order_free(order);
    return good && (!put || wait_for_job(it, name));
}

bool act_erase_all_end(act_erase_all *it)
{
    relay_order *order = relay_hello_again(relay_told(it->answer->relay));
    bool good = ask(it, order)
                && relay_hello_is_same(it->answer->store, order);

    relay_order_free(order);
    return good;
}
