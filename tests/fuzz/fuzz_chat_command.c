/* fuzz_chat_command.c - any bytes as a command, a posted body or a name, and
 * what goes out again for it. The first byte picks the way in (two bits) and
 * the limit of a text. Run by libFuzzer, and over the corpus by make check.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <jansson.h>

#include "base/base_check.h"
#include "base/base_utf8.h"
#include "chat/chat_command.h"
#include "chat/chat_event.h"
#include "chat/chat_name.h"
#include "chat/chat_text.h"

#define ID "1795321234567-1"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The event on one line, parsed back. */
static json_t *parsed(const base_bytes *event)
{
    json_t *root = json_loadb((const char *)event->data, event->len,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

    BASE_CHECK(json_is_object(root));
    BASE_CHECK(!chat_text_has_control(event->data, event->len));
    BASE_CHECK(memchr(event->data, '<', event->len) == NULL);
    return root;
}

static bool is_string(const json_t *root, const char *field, const void *bytes,
                      size_t size)
{
    const json_t *value = json_object_get(root, field);

    return json_is_string(value) && json_string_length(value) == size
           && (size == 0 || memcmp(json_string_value(value), bytes, size) == 0);
}

static bool has_ref(const json_t *root, const chat_command *command)
{
    if (command->ref_size == 0) {
        return json_object_get(root, "ref") == NULL;
    }
    return is_string(root, "ref", command->ref, command->ref_size);
}

static void check_message(const chat_command *command, size_t limit)
{
    chat_person from = { .user = command->ref_size, .guest = true };
    base_bytes out = BASE_BYTES_INIT;
    json_t *root;

    BASE_CHECK(command->text.len >= 1 && command->text.len <= limit);
    BASE_CHECK(base_utf8_valid(command->text.data, command->text.len));
    chat_person_guest_name(&from, 4);
    base_bytes_append_text(&out, CHAT_EVENT_MESSAGE_HEAD ID);
    chat_event_message_tail(&out, &(chat_event_said){
        .from = &from, .text = command->text.data,
        .text_size = command->text.len, .ref = command->ref,
        .ref_size = command->ref_size });
    root = parsed(&out);
    BASE_CHECK(is_string(root, "id", ID, strlen(ID)));
    BASE_CHECK(is_string(root, "text", command->text.data, command->text.len));
    BASE_CHECK(has_ref(root, command));
    json_decref(root);
    base_bytes_free(&out);
}

static void check_name(const base_bytes *name)
{
    chat_person person = { .user = name->len, .guest = false };
    base_bytes out = BASE_BYTES_INIT;
    base_bytes again = BASE_BYTES_INIT;
    json_t *root;

    BASE_CHECK(chat_name_verified(name->data, name->len));
    BASE_CHECK(chat_name_check(name->data, name->len, &again) == CHAT_OK);
    BASE_CHECK(again.len == name->len);
    BASE_CHECK(memcmp(again.data, name->data, name->len) == 0);
    chat_person_set_name(&person, name->data, name->len);
    chat_event_you(&out, &person);
    root = parsed(&out);
    BASE_CHECK(is_string(root, "name", name->data, name->len));
    json_decref(root);
    base_bytes_free(&again);
    base_bytes_free(&out);
}

static void check_error(const chat_command *command)
{
    base_bytes out = BASE_BYTES_INIT;
    json_t *root;

    chat_event_error(&out, &(chat_event_failure){
        .error = command->error,
        .ref = command->ref,
        .ref_size = command->ref_size });
    root = parsed(&out);
    BASE_CHECK(has_ref(root, command));
    json_decref(root);
    base_bytes_free(&out);
}

static void check_line(const base_bytes *line, size_t most)
{
    BASE_CHECK(line->len <= most);
    BASE_CHECK(line->len == 0 || base_utf8_valid(line->data, line->len));
    BASE_CHECK(line->len == 0 || !chat_text_has_control(line->data, line->len));
}

static void check_members(const chat_command *command)
{
    check_line(&command->reason, CHAT_COMMAND_REASON_BYTES);
    check_line(&command->topic, CHAT_COMMAND_TOPIC_BYTES);
    BASE_CHECK(strlen(command->target.text) == command->target.size);
    BASE_CHECK(strlen(command->re.text) == command->re.size);
    BASE_CHECK(strlen(command->user.text) == command->user.size);
    BASE_CHECK(command->user.size <= CHAT_COMMAND_USER_BYTES);
    BASE_CHECK(command->seconds >= 0
               && command->seconds <= CHAT_COMMAND_FOR_MOST);
    BASE_CHECK(command->slow >= 0 && command->slow <= CHAT_COMMAND_SLOW_MOST);
}

static void check_command(const chat_command *command, size_t limit)
{
    BASE_CHECK(command->ref_size <= CHAT_COMMAND_REF_BYTES);
    BASE_CHECK(base_utf8_valid(command->ref, command->ref_size));
    if (command->error != CHAT_OK) {
        check_error(command);
    }
    else if (command->kind == CHAT_COMMAND_MESSAGE) {
        check_message(command, limit);
    }
    else {
        check_members(command);
    }
    if (command->error == CHAT_OK && command->kind == CHAT_COMMAND_NAME) {
        check_name(&command->name);
    }
}

/* A name as it comes from a form or from httpd. */
static void try_name(const uint8_t *data, size_t size)
{
    base_bytes bytes = BASE_BYTES_INIT;

    (void)chat_name_verified(data, size);
    if (!base_utf8_valid(data, size)) {
        return;
    }
    if (chat_name_check(data, size, &bytes) == CHAT_OK) {
        check_name(&bytes);
    }
    bytes.len = 0;
    chat_name_key(data, size, &bytes);
    BASE_CHECK(bytes.len <= 11 * size);
    BASE_CHECK(bytes.len == 0 || base_utf8_valid(bytes.data, bytes.len));
    base_bytes_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    chat_command command;
    size_t limit;
    size_t ref_size;

    if (size < 2) {
        return 0;
    }
    limit = data[0] & 4 ? 8192 : (size_t)(data[0] >> 3);
    ref_size = (size - 1) / 4;
    switch (data[0] & 3) {
    case 0:
        (void)chat_command_parse(data + 1, size - 1, limit, &command);
        break;
    case 1:
        (void)chat_command_parse_post(data + 1, size - 1, limit, &command);
        break;
    case 2:
        (void)chat_command_from_text(data + 1 + ref_size, size - 1 - ref_size,
                                     ref_size > 0 ? data + 1 : NULL, ref_size,
                                     limit, &command);
        break;
    default: try_name(data + 1, size - 1); return 0;
    }
    check_command(&command, limit);
    chat_command_destroy(&command);
    return 0;
}
