/* relay_twins.c - see relay_twins.h. */
#include "relay_twins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "redis_server.h"
#include "relay/reader/relay_load.h"
#include "relay/reader/relay_reader.h"
#include "room/relay/room_relay.h"
#include "room/table/room_table.h"

#define SIZE (32 * 1024 * 1024)
#define WAIT_US INT64_C(60000000)

void twins_until(bool (*met)(void *context), void *context, const char *what)
{
    int64_t until = base_clock_mono() + WAIT_US;

    while (!met(context)) {
        if (base_clock_mono() >= until) {
            fail_msg("%s", what);
        }
        poll(NULL, 0, 2);
    }
}

static void run_reader(const twin *t, const relay_settings *settings)
{
    char host[17];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    snprintf(host, sizeof(host), "%016" PRIx64, room_relay_host(t->store));
    (void)relay_reader_start(settings, t->store, host);
    for (;;) {
        pause();
    }
}

void twin_begin_without(twin *t, uint32_t keep, const relay_settings *settings)
{
    room_store_options options = { .rooms = TWINS_ROOMS, .slots = 8,
                                   .relay = 1 };
    char why[200] = "";

    *t = (twin){ .size = SIZE, .keep = keep, .age_ms = INT64_MAX };
    t->memory = mmap(NULL, t->size, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(t->memory != MAP_FAILED);
    assert_true(room_store_over(t->memory, t->size, &options, &t->store, why,
                                sizeof(why)));
    t->reader = fork();
    if (t->reader == 0) {
        run_reader(t, settings);
    }
}

void twins_begin(twin *twins, size_t count, uint32_t keep)
{
    /* All processes before the first thread. */
    for (size_t i = 0; i < count; i++) {
        twin_begin_without(&twins[i], keep, redis_server_settings());
    }
    for (size_t i = 0; i < count; i++) {
        twin_connected(&twins[i]);
        twins[i].r = relay_create(redis_server_settings(), twins[i].store);
        assert_true(relay_start(twins[i].r));
    }
}

static void end_reader(twin *t)
{
    int status;

    if (t->reader > 0) {
        kill(t->reader, SIGKILL);
        waitpid(t->reader, &status, 0);
        t->reader = 0;
    }
}

void twins_end(twin *twins, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        end_reader(&twins[i]);
        relay_stop(twins[i].r, base_clock_mono() + 5000000);
        relay_destroy(twins[i].r);
        room_store_free(twins[i].store);
        munmap(twins[i].memory, twins[i].size);
    }
}

void twin_kill_reader(twin *t)
{
    end_reader(t);
}

static relay_room name_room(const twin *t, unsigned room, char key[32])
{
    int size = snprintf(key, 32, "site\n/%u", room);

    return (relay_room){ .settings = redis_server_settings(),
                         .key = key,
                         .key_size = (size_t)size,
                         .keep_count = t->keep,
                         .keep_age_ms = t->age_ms };
}

room_handle twin_open(twin *t, unsigned room)
{
    int64_t until = base_clock_mono() + WAIT_US;
    room_handle handle = { 0, 0 };
    room_status status;
    char key[32];
    relay_room name = name_room(t, room, key);

    do {
        status = room_table_open(t->store, key, name.key_size, t->keep,
                                 t->age_ms, base_clock_now(), &handle);
        assert_int_equal(status, ROOM_OK);
        status = relay_load_room(t->r, handle, &name, true);
        assert_true(base_clock_mono() < until);
        poll(NULL, 0, status == ROOM_OK ? 0 : 5);
    } while (status != ROOM_OK);
    return handle;
}

room_status twin_store(twin *t, unsigned room, const room_log_entry *entry,
                       const room_log_target *target, room_id *id)
{
    room_handle handle = twin_open(t, room);
    room_relay_facts facts;
    char key[32];
    relay_room name = name_room(t, room, key);
    room_status status = ROOM_UNREAD;
    relay_order *order;
    int64_t wait_us;
    bool archived;

    assert_int_equal(room_relay_look(t->store, handle, &facts), ROOM_OK);
    order = relay_room_store(&name, entry, target, &facts.newest, NULL, NULL);
    relay_ask(t->r, order, base_clock_mono() + 3000000);
    if (order->status == RELAY_OK) {
        status = relay_room_stored(order, id, &wait_us, &archived);
    }
    relay_order_free(order);
    return status;
}

static room_status say_once(twin *t, unsigned room, const char *text,
                            room_id *id)
{
    base_clock_time now = base_clock_now();
    char tail[4096];
    int size = snprintf(tail, sizeof(tail), "\",\"text\":\"%s\"}", text);
    static const char head[] = "{\"type\":\"message\",\"id\":\"";
    room_log_entry entry = { .kind = ROOM_LOG_MESSAGE,
                             .head = head,
                             .head_size = sizeof(head) - 1,
                             .tail = tail,
                             .tail_size = (size_t)size,
                             .text_at = 9,
                             .text_size = strlen(text) + 2,
                             .user = 7,
                             .ref = text,
                             .ref_size = strlen(text) < ROOM_REF_MAX
                                             ? strlen(text) : ROOM_REF_MAX,
                             .wall_ms = now.wall_ms,
                             .mono_us = now.mono_us };

    return twin_store(t, room, &entry, NULL, id);
}

/* The text is the ref: what was stored the first time is not stored again. */
room_id twin_say(twin *t, unsigned room, const char *text)
{
    int64_t until = base_clock_mono() + WAIT_US;
    room_id id = { 0, 0 };
    room_status status = say_once(t, room, text, &id);

    while (status != ROOM_OK && status != ROOM_REPEATED) {
        if (base_clock_mono() >= until) {
            fail_msg("%s is not stored: %d", text, (int)status);
        }
        poll(NULL, 0, 5);
        status = say_once(t, room, text, &id);
    }
    return id;
}

void twin_wait(twin *t, unsigned room, const room_id *id)
{
    int64_t until = base_clock_mono() + WAIT_US;
    room_status status;

    do {
        status = room_relay_wait(t->store, twin_open(t, room), id, until);
    } while (status == ROOM_GONE && base_clock_mono() < until);
    if (status != ROOM_OK) {
        fail_msg("%" PRIu64 "-%" PRIu64 " does not come", id->ms, id->n);
    }
}

static bool write_line(void *context, const room_log_record *record)
{
    base_bytes *out = context;
    char text[ROOM_ID_TEXT];

    room_id_format(&record->id, text);
    base_bytes_append_format(out, "%s ", text);
    base_bytes_reserve(out, record->size);
    room_log_copy(record, out->data + out->len);
    out->len += record->size;
    base_bytes_append_text(out, "\n");
    return true;
}

void twin_read(twin *t, unsigned room, base_bytes *out)
{
    room_handle handle = twin_open(t, room);
    room_log_position start;
    uint64_t next = 0;

    out->len = 0;
    assert_int_equal(room_log_seek(t->store, handle, NULL, UINT64_MAX,
                                   base_clock_mono(), &start),
                     ROOM_OK);
    for (uint64_t at = start.seq; at < start.next_seq; at = next) {
        assert_int_equal(room_log_read(t->store, handle, at, start.next_seq,
                                       100000, write_line, out, &next),
                         ROOM_OK);
        assert_true(next > at);
    }
    base_bytes_append(out, "", 1);
}

typedef struct {
    twin *left;
    twin *right;
    unsigned room;
    base_bytes texts[2];
} comparing;

static bool agree(void *context)
{
    comparing *it = context;

    twin_read(it->left, it->room, &it->texts[0]);
    twin_read(it->right, it->room, &it->texts[1]);
    return it->texts[0].len == it->texts[1].len
           && memcmp(it->texts[0].data, it->texts[1].data, it->texts[0].len)
                  == 0;
}

void twins_agree(twin *left, twin *right, unsigned room)
{
    comparing it = { .left = left, .right = right, .room = room };
    int64_t until = base_clock_mono() + WAIT_US;

    while (!agree(&it)) {
        if (base_clock_mono() >= until) {
            fail_msg("left:\n%s\nright:\n%s", (char *)it.texts[0].data,
                     (char *)it.texts[1].data);
        }
        poll(NULL, 0, 5);
    }
    base_bytes_free(&it.texts[0]);
    base_bytes_free(&it.texts[1]);
}

bool twin_exact(twin *t, unsigned room, const room_id *id)
{
    room_log_position start;

    assert_int_equal(room_log_seek(t->store, twin_open(t, room), id, 0,
                                   base_clock_mono(), &start),
                     ROOM_OK);
    return !start.gap;
}

relay_figures twin_figures(const twin *t)
{
    relay_figures figures;

    relay_figures_get(t->store, &figures);
    return figures;
}

static bool is_connected(void *context)
{
    return twin_figures(context).connected;
}

void twin_connected(const twin *t)
{
    twins_until(is_connected, (void *)t, "the reader does not connect");
}
