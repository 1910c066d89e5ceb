/* relay_archive.c - see relay_archive.h. */
#include "relay/archive/relay_archive.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_log.h"
#include "chat/moderation/chat_amend.h"
#include "relay/archive/relay_haul.h"
#include "relay/reader/relay_words.h"
#include "relay/relay_room.h"
#include "room/relay/room_relay.h"

/* Of one room at once. */
#define PIECE_BYTES 65536

/* Whose archive was not written for so long has none any more. */
#define CLAIM_MS 10000

struct relay_archive {
    relay_settings settings;
    room_store *store;
    room_source source;
    relay_batch batch;
    relay_haul haul;
    char host[18];   /* as which rooms are offered */
    base_bytes told; /* relay_order *, that done() has made */
    char job[32];    /* that was given */
};

/* It is emptied by what is written. */
static bool is_full(const relay_order *order)
{
    return order->status == RELAY_REFUSED
           && relay_answer_fails(&order->answer, "OOM ");
}

static bool alive(void *context, bool ack)
{
    relay_archive *archive = context;
    relay_order *order;
    bool reached;

    archive->haul.acks = ack;
    order = relay_haul_alive(&archive->haul);
    reached = relay_batch_one(&archive->batch, order) || is_full(order);
    relay_order_free(order);
    return reached;
}

/* Two that are written at once would have half of the chat each. */
static room_status claim(void *context, const char *name)
{
    relay_archive *archive = context;
    relay_batch *batch = &archive->batch;
    relay_order *orders[] = { relay_batch_plain(batch, "SET", "writer"),
                              relay_batch_plain(batch, "GET", "writer") };
    relay_order *renewed;
    bool asked;
    bool own;
    bool full;

    relay_order_add_text(orders[0], name);
    relay_order_add_text(orders[0], "NX");
    relay_order_add_text(orders[0], "PX");
    relay_order_add_number(orders[0], CLAIM_MS);
    asked = relay_batch_ask(batch, orders, 2) && orders[1]->status == RELAY_OK;
    own = asked && relay_answer_is(&orders[1]->answer, 0, name);
    full = asked && is_full(orders[0])
           && relay_answer_is(&orders[1]->answer, 0, "");
    relay_order_free(orders[0]);
    relay_order_free(orders[1]);
    if (own) {
        renewed = relay_batch_plain(batch, "PEXPIRE", "writer");
        relay_order_add_number(renewed, CLAIM_MS);
        own = relay_batch_once(batch, renewed);
        asked = own;
    }
    return own || full ? ROOM_OK : asked ? ROOM_MOVED : ROOM_BUSY;
}

static room_status flush(void *context)
{
    relay_archive *archive = context;
    relay_order **orders = (void *)archive->told.data;
    size_t count = archive->told.len / sizeof(relay_order *);
    bool good = count == 0 || relay_batch_ask(&archive->batch, orders, count);

    for (size_t i = 0; i < count; i++) {
        good = good && orders[i]->status == RELAY_OK;
        relay_order_free(orders[i]);
    }
    archive->told.len = 0;
    return good ? ROOM_OK : ROOM_BUSY;
}

static room_status take(void *context, size_t most,
                        const room_source_room **rooms, size_t *count)
{
    relay_archive *archive = context;

    room_status status = relay_haul_take(&archive->haul, most, rooms, count);

    /* What is archived no more goes though nothing is written. */
    return status == ROOM_OK ? flush(archive) : status;
}

/* ------------------------------------------------------------------- done */

static void done(void *context, const room_source_room *room,
                 const room_id *upto, bool refused)
{
    relay_archive *archive = context;
    relay_room name = relay_haul_name(&archive->haul, room);
    relay_order *order = relay_room_kept(&name, upto, refused);

    base_bytes_append(&archive->told, &order, sizeof(order));
}

/* ------------------------------------------------------------------ offer */

static room_status tell_kept(relay_archive *archive, const relay_room *room,
                             const room_id *upto)
{
    relay_order *order = relay_room_kept(room, upto, false);

    return relay_batch_once(&archive->batch, order) ? ROOM_OK : ROOM_BUSY;
}

/* Nobody has ever said anything there, as far as anybody knows. */
static room_status make(relay_archive *archive, const relay_room *room)
{
    relay_room_answer answer = RELAY_ROOM_ANSWER_INIT;
    room_status status = ROOM_BUSY;
    relay_order *order;
    room_id since;

    if (!relay_words_since(archive->store, &since)) {
        return ROOM_BUSY;
    }
    order = relay_room_fetch_kept(room, 1, &since);
    if (relay_batch_one(&archive->batch, order)
        && relay_room_fetched(order, &answer) && answer.known) {
        /* What some host has begun to give back is written first. */
        status = answer.what.count > 0
                     ? ROOM_OK
                     : tell_kept(archive, room, &answer.what.newest);
    }
    relay_room_answer_free(&answer);
    relay_order_free(order);
    return status;
}

static void add_record(relay_order *order, const room_relay_facts *facts,
                       const room_import_record *record)
{
    room_import_record copy = *record;
    const char *target;
    size_t size;

    if ((copy.kind == ROOM_LOG_DELETED || copy.kind == ROOM_LOG_EDITED)
        && chat_amend_target(copy.body, copy.size, &target, &size)) {
        (void)room_id_parse(target, size, &copy.target);
    }
    relay_room_restore_add(order, facts, &copy);
}

/* From this record on, as many as are sent at once. */
static room_status offer_piece(relay_archive *archive, const relay_room *room,
                               const room_relay_facts *facts,
                               const room_import_room *what, size_t *at)
{
    relay_order *order = relay_room_restore(room, archive->host, facts, NULL,
                                            NULL);
    size_t first = *at;
    room_status status = ROOM_BUSY;
    unsigned count;

    while (*at < what->count
           && (*at == first || order->args.len < PIECE_BYTES)) {
        add_record(order, facts, &what->records[(*at)++]);
    }
    if (*at < what->count) {
        relay_room_restore_add(order, facts, NULL);
    }
    if (relay_batch_one(&archive->batch, order)) {
        status = relay_room_restored(order, &count);
    }
    relay_order_free(order);
    return status == ROOM_OK ? ROOM_OK : ROOM_BUSY;
}

static room_status offer(void *context, const room_source_room *room,
                         const room_import_room *what)
{
    relay_archive *archive = context;
    relay_room name = relay_haul_name(&archive->haul, room);
    room_relay_facts facts;
    room_status status;
    size_t at = 0;

    name.archive_keep_ms = room->what.keep_ms;
    if (!what) {
        return make(archive, &name);
    }
    memset(&facts, 0, sizeof(facts));
    facts.birth = what->birth;
    facts.complete = what->complete;
    facts.newest = what->newest;
    facts.state = what->state;
    do {
        status = offer_piece(archive, &name, &facts, what, &at);
    } while (status == ROOM_OK && at < what->count);
    return status == ROOM_OK ? tell_kept(archive, &name, &what->newest)
                             : status;
}

/* ------------------------------------------------------------------- jobs */

static void drop_job(relay_archive *archive, const char *id, size_t size)
{
    relay_order *order = relay_batch_plain(&archive->batch, "HDEL", "jobs");

    base_log_limited(BASE_LOG_WARN, "CW1228",
                     "Redis: something to be erased in the archive makes no"
                     " sense; somebody else writes to our keys");
    relay_order_add(order, id, size);
    (void)relay_batch_once(&archive->batch, order);
}

static bool job(void *context, char *text, size_t size)
{
    relay_archive *archive = context;
    relay_order *order = relay_batch_plain(&archive->batch, "HSCAN", "jobs");
    size_t id_size;
    size_t text_size;
    const char *id;
    const char *what;
    bool found;

    relay_order_add_text(order, "0");
    found = relay_batch_one(&archive->batch, order)
            && relay_answer_count(&order->answer) >= 3;
    id = relay_answer_text(&order->answer, 1, &id_size);
    what = relay_answer_text(&order->answer, 2, &text_size);
    if (found && (id_size >= sizeof(archive->job) || text_size >= size)) {
        drop_job(archive, id, id_size); /* it would hold up all others */
        found = false;
    }
    if (found) {
        memcpy(archive->job, id, id_size);
        archive->job[id_size] = '\0';
        memcpy(text, what, text_size);
        text[text_size] = '\0';
    }
    relay_order_free(order);
    return found;
}

static room_status job_done(void *context, bool again, const char *rest)
{
    relay_archive *archive = context;
    relay_order *order = relay_batch_plain(&archive->batch,
                                           again ? "HSET" : "HDEL", "jobs");

    relay_order_add_text(order, archive->job);
    if (again) {
        relay_order_add_text(order, rest);
    }
    return relay_batch_once(&archive->batch, order) ? ROOM_OK : ROOM_BUSY;
}

/* ------------------------------------------------- its beginning and end */

relay_archive *relay_archive_create(const relay_settings *settings,
                                    room_store *store)
{
    relay_archive *archive = calloc(1, sizeof(*archive));

    BASE_CHECK(archive != NULL);
    archive->settings = *settings;
    archive->store = store;
    archive->source = (room_source){ .context = archive, .take = take,
                                     .done = done, .flush = flush,
                                     .offer = offer, .job = job,
                                     .job_done = job_done, .claim = claim,
                                     .alive = alive };
    relay_batch_init(&archive->batch, &archive->settings, store);
    relay_haul_init(&archive->haul, &archive->batch, &archive->told);
    /* Not as the reader, who may be offering the same room. */
    snprintf(archive->host, sizeof(archive->host), "%016" PRIx64 "a",
             room_relay_host(store));
    return archive;
}

const room_source *relay_archive_source(relay_archive *archive)
{
    return &archive->source;
}

void relay_archive_destroy(relay_archive *archive)
{
    relay_order **orders = (void *)archive->told.data;

    for (size_t i = 0; i < archive->told.len / sizeof(*orders); i++) {
        relay_order_free(orders[i]);
    }
    base_bytes_free(&archive->told);
    relay_haul_free(&archive->haul);
    relay_batch_free(&archive->batch);
    free(archive);
}
