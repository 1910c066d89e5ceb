/* relay_value.c - see relay_value.h. */
#include "relay/relay_value.h"

#include <inttypes.h>
#include <string.h>

#define TEXT_MEMBER ",\"text\":"

static const char letters[] = "mdecr"; /* in the order of room_log_kind */

bool relay_value_hex(const char *text, size_t size, uint64_t *number)
{
    static const char digits[] = "0123456789abcdef";

    *number = 0;
    for (size_t i = 0; i < size && size == 16; i++) {
        const char *digit = memchr(digits, text[i], 16);

        if (digit == NULL) {
            return false;
        }
        *number = *number << 4 | (uint64_t)(digit - digits);
    }
    return size == 16;
}

/* What is left to read. */
typedef struct {
    const char *at;
    const char *end;
} reader;

/* The bytes up to the next `stop`, which is passed. */
static bool read_word(reader *from, char stop, const char **word, size_t *size)
{
    const char *end = memchr(from->at, stop, (size_t)(from->end - from->at));

    if (end == NULL) {
        return false;
    }
    *word = from->at;
    *size = (size_t)(end - from->at);
    from->at = end + 1;
    return true;
}

static bool read_hex(reader *from, uint64_t *number)
{
    const char *word;
    size_t size;

    *number = 0;
    return read_word(from, ' ', &word, &size)
           && relay_value_hex(word, size, number);
}

/* Decimal, up to `most`. */
static bool read_number(reader *from, char stop, uint64_t most,
                        uint64_t *number)
{
    const char *word;
    size_t size;

    *number = 0;
    if (!read_word(from, stop, &word, &size) || size == 0 || size > 10) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (word[i] < '0' || word[i] > '9') {
            return false;
        }
        *number = *number * 10 + (uint64_t)(word[i] - '0');
    }
    return *number <= most;
}

static bool read_kind(reader *from, room_log_kind *kind)
{
    const char *word;
    size_t size;
    const char *letter;

    if (!read_word(from, ' ', &word, &size) || size != 1) {
        return false;
    }
    letter = memchr(letters, word[0], sizeof(letters) - 1);
    *kind = letter != NULL ? (room_log_kind)(letter - letters)
                           : ROOM_LOG_MESSAGE;
    return letter != NULL;
}

static bool read_flags(reader *from, room_import_record *record)
{
    const char *word;
    size_t size;

    if (!read_word(from, ' ', &word, &size) || size != 1) {
        return false;
    }
    record->edited = word[0] == 'e';
    record->deleted = word[0] == 'd';
    return word[0] == '-' || (record->kind == ROOM_LOG_MESSAGE
                              && (record->edited || record->deleted));
}

static bool read_target(reader *from, room_import_record *record)
{
    bool wanted = record->kind == ROOM_LOG_DELETED
                  || record->kind == ROOM_LOG_EDITED;
    const char *word;
    size_t size;

    return read_word(from, '\n', &word, &size)
           && (wanted ? room_id_parse(word, size, &record->target)
                      : size == 1 && word[0] == '-');
}

static bool read_state(reader *from, room_state *state)
{
    uint64_t slow;
    uint64_t locked;
    uint64_t topic;

    if (!read_number(from, ' ', UINT32_MAX, &slow)
        || !read_number(from, ' ', 1, &locked)
        || !read_number(from, '\n', ROOM_TOPIC_MAX, &topic)
        || topic > (uint64_t)(from->end - from->at)) {
        return false;
    }
    memcpy(state->topic, from->at, (size_t)topic);
    state->topic_size = (uint8_t)topic;
    state->locked = locked != 0;
    state->slow_s = (uint32_t)slow;
    from->at += topic;
    return true;
}

/* The text is where it is said to be: a message has one, an edit may. */
static bool is_placed(const room_import_record *record)
{
    size_t front = record->kind == ROOM_LOG_EDITED ? strlen(TEXT_MEMBER) : 1;

    if (record->kind == ROOM_LOG_MESSAGE || record->text_size > 0) {
        return (record->kind == ROOM_LOG_MESSAGE
                || record->kind == ROOM_LOG_EDITED)
               && record->text_size >= 2 && record->text_at >= front
               && record->text_at < record->size
               && record->text_size < record->size - record->text_at;
    }
    return record->text_at == 0 && record->size > 0;
}

bool relay_value_parse(const char *text, size_t size, const room_id *id,
                       relay_value *out)
{
    reader from = { text, text + size };
    room_import_record *record = &out->record;
    uint64_t at = 0;
    uint64_t text_size = 0;

    memset(out, 0, sizeof(*out));
    if (!read_kind(&from, &record->kind) || !read_hex(&from, &record->author)
        || !read_hex(&from, &record->ref)
        || !read_number(&from, ' ', UINT32_MAX, &at)
        || !read_number(&from, ' ', UINT32_MAX, &text_size)
        || !read_flags(&from, record) || !read_target(&from, record)) {
        return false;
    }
    out->has_state = record->kind == ROOM_LOG_STATE;
    if (out->has_state && !read_state(&from, &out->state)) {
        return false;
    }
    record->id = *id;
    record->stored_ms = id->ms < INT64_MAX ? (int64_t)id->ms : INT64_MAX;
    record->body = from.at;
    record->size = (size_t)(from.end - from.at);
    record->text_at = (size_t)at;
    record->text_size = (size_t)text_size;
    return is_placed(record);
}

char relay_value_letter(room_log_kind kind)
{
    return letters[kind];
}

void relay_value_write(base_bytes *out, const room_import_record *record,
                       const room_state *state)
{
    bool has_target = record->kind == ROOM_LOG_DELETED
                      || record->kind == ROOM_LOG_EDITED;
    char target[ROOM_ID_TEXT] = "-";

    if (has_target) {
        room_id_format(&record->target, target);
    }
    base_bytes_append_format(out, "%c %016" PRIx64 " %016" PRIx64
                                  " %zu %zu %c %s\n",
                             relay_value_letter(record->kind), record->author,
                             record->ref, record->text_at, record->text_size,
                             record->deleted ? 'd' : record->edited ? 'e' : '-',
                             target);
    if (record->kind == ROOM_LOG_STATE) {
        base_bytes_append_format(out, "%" PRIu32 " %d %d\n", state->slow_s,
                                 state->locked, state->topic_size);
        base_bytes_append(out, state->topic, state->topic_size);
    }
    base_bytes_append(out, record->body, record->size);
}
