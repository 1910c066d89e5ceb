/* archive_record.c - see archive_record.h. */
#include "archive/archive_record.h"

#include <inttypes.h>
#include <string.h>

#include "base/base_log.h"
#include "base/base_utf8.h"
#include "chat/chat_event.h"
#include "chat/chat_person.h"
#include "chat/chat_unicode.h"
#include "chat/moderation/chat_amend.h"
#include "room/archive/room_archive.h"

#define EMPTY "\"\""
#define TEXT_MEMBER ",\"text\":"
#define TARGET_MEMBER "\",\"target\":\""
#define BY_MEMBER ",\"by\":{"
#define REF_MEMBER ",\"ref\":\""
#define DELETED_END ",\"deleted\":true}"
#define EDITED_END ",\"edited\":true}"

#define SIZE(literal) (sizeof(literal) - 1)

static void end_text(base_bytes *text)
{
    base_bytes_reserve(text, 1);
    text->data[text->len] = '\0';
}

void archive_record_free(archive_record *record)
{
    base_bytes_free(&record->body);
    base_bytes_free(&record->folded);
}

static int32_t hex(const unsigned char *digits)
{
    int32_t value = 0;

    for (int i = 0; i < 4; i++) {
        int32_t digit = digits[i] <= '9' ? digits[i] - '0'
                                         : (digits[i] | 0x20) - 'a' + 10;

        value = value * 16 + (digit & 15);
    }
    return value;
}

/* Undoes chat_text_quote; returns how many bytes the escape has. */
static size_t append_escaped(base_bytes *out, const unsigned char *at,
                             size_t size)
{
    if (size >= 6 && at[1] == 'u') {
        int32_t point = hex(at + 2);

        /* It writes no surrogates, and no text has a NUL. */
        if (point > 0 && (point < 0xd800 || point > 0xdfff)) {
            chat_unicode_append(out, point);
        }
        return 6;
    }
    base_bytes_append(out, at[1] == 'n' ? "\n" : at[1] == 't' ? "\t"
                           : (const char *)at + 1, 1);
    return 2;
}

/* Most texts have no escape and are one piece. `ascii`: so are its bytes. */
static void unquote(const unsigned char *at, size_t size, base_bytes *out,
                    bool *ascii)
{
    unsigned char all = 0;

    base_bytes_reserve(out, size);
    for (size_t i = 0; i < size;) {
        if (at[i] == '\\' && i + 1 < size) {
            i += append_escaped(out, at + i, size - i);
        }
        else {
            out->data[out->len++] = at[i++];
        }
    }
    for (size_t i = 0; i < out->len; i++) {
        all |= out->data[i];
    }
    *ascii = all < 0x80;
}

/* A message that was changed before it came here: the segment has forgotten the
 * hash. It stands behind the text. */
int64_t archive_record_ref(const archive_record *record)
{
    const char *at = (const char *)record->body.data + record->text_at
                     + record->text_size;
    base_bytes ref = BASE_BYTES_INIT;
    int64_t hash = 0;
    bool ascii;
    size_t size = 0;

    if (strncmp(at, REF_MEMBER, SIZE(REF_MEMBER)) != 0) {
        return 0;
    }
    at += SIZE(REF_MEMBER);
    while (at[size] != '"' && at[size] != '\0') {
        size += at[size] == '\\' && at[size + 1] != '\0' ? 2 : 1;
    }
    unquote((const unsigned char *)at, size, &ref, &ascii);
    if (ref.len > 0 && ref.len <= ROOM_REF_MAX) {
        hash = (int64_t)room_import_ref_hash(ref.data, ref.len);
    }
    base_bytes_free(&ref);
    return hash;
}

void archive_record_take(archive_record *record, const room_log_record *from,
                         base_clock_time now)
{
    record->ms = (int64_t)from->id.ms;
    record->n = (int64_t)from->id.n;
    record->kind = from->kind;
    record->author = (int64_t)from->author;
    record->ref = (int64_t)from->ref;
    record->stored = now.wall_ms - (now.mono_us - from->stored_us) / 1000;
    record->state = from->deleted ? ARCHIVE_DELETED
                    : from->edited ? ARCHIVE_EDITED : ARCHIVE_PLAIN;
    record->text_at = from->text_at;
    record->text_size = from->text_size;
    record->body.len = 0;
    base_bytes_reserve(&record->body, from->size + 1);
    room_log_copy(from, record->body.data);
    record->body.len = from->size;
    end_text(&record->body);
    if (record->ref == 0 && record->state != ARCHIVE_PLAIN) {
        record->ref = archive_record_ref(record);
    }
}

void archive_record_import(archive_record *record,
                           const room_import_record *from)
{
    record->ms = (int64_t)from->id.ms;
    record->n = (int64_t)from->id.n;
    record->kind = from->kind;
    record->author = (int64_t)from->author;
    record->ref = (int64_t)from->ref;
    record->stored = from->stored_ms;
    record->state = from->deleted ? ARCHIVE_DELETED
                    : from->edited ? ARCHIVE_EDITED : ARCHIVE_PLAIN;
    record->text_at = (int64_t)from->text_at;
    record->text_size = (int64_t)from->text_size;
    record->damaged = false;
    record->body.len = 0;
    base_bytes_append(&record->body, from->body, from->size);
    end_text(&record->body);
    if (record->ref == 0 && record->state != ARCHIVE_PLAIN) {
        record->ref = archive_record_ref(record);
    }
}

static bool ends_with(const base_bytes *body, const char *end)
{
    size_t size = strlen(end);

    return body->len >= size
           && memcmp(body->data + body->len - size, end, size) == 0;
}

/* What the events of each kind begin with, up to the id. */
static const struct {
    const char *text;
    size_t size;
} heads[] = {
#define HEAD(kind, text) [kind] = { text, SIZE(text) }
    HEAD(ROOM_LOG_MESSAGE, CHAT_EVENT_MESSAGE_HEAD),
    HEAD(ROOM_LOG_DELETED, CHAT_AMEND_DELETED_HEAD),
    HEAD(ROOM_LOG_EDITED, CHAT_AMEND_EDITED_HEAD),
    HEAD(ROOM_LOG_CLEARED, CHAT_AMEND_CLEARED_HEAD),
    HEAD(ROOM_LOG_STATE, CHAT_AMEND_ROOM_HEAD),
#undef HEAD
};

static bool has_head(const archive_record *record)
{
    uint64_t kind = (uint64_t)record->kind;
    const unsigned char *at = record->body.data;
    size_t size = record->body.len;
    const unsigned char *end;
    room_id id;

    if (kind >= sizeof(heads) / sizeof(heads[0]) || size <= heads[kind].size
        || memcmp(at, heads[kind].text, heads[kind].size) != 0) {
        return false;
    }
    at += heads[kind].size;
    size -= heads[kind].size;
    end = memchr(at, '"', size < ROOM_ID_TEXT ? size : ROOM_ID_TEXT);
    return end && room_id_parse((const char *)at, (size_t)(end - at), &id)
           && id.ms == (uint64_t)record->ms && id.n == (uint64_t)record->n;
}

/* Its first quote that is not escaped is its last byte. */
static bool is_string(const unsigned char *at, size_t size)
{
    size_t i = 1;

    if (size < 2 || at[0] != '"' || at[size - 1] != '"') {
        return false;
    }
    if (memchr(at, '\\', size) == NULL) {
        return memchr(at + 1, '"', size - 2) == NULL;
    }
    while (i < size && at[i] != '"') {
        i += at[i] == '\\' ? 2 : 1;
    }
    return i == size - 1;
}

/* Where the row says. */
static bool has_text(const archive_record *record)
{
    const unsigned char *body = record->body.data;
    size_t at = (size_t)record->text_at;
    size_t size = (size_t)record->text_size;

    if (size == 0) {
        return record->kind != ROOM_LOG_MESSAGE;
    }
    return at >= SIZE(TEXT_MEMBER) && at < record->body.len
           && size < record->body.len - at
           && memcmp(body + at - SIZE(TEXT_MEMBER), TEXT_MEMBER,
                     SIZE(TEXT_MEMBER)) == 0
           && is_string(body + at, size)
           && (body[at + size] == ',' || body[at + size] == '}');
}

static bool has_end(const archive_record *record)
{
    if (record->kind == ROOM_LOG_MESSAGE && record->state != ARCHIVE_PLAIN) {
        return ends_with(&record->body, record->state == ARCHIVE_EDITED
                                            ? EDITED_END : DELETED_END);
    }
    return ends_with(&record->body, "}");
}

/* Eight at a time: this is done for each row that anybody reads. */
static bool has_control(const base_bytes *body)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t found = 0;
    size_t i = 0;
    uint64_t word;

    for (; i + sizeof(word) <= body->len; i += sizeof(word)) {
        uint64_t del;

        memcpy(&word, body->data + i, sizeof(word));
        del = word ^ 0x7f * ones;
        found |= ((word - 0x20 * ones) & ~word) | ((del - ones) & ~del);
    }
    for (; i < body->len; i++) {
        if (body->data[i] < 0x20 || body->data[i] == 0x7f) {
            return true;
        }
    }
    return (found & 0x80 * ones) != 0;
}

static void tell_damaged(const archive_db *db, int64_t room,
                         const archive_record *record)
{
    room_store *store = archive_db_about(db)->store;

    if (store) {
        room_archive_count(store, 0, 1);
    }
    base_log_limited(BASE_LOG_ERROR, "CW1107",
                     "the archive's row in chatws_events with room = %" PRId64
                     " and ms = %" PRId64 " and n = %" PRId64 " is not as this"
                     " module has written it: it is left out; restore it from"
                     " a backup, or delete it",
                     room, record->ms, record->n);
}

bool archive_record_read(archive_record *record, archive_db *db, int64_t room)
{
    int64_t *numbers[] = { &record->ms, &record->n, &record->kind,
                           &record->author, &record->ref, &record->stored,
                           &record->state, &record->text_at,
                           &record->text_size };
    const int count = sizeof(numbers) / sizeof(numbers[0]);
    const char *text;
    size_t size;

    for (int i = 0; i < count; i++) {
        *numbers[i] = archive_db_number(db, i);
    }
    text = archive_db_text(db, count, &size);
    record->body.len = 0;
    base_bytes_append(&record->body, text, size);
    end_text(&record->body);
    record->damaged = !has_head(record) || !has_text(record)
                      || !has_end(record)
                      || has_control(&record->body)
                      || !base_utf8_valid(record->body.data, size);
    if (record->damaged && size > 0) {
        tell_damaged(db, room, record);
    }
    return !record->damaged;
}

void archive_record_fold(archive_record *record)
{
    base_bytes text = BASE_BYTES_INIT;
    bool ascii;

    record->folded.len = 0;
    if (record->kind == ROOM_LOG_MESSAGE && record->text_size > 2) {
        unquote(record->body.data + record->text_at + 1,
                (size_t)record->text_size - 2, &text, &ascii);
        if (ascii) { /* the same as the long way, many times as fast */
            base_bytes_reserve(&record->folded, text.len);
            for (size_t i = 0; i < text.len; i++) {
                unsigned char c = text.data[i];

                record->folded.data[i] =
                    c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
            }
            record->folded.len = text.len;
        }
        else {
            chat_unicode_fold(text.data, text.len, &record->folded);
        }
    }
    end_text(&record->folded);
    base_bytes_free(&text);
}

/* Behind the event's own id: {"type":"...","id":"...","target":"..." */
bool archive_record_target(const archive_record *record, room_id *target)
{
    const char *body = (const char *)record->body.data;
    const char *at = strstr(body, TARGET_MEMBER);
    const char *end;

    if (!at || at - body > 2 * ROOM_ID_TEXT) {
        return false;
    }
    at += SIZE(TARGET_MEMBER);
    end = strchr(at, '"');
    return end && room_id_parse(at, (size_t)(end - at), target);
}

/* Puts `text` in the place of `size` bytes of the body at `at`. */
static void put(base_bytes *body, size_t at, size_t size, const void *text,
                size_t text_size)
{
    if (text_size > size) {
        base_bytes_reserve(body, text_size - size + 1);
    }
    memmove(body->data + at + text_size, body->data + at + size,
            body->len - at - size);
    if (text_size > 0) {
        memcpy(body->data + at, text, text_size);
    }
    body->len += text_size;
    body->len -= size;
    end_text(body);
}

/* Replaces the brace that ends the object. */
static void put_end(base_bytes *body, const char *end)
{
    put(body, body->len - 1, 1, end, strlen(end));
}

/* Nobody knows where in it the text is. False: nothing is left already. */
static bool wipe(archive_record *record)
{
    bool had = record->body.len > 0;

    record->body.len = 0;
    record->text_at = record->text_size = 0;
    end_text(&record->body);
    archive_record_fold(record);
    return had;
}

bool archive_record_edit(archive_record *message, const archive_record *edit)
{
    if (message->damaged) {
        return wipe(message);
    }
    if (message->kind != ROOM_LOG_MESSAGE || message->text_size == 0
        || message->state == ARCHIVE_DELETED || edit->text_size == 0) {
        return false;
    }
    put(&message->body, (size_t)message->text_at, (size_t)message->text_size,
        edit->body.data + edit->text_at, (size_t)edit->text_size);
    message->text_size = edit->text_size;
    if (message->state == ARCHIVE_PLAIN) {
        put_end(&message->body, EDITED_END);
    }
    message->state = ARCHIVE_EDITED;
    archive_record_fold(message);
    return true;
}

bool archive_record_blank(archive_record *record)
{
    bool message = record->kind == ROOM_LOG_MESSAGE;
    size_t lead = message ? 0 : SIZE(TEXT_MEMBER);

    if (record->damaged) {
        return wipe(record);
    }
    if (record->text_size == 0 || (size_t)record->text_at < lead
        || record->state == ARCHIVE_DELETED) {
        return false;
    }
    put(&record->body, (size_t)record->text_at - lead,
        (size_t)record->text_size + lead, EMPTY, message ? SIZE(EMPTY) : 0);
    if (message) {
        if (ends_with(&record->body, EDITED_END)) {
            record->body.len -= SIZE(EDITED_END) - 1;
            record->body.data[record->body.len - 1] = '}';
        }
        put_end(&record->body, DELETED_END);
        record->state = ARCHIVE_DELETED;
    }
    record->text_at = message ? record->text_at : 0;
    record->text_size = message ? (int64_t)SIZE(EMPTY) : 0;
    archive_record_fold(record);
    return true;
}

/* What was said becomes what nobody said: only its id stays. */
static void erase_message(archive_record *record)
{
    char id[ROOM_ID_TEXT];

    room_id_format(&(room_id){ (uint64_t)record->ms, (uint64_t)record->n },
                   id);
    record->body.len = 0;
    base_bytes_append_format(&record->body,
                             "{\"type\":\"message\",\"id\":\"%s\",\"from\":"
                             CHAT_PERSON_ERASED TEXT_MEMBER, id);
    record->text_at = (int64_t)record->body.len;
    record->text_size = (int64_t)SIZE(EMPTY);
    record->state = ARCHIVE_DELETED;
    base_bytes_append_text(&record->body, EMPTY DELETED_END);
    end_text(&record->body);
}

/* Of an event, whose last member tells who it was; no text has a quote in it
 * (chat_text_quote). */
static void erase_person(archive_record *record)
{
    const char *body = (const char *)record->body.data;
    const char *at = strstr(body, BY_MEMBER);
    size_t start;

    if (at) {
        start = (size_t)(at - body) + SIZE(BY_MEMBER) - 1;
        put(&record->body, start, record->body.len - start,
            CHAT_PERSON_ERASED "}", SIZE(CHAT_PERSON_ERASED "}"));
    }
}

void archive_record_erase(archive_record *record)
{
    if (record->kind == ROOM_LOG_MESSAGE) {
        erase_message(record);
    }
    else {
        (void)archive_record_blank(record);
        erase_person(record);
    }
    record->author = 0;
    record->ref = 0;
    archive_record_fold(record);
}
