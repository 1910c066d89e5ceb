/* httpd_connections.c - see httpd_connections.h. */
#include "httpd/status/httpd_connections.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "act/act_member.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "chat/chat_text.h"
#include "httpd/httpd_life.h"
#include "httpd/status/httpd_board.h"

/* The rooms of the rows, by the place of the row. */
typedef struct {
    const hub_board_row *rows;
    size_t count;
    struct {
        size_t key_size; /* 0: it is gone, or there is none */
        char key[ROOM_KEY_MAX];
    } *rooms;
} listing;

/* ----------------------------------------------------------- what is asked */

static bool read_address(http_slice text, base_address *out)
{
    unsigned char bytes[16];

    if (inet_pton(AF_INET, text.data, bytes) == 1) {
        base_address_set(out, bytes, 4);
        return true;
    }
    if (inet_pton(AF_INET6, text.data, bytes) == 1) {
        base_address_set(out, bytes, 16);
        return true;
    }
    return false;
}

/* `*some` false: there can be none. */
static bool make_question(const httpd_dir_config *config,
                          const act_answer *about, const base_bytes *words,
                          http_slice text, hub_board_question *out,
                          bool *some)
{
    *some = true;
    out->addresses = config->status_addresses != 0;
    if (about->asked->room.size > 0) {
        out->by_room = 1;
        *some = act_overview_room(about, &out->room);
    }
    if (read_address(text, &out->address)) {
        out->by_address = 1;
        return out->addresses != 0;
    }
    if (words->len > 0) {
        out->user_count = (uint32_t)act_overview_users(
            about, words, out->users, HUB_BOARD_USERS);
        out->room_count = (uint32_t)act_overview_found(
            about, words, out->rooms, HUB_BOARD_ROOMS);
        *some = *some && out->user_count + out->room_count > 0;
    }
    return true;
}

/* -------------------------------------------------------- what is answered */

static bool name_room(void *context, const room_table_row *row)
{
    listing *it = context;

    for (size_t i = 0; i < it->count; i++) {
        const hub_board_row *at = &it->rows[i];

        if (at->in_room && at->room.index == row->handle.index
            && at->room.generation == row->handle.generation) {
            it->rooms[i].key_size = row->key_size;
            memcpy(it->rooms[i].key, row->key, row->key_size);
        }
    }
    return true;
}

static void write_person(const act_answer *about, const hub_board_row *row,
                         base_bytes *json)
{
    chat_person who = { .user = row->user, .guest = row->guest };

    if (row->user == 0
        || act_member_find(about->store, row->room, row->user, &who)
               != ROOM_OK) {
        base_bytes_append_text(json, ",\"id\":null,\"name\":null");
        return;
    }
    base_bytes_append_text(json, ",\"id\":");
    chat_person_write_id(json, &who);
    base_bytes_append_text(json, ",\"name\":");
    chat_text_quote(json, who.name, who.name_size);
}

static const char *bool_of(bool value)
{
    return value ? "true" : "false";
}

static void write_row(const act_answer *about, const listing *it, size_t at,
                      bool addresses, base_bytes *json)
{
    const hub_board_row *row = &it->rows[at];
    char address[BASE_ADDRESS_TEXT];

    base_bytes_append_format(json, "%s{\"connection\":\"%" PRIu32 "-%" PRIu32
                             "-%" PRIu32 "\",\"room\":", at > 0 ? "," : "",
                             row->place, row->fd, row->started);
    if (it->rooms[at].key_size > 0) {
        chat_control_write_room(json, it->rooms[at].key,
                                it->rooms[at].key_size);
    }
    else {
        base_bytes_append_text(json, "null");
    }
    write_person(about, row, json);
    base_bytes_append_format(
        json, ",\"guest\":%s,\"moderator\":%s,\"transport\":\"%.*s\","
        "\"tls\":%s", bool_of(row->guest), bool_of(row->moderator),
        (int)sizeof(row->transport), row->transport, bool_of(row->tls));
    if (addresses) {
        base_address_write(&row->address, false, address);
        base_bytes_append_format(json, ",\"address\":\"%s\"", address);
    }
    base_bytes_append_format(
        json, ",\"age\":%" PRIu32 ",\"lag\":%" PRIu32 ".%03" PRIu32
        ",\"waiting\":%" PRIu64 ",\"received\":%" PRIu64 ",\"sent\":%" PRIu64
        "}", row->age_s, row->late_ms / 1000, row->late_ms % 1000,
        row->waiting, row->received, row->sent);
}

static void write_rows(const act_answer *about, const base_bytes *rows,
                       const hub_board_sum *sum, bool addresses,
                       base_bytes *json)
{
    listing it = { .rows = (const void *)rows->data,
                   .count = rows->len / sizeof(it.rows[0]) };

    it.rooms = calloc(it.count + 1, sizeof(it.rooms[0]));
    BASE_CHECK(it.rooms != NULL);
    if (it.count > 0) {
        room_table_each(about->store, base_clock_mono(), name_room, &it);
    }
    base_bytes_append_text(json, ",\"connection_list\":[");
    for (size_t i = 0; i < it.count; i++) {
        write_row(about, &it, i, addresses, json);
    }
    base_bytes_append_format(json, "],\"connection_total\":%" PRIu64
                             ",\"silent\":%u,\"partial\":%s", sum->all,
                             sum->silent, bool_of(sum->partial));
    free(it.rooms);
}

static bool ask(const hub_board_question *question, base_bytes *rows,
                hub_board_sum *sum, httpd_refusal *why)
{
    *why = (httpd_refusal){
        .error = CHAT_UNAVAILABLE,
        .sentence = "Somebody else looks at the connections just now: ask "
                    "again.",
        .retry = APR_USEC_PER_SEC };
    return hub_board_ask(httpd_board_get(), httpd_life_store(), question, rows,
                         sum);
}

bool httpd_connections_write(const httpd_dir_config *config,
                             const act_answer *about, const base_bytes *words,
                             http_slice text, base_bytes *json,
                             httpd_refusal *why)
{
    hub_board_question question = { .kind = HUB_BOARD_LIST };
    hub_board_sum sum = { .all = 0 };
    base_bytes rows = BASE_BYTES_INIT;
    bool some;
    bool good = true;

    if (!httpd_board_get()) {
        base_bytes_append_text(json, ",\"connection_list\":null");
        return true;
    }
    if (!make_question(config, about, words, text, &question, &some)) {
        *why = (httpd_refusal){
            .error = CHAT_BAD_REQUEST,
            .sentence = "Addresses are not kept here: who runs this server can "
                        "say ChatStatusAddresses on." };
        return false;
    }
    if (some) {
        good = ask(&question, &rows, &sum, why);
    }
    if (good) {
        write_rows(about, &rows, &sum, question.addresses != 0, json);
    }
    base_bytes_free(&rows);
    return good;
}

/* A child that has much to do may have it still. */
static void explain(const hub_board_sum *sum, httpd_refusal *why)
{
    *why = (httpd_refusal){ .error = CHAT_NOT_FOUND,
                            .sentence = "There is no such connection any "
                                        "more." };
    if (sum->silent > 0) {
        *why = (httpd_refusal){
            .error = CHAT_UNAVAILABLE,
            .sentence = "The child that has this connection has much to do: "
                        "try again.",
            .retry = APR_USEC_PER_SEC };
    }
}

bool httpd_connections_close(const chat_control_connection *which,
                             httpd_refusal *why)
{
    hub_board_question question = { .kind = HUB_BOARD_CLOSE,
                                    .place = which->place, .fd = which->fd,
                                    .started = which->started };
    hub_board_sum sum = { .all = 0 };
    base_bytes rows = BASE_BYTES_INIT;
    bool asked = httpd_board_get() && ask(&question, &rows, &sum, why);

    base_bytes_free(&rows);
    if (!httpd_board_get() || (asked && !sum.closed)) {
        explain(&sum, why);
    }
    return asked && sum.closed;
}
