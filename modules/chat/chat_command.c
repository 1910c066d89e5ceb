/* chat_command.c - what a client may send; see chat_command.h. */
#include "chat/chat_command.h"

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

/* A string of 1 to `most` bytes without control characters, copied to `out`
 * with a NUL. False when it is anything else. */
static bool read_short(const json_t *value, size_t most, char *out,
                       size_t *size)
{
    if (!json_is_string(value) || json_string_length(value) == 0
        || json_string_length(value) > most
        || chat_text_has_control(json_string_value(value),
                                 json_string_length(value))) {
        return false;
    }
    *size = json_string_length(value);
    memcpy(out, json_string_value(value), *size);
    out[*size] = '\0';
    return true;
}

static bool read_id(const json_t *root, const char *name, bool required,
                    chat_command_id *out)
{
    const json_t *id = json_object_get(root, name);

    return id == NULL ? !required
                      : read_short(id, CHAT_COMMAND_ID_BYTES, out->text,
                                   &out->size);
}

/* As chat_person_write_id writes them. */
static bool is_guest(const chat_command_user *user)
{
    return user->size == 2 + 16 && memcmp(user->text, "g-", 2) == 0
           && strspn(user->text + 2, "0123456789abcdef") == 16;
}

static bool read_user(chat_command *command, const json_t *root)
{
    chat_command_user *user = &command->user;

    return read_short(json_object_get(root, "user"), CHAT_COMMAND_USER_BYTES,
                      user->text, &user->size)
           && (is_guest(user)
               || (memcmp(user->text, "u-", 2) == 0
                   && chat_name_verified(user->text + 2, user->size - 2)));
}

/* A whole number of `least` to `most`. All numbers are read as doubles, so that
 * 60.0 is one too. */
static bool read_whole(const json_t *root, const char *name, int64_t least,
                       int64_t most, int64_t *out, bool *given)
{
    const json_t *value = json_object_get(root, name);
    double number = json_number_value(value);

    *given = value != NULL;
    if (value == NULL) {
        return true;
    }
    if (!json_is_number(value) || !(number >= (double)least)
        || !(number <= (double)most)) {
        return false;
    }
    *out = (int64_t)number;
    return (double)*out == number;
}

static bool read_flag(const json_t *root, const char *name, bool *out,
                      bool *given)
{
    const json_t *value = json_object_get(root, name);

    *given = value != NULL;
    *out = json_is_true(value);
    return value == NULL || json_is_boolean(value);
}

/* A text on one line, which U+2028 and U+2029 would break too. */
static bool read_line(const json_t *root, const char *name, size_t most,
                      base_bytes *out, bool *given)
{
    const json_t *value = json_object_get(root, name);
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);

    *given = value != NULL;
    if (value == NULL) {
        return true;
    }
    if (!json_is_string(value) || chat_text_has_control(text, size)
        || strstr(text, "\xE2\x80\xA8") != NULL
        || strstr(text, "\xE2\x80\xA9") != NULL) {
        return false;
    }
    base_bytes_append(out, text, size);
    return size == 0 || chat_text_check(out, most) == CHAT_OK;
}

static bool read_reason(chat_command *command, const json_t *root)
{
    bool given;

    return read_line(root, "reason", CHAT_COMMAND_REASON_BYTES,
                     &command->reason, &given)
           && (!given || command->reason.len > 0);
}

static chat_error member_error(bool good)
{
    return good ? CHAT_OK : CHAT_BAD_MEMBER;
}

/* The text gets memory of its own, since chat_text_check changes it. */
static chat_error read_text(chat_command *command, const json_t *root,
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

static chat_error read_message(chat_command *command, const json_t *root,
                               size_t max_text)
{
    bool good = read_id(root, "re", false, &command->re);
    chat_error error = read_text(command, root, max_text);

    return good || error == CHAT_BAD_JSON ? error : CHAT_BAD_MEMBER;
}

static chat_error read_edit(chat_command *command, const json_t *root,
                            size_t max_text)
{
    bool good = read_id(root, "id", true, &command->target);
    chat_error error = read_text(command, root, max_text);

    return good || error == CHAT_BAD_JSON ? error : CHAT_BAD_MEMBER;
}

static chat_error read_delete(chat_command *command, const json_t *root,
                              size_t max_text)
{
    (void)max_text;
    return member_error(read_id(root, "id", true, &command->target));
}

static chat_error read_report(chat_command *command, const json_t *root,
                              size_t max_text)
{
    (void)max_text;
    return member_error(read_id(root, "id", true, &command->target)
                        && read_reason(command, root));
}

static chat_error read_pardon(chat_command *command, const json_t *root,
                              size_t max_text)
{
    (void)max_text;
    return member_error(read_user(command, root));
}

static chat_error read_kick(chat_command *command, const json_t *root,
                            size_t max_text)
{
    (void)max_text;
    return member_error(read_user(command, root)
                        && read_reason(command, root));
}

static chat_error read_mute(chat_command *command, const json_t *root,
                            size_t max_text)
{
    bool given;

    (void)max_text;
    return member_error(read_user(command, root)
                        && read_reason(command, root)
                        && read_whole(root, "for", 1, CHAT_COMMAND_FOR_MOST,
                                      &command->seconds, &given));
}

static chat_error read_ban(chat_command *command, const json_t *root,
                           size_t max_text)
{
    bool given;

    return member_error(read_mute(command, root, max_text) == CHAT_OK
                        && read_flag(root, "address", &command->address,
                                     &given)
                        && read_flag(root, "purge", &command->purge, &given));
}

static chat_error read_room(chat_command *command, const json_t *root,
                            size_t max_text)
{
    (void)max_text;
    return member_error(read_line(root, "topic", CHAT_COMMAND_TOPIC_BYTES,
                                  &command->topic, &command->has_topic)
                        && read_whole(root, "slow", 0, CHAT_COMMAND_SLOW_MOST,
                                      &command->slow, &command->has_slow)
                        && read_flag(root, "locked", &command->locked,
                                     &command->has_locked)
                        && (command->has_topic || command->has_slow
                            || command->has_locked));
}

/* Commands without members of their own. */
static chat_error read_nothing(chat_command *command, const json_t *root,
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
} kinds[CHAT_COMMANDS] = {
    [CHAT_COMMAND_MESSAGE] = { "message", read_message },
    [CHAT_COMMAND_TYPING] = { "typing", read_nothing },
    [CHAT_COMMAND_NAME] = { "name", read_name },
    [CHAT_COMMAND_DELETE] = { "delete", read_delete },
    [CHAT_COMMAND_EDIT] = { "edit", read_edit },
    [CHAT_COMMAND_REPORT] = { "report", read_report },
    [CHAT_COMMAND_MUTE] = { "mute", read_mute },
    [CHAT_COMMAND_BAN] = { "ban", read_ban },
    [CHAT_COMMAND_KICK] = { "kick", read_kick },
    [CHAT_COMMAND_PARDON] = { "pardon", read_pardon },
    [CHAT_COMMAND_ROOM] = { "room", read_room },
    [CHAT_COMMAND_CLEAR] = { "clear", read_nothing },
};

static bool read_kind(chat_command *command, const json_t *root)
{
    const json_t *type = json_object_get(root, "type");

    for (size_t i = 0; i < CHAT_COMMANDS; i++) {
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

/* What nearly all say. False: it is, or may be, something else. */
static bool read_plain(chat_command *command, const void *json, size_t size,
                       size_t max_text, bool posted)
{
    static const char *const names[] = { "type", "text", "ref" };
    const char *message = kinds[CHAT_COMMAND_MESSAGE].type;
    chat_json_string values[3];
    const chat_json_string *type = &values[0];
    const chat_json_string *text = &values[1];
    const chat_json_string *ref = &values[2];
    bool ref_good;

    if (!chat_json_strings(json, size, names, 3, values) || text->text == NULL
        || (type->text == NULL ? !posted
                               : type->size != strlen(message)
                                     || memcmp(type->text, message,
                                               type->size) != 0)) {
        return false;
    }
    ref_good = ref->text == NULL || keep_ref(command, ref->text, ref->size);
    base_bytes_append(&command->text, text->text, text->size);
    command->error = chat_text_check(&command->text, max_text);
    if (!ref_good) {
        command->error = CHAT_BAD_REF;
    }
    return true;
}

static chat_error parse(const void *json, size_t size, size_t max_text,
                        bool posted, chat_command *out)
{
    const void *object = skip_mark(json, &size);
    json_t *root;

    init(out);
    if (read_plain(out, object, size, max_text, posted)) {
        return out->error;
    }
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
    base_bytes_free(&command->reason);
    base_bytes_free(&command->topic);
}
