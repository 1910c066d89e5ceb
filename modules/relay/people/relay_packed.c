/* relay_packed.c - what hosts tell each other, as JSON; see relay_packed.h. */
#include "relay/people/relay_packed.h"

#include <inttypes.h>
#include <string.h>

#include "chat/chat_json.h"
#include "chat/chat_name.h"
#include "chat/chat_text.h"

/* A person inside of what is about it. */
#define DEPTH 2

#define NUMBER_MOST 9007199254740992.0 /* what a double has exactly */

/* The kinds of what is told: sanctions by their number, then the others. */
enum { PARDON = ROOM_SANCTION_KICK + 1, REPORT, KINDS };

static const char *const kinds[KINDS] = {
    [ROOM_SANCTION_MUTE] = "mute", [ROOM_SANCTION_BAN] = "ban",
    [ROOM_SANCTION_ADDRESS] = "address", [ROOM_SANCTION_KICK] = "kick",
    [PARDON] = "pardon", [REPORT] = "report",
};

/* ---------------------------------------------------------------- writing */

static void write_hex(base_bytes *out, const char *name, uint64_t value)
{
    if (value != 0) {
        base_bytes_append_format(out, ",\"%s\":\"%016" PRIx64 "\"", name,
                                 value);
    }
}

static void write_number(base_bytes *out, const char *name, int64_t value)
{
    if (value > 0) {
        base_bytes_append_format(out, ",\"%s\":%" PRId64, name, value);
    }
}

static void write_text(base_bytes *out, const char *name, const char *text,
                       size_t size)
{
    if (size > 0) {
        base_bytes_append_format(out, ",\"%s\":", name);
        chat_text_quote(out, text, size);
    }
}

static void write_name(base_bytes *out, const char *name, size_t size,
                       bool guest)
{
    base_bytes_append_text(out, "{\"n\":");
    chat_text_quote(out, name, size);
    write_number(out, "g", guest);
}

void relay_packed_write_member(base_bytes *out,
                               const relay_packed_member *member)
{
    const chat_person *who = &member->who;

    write_name(out, who->name, who->name_size, who->guest);
    write_text(out, "i", who->id, who->id_size);
    write_number(out, "m", who->moderator);
    write_hex(out, "a", member->address);
    write_number(out, "t", member->named_ms);
    base_bytes_append_text(out, "}");
}

/* What stands in the segment has sizes that are looked at. */
static void write_person(base_bytes *out, const char *as,
                         const room_sanction_person *who)
{
    size_t id = who->id_size <= ROOM_NAME_MAX ? who->id_size : 0;

    if (who->name_size == 0 || who->name_size > ROOM_NAME_MAX) {
        return;
    }
    base_bytes_append_format(out, ",\"%s\":", as);
    write_name(out, who->name, who->name_size, who->guest != 0);
    write_text(out, "i", who->id, id);
    write_hex(out, "u", who->user);
    base_bytes_append_text(out, "}");
}

static unsigned kind_of(const room_notice *notice)
{
    switch (notice->kind) {
    case ROOM_NOTICE_PARDON: return PARDON;
    case ROOM_NOTICE_REPORT: return REPORT;
    default: return notice->what.kind <= ROOM_SANCTION_KICK
                        ? notice->what.kind : ROOM_SANCTION_MUTE;
    }
}

void relay_packed_write_notice(base_bytes *out, const room_notice *notice)
{
    const room_sanction *what = &notice->what;
    char target[ROOM_ID_TEXT];

    base_bytes_append_format(out, "{\"kind\":\"%s\"", kinds[kind_of(notice)]);
    write_hex(out, "realm", what->realm);
    write_hex(out, "scope", what->scope);
    write_hex(out, "whom", what->whom);
    write_hex(out, "room", notice->room);
    write_number(out, "for", notice->rest_s);
    write_number(out, "address", what->address != 0);
    if (notice->kind == ROOM_NOTICE_REPORT) {
        room_id_format(&notice->target, target);
        write_text(out, "target", target, strlen(target));
    }
    write_text(out, "reason", what->reason,
               what->reason_size <= ROOM_REASON_MAX ? what->reason_size : 0);
    write_person(out, "user", &what->user);
    write_person(out, "by", &what->by);
    base_bytes_append_text(out, "}");
}

/* ---------------------------------------------------------------- reading */

bool relay_packed_hex(const char *text, size_t size, uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9' ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

        if (digit < 0) {
            return false;
        }
        value = value << 4 | (uint64_t)digit;
    }
    *out = value;
    return size == RELAY_PACKED_HEX;
}

/* What is not there, or no such number, is 0. */
static uint64_t read_hex(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    uint64_t out;

    return json_is_string(value)
                   && relay_packed_hex(json_string_value(value),
                                       json_string_length(value), &out)
               ? out : 0;
}

static int64_t read_number(const json_t *object, const char *name)
{
    double value = json_number_value(json_object_get(object, name));

    return value >= 1 && value <= NUMBER_MOST ? (int64_t)value : 0;
}

static bool read_name(const json_t *object, const char *name, char *out,
                      size_t *size)
{
    const json_t *value = json_object_get(object, name);

    *size = 0;
    if (!json_is_string(value)
        || !chat_name_verified(json_string_value(value),
                               json_string_length(value))) {
        return false;
    }
    *size = json_string_length(value);
    memcpy(out, json_string_value(value), *size);
    return true;
}

/* Name and id; who has no name is nobody. */
static bool read_person(const json_t *object, chat_person *out)
{
    memset(out, 0, sizeof(*out));
    out->guest = read_number(object, "g") != 0;
    if (!read_name(object, "n", out->name, &out->name_size)) {
        return false;
    }
    if (!out->guest) {
        (void)read_name(object, "i", out->id, &out->id_size);
    }
    return true;
}

bool relay_packed_read_member(const char *json, size_t size, uint64_t user,
                              relay_packed_member *out)
{
    json_t *object = chat_json_load(json, size, DEPTH);
    bool good = object && read_person(object, &out->who);

    if (good) {
        out->who.user = user;
        out->who.moderator = read_number(object, "m") != 0;
        out->address = out->who.guest ? read_hex(object, "a") : 0;
        out->named_ms = read_number(object, "t");
    }
    json_decref(object);
    return good;
}

static bool keep_person(const json_t *object, room_sanction_person *out)
{
    chat_person who;

    if (!read_person(object, &who)) {
        return false;
    }
    out->user = read_hex(object, "u");
    out->guest = who.guest;
    out->name_size = (uint16_t)who.name_size;
    out->id_size = (uint16_t)who.id_size;
    memcpy(out->name, who.name, who.name_size);
    memcpy(out->id, who.id, who.id_size);
    return true;
}

static bool read_kind(const json_t *object, room_notice *out)
{
    const char *text = json_string_value(json_object_get(object, "kind"));
    unsigned kind = 0;

    while (kind < KINDS && (!text || strcmp(text, kinds[kind]) != 0)) {
        kind++;
    }
    out->kind = kind == PARDON   ? ROOM_NOTICE_PARDON
                : kind == REPORT ? ROOM_NOTICE_REPORT : ROOM_NOTICE_SANCTION;
    out->what.kind = kind < PARDON ? kind : ROOM_SANCTION_MUTE;
    return kind < KINDS;
}

static bool read_reason(const json_t *object, room_sanction *out)
{
    const json_t *value = json_object_get(object, "reason");
    size_t size = json_string_length(value);

    if (size > ROOM_REASON_MAX
        || (size > 0 && chat_text_has_control(json_string_value(value),
                                              size))) {
        return false;
    }
    out->reason_size = (uint16_t)size;
    if (size > 0) {
        memcpy(out->reason, json_string_value(value), size);
    }
    return true;
}

static bool read_target(const json_t *object, room_notice *out)
{
    const json_t *value = json_object_get(object, "target");

    return out->kind != ROOM_NOTICE_REPORT
           || (json_is_string(value)
               && room_id_parse(json_string_value(value),
                                json_string_length(value), &out->target));
}

bool relay_packed_read_notice(const char *json, size_t size, room_notice *out)
{
    json_t *object = chat_json_load(json, size, DEPTH);
    room_sanction *what = &out->what;
    bool good;

    memset(out, 0, sizeof(*out));
    good = object && read_kind(object, out) && read_reason(object, what)
           && read_target(object, out)
           && keep_person(json_object_get(object, "by"), &what->by)
           && (keep_person(json_object_get(object, "user"), &what->user)
               || out->kind == ROOM_NOTICE_REPORT);
    if (good) {
        what->realm = read_hex(object, "realm");
        what->scope = read_hex(object, "scope");
        what->whom = read_hex(object, "whom");
        what->address = read_number(object, "address") != 0;
        out->room = read_hex(object, "room");
        out->rest_s = read_number(object, "for");
    }
    json_decref(object);
    return good;
}
