/* fuzz_relay_value.c - any bytes as a record from Redis, and as what comes by
 * on a room's channel. What is taken lies within the bytes, and is written as
 * it was read.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base_check.h"
#include "relay/relay_heard.h"
#include "relay/relay_room.h"
#include "relay/relay_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const char *text, size_t size,
                        const relay_value *value)
{
    const room_import_record *record = &value->record;
    const char *body = record->body;
    base_bytes out = BASE_BYTES_INIT;
    relay_value again;

    BASE_CHECK(body >= text && body + record->size == text + size);
    BASE_CHECK(record->text_at + record->text_size < record->size);
    BASE_CHECK(record->kind != ROOM_LOG_MESSAGE || record->text_size >= 2);
    BASE_CHECK(value->has_state == (record->kind == ROOM_LOG_STATE));
    BASE_CHECK(value->state.topic_size <= ROOM_TOPIC_MAX);
    relay_value_write(&out, record, &value->state);
    BASE_CHECK(relay_value_parse((const char *)out.data, out.len, &record->id,
                                 &again));
    BASE_CHECK(again.record.size == record->size
               && again.record.author == record->author
               && again.record.text_at == record->text_at
               && again.state.slow_s == value->state.slow_s);
    base_bytes_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    static const room_id some = { 7, 0 };
    relay_value value;
    uint64_t epoch;
    bool refused;
    room_id id;

    if (relay_value_parse(text, size, &some, &value)) {
        check_value(text, size, &value);
    }
    if (relay_heard_record(text, size, &epoch, &id, &value)) {
        BASE_CHECK(epoch != 0 && room_id_compare(&id, &value.record.id) < 0);
        check_value(text, size, &value);
    }
    (void)relay_heard_lacking(text, size, &id);
    (void)relay_heard_lost(text, size, &id);
    (void)relay_heard_kept(text, size, &id, &refused);
    return 0;
}
