/* chat_command.c - what a client may send; see chat_command.h. */
#include "chat/chat_command.h"

#include <stdbool.h>
#include <string.h>

#include <jansson.h>

#include "base/base_utf8.h"
#include "chat/chat_json.h"
#include "chat/chat_name.h"
#include "chat/chat_text.h"

static void init(chat_command *command)
{
    *command = (chat_command){
        .kind = CHAT_COMMAND_MESSAGE,
        .error = CHAT_OK,
        .text = BASE_BYTES_INIT,
        .name = BASE_BYTES_INIT,
    };
}

/* Keeps a ref of valid UTF-8; false when it breaks the rules. */
static bool keep_ref(chat_command *command, const void *ref, size_t size)
{
    /* An empty one would be the same ref for all that a client sends. */
    if (size == 0 || size > CHAT_COMMAND_REF_BYTES
        || chat_text_has_control(ref, size)) {
        return false;
    }
    memcpy(command->ref, ref, size);
    command->ref[size] = '\0';
    command->ref_size = size;
    return true;
}

static bool read_ref(chat_command *command, const json_t *root)
{
    const json_t *ref = json_object_get(root, "ref");

    if (ref == NULL) {
        return true;
    }
    return json_is_string(ref)
           && keep_ref(command, json_string_value(ref),
                       json_string_length(ref));
}

/* The text gets memory of its own, since chat_text_check changes it. */
static chat_error read_message(chat_command *command, const json_t *root,
                               size_t max_text)
{
    const json_t *text = json_object_get(root, "text");

    if (!json_is_string(text)) {
        return CHAT_BAD_JSON;
    }
    base_bytes_append(&command->text, json_string_value(text),
                      json_string_length(text));
    return chat_text_check(&command->text, max_text);
}

static chat_error read_typing(chat_command *command, const json_t *root,
                              size_t max_text)
{
    (void)command;
    (void)root;
    (void)max_text;
    return CHAT_OK;
}

static chat_error read_name(chat_command *command, const json_t *root,
                            size_t max_text)
{
    const json_t *name = json_object_get(root, "name");

    (void)max_text;
    if (!json_is_string(name)) {
        return CHAT_BAD_NAME;
    }
    return chat_name_check(json_string_value(name), json_string_length(name),
                           &command->name);
}

static const struct {
    const char *type;
    chat_error (*read)(chat_command *command, const json_t *root,
                       size_t max_text);
} kinds[] = {
    [CHAT_COMMAND_MESSAGE] = { "message", read_message },
    [CHAT_COMMAND_TYPING] = { "typing", read_typing },
    [CHAT_COMMAND_NAME] = { "name", read_name },
};

static bool read_kind(chat_command *command, const json_t *root)
{
    const json_t *type = json_object_get(root, "type");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (json_is_string(type)
            && strlen(kinds[i].type) == json_string_length(type)
            && strcmp(kinds[i].type, json_string_value(type)) == 0) {
            command->kind = (chat_command_kind)i;
            return true;
        }
    }
    return false;
}

/* Reads the object; with `posted` as the body of a POST. */
static chat_error read_command(chat_command *command, const json_t *root,
                               size_t max_text, bool posted)
{
    /* First of all: a refusal of what follows carries it. */
    bool ref_good = read_ref(command, root);
    chat_error error;

    if (!(posted && json_object_get(root, "type") == NULL)
        && !read_kind(command, root)) {
        return CHAT_BAD_TYPE;
    }
    error = kinds[command->kind].read(command, root, max_text);
    /* Of two errors the caller is told the one that comes first in the
     * protocol. */
    return ref_good || error == CHAT_BAD_JSON ? error : CHAT_BAD_REF;
}

/* Editors and some libraries begin a text with a byte order mark. */
static const void *skip_mark(const void *data, size_t *size)
{
    size_t mark = base_utf8_mark(data, *size);

    if (mark == 0) {
        return data;
    }
    *size -= mark;
    return (const char *)data + mark;
}

static chat_error parse(const void *json, size_t size, size_t max_text,
                        bool posted, chat_command *out)
{
    const void *object = skip_mark(json, &size);
    json_t *root;

    init(out);
    root = chat_json_load(object, size, CHAT_COMMAND_DEPTH);
    if (root == NULL) {
        out->error = CHAT_BAD_JSON;
        return out->error;
    }
    out->error = read_command(out, root, max_text, posted);
    json_decref(root);
    return out->error;
}

chat_error chat_command_parse(const void *json, size_t size, size_t max_text,
                              chat_command *out)
{
    return parse(json, size, max_text, false, out);
}

chat_error chat_command_parse_post(const void *json, size_t size,
                                   size_t max_text, chat_command *out)
{
    return parse(json, size, max_text, true, out);
}

chat_error chat_command_from_text(const void *text, size_t size,
                                  const void *ref, size_t ref_size,
                                  size_t max_text, chat_command *out)
{
    text = skip_mark(text, &size);
    init(out);
    if (ref != NULL
        && !(base_utf8_valid(ref, ref_size) && keep_ref(out, ref, ref_size))) {
        out->error = CHAT_BAD_REF;
    }
    else if (size == 0) {
        out->error = CHAT_EMPTY;
    }
    else if (!base_utf8_valid(text, size)) {
        out->error = CHAT_BAD_TEXT;
    }
    else {
        base_bytes_append(&out->text, text, size);
        out->error = chat_text_check(&out->text, max_text);
    }
    return out->error;
}

void chat_command_destroy(chat_command *command)
{
    base_bytes_free(&command->text);
    base_bytes_free(&command->name);
}
