/* chat_control.c - see chat_control.h. */
#include "chat/control/chat_control.h"

#include <string.h>

#include <jansson.h>

#include "base/base_utf8.h"
#include "chat/chat_identity.h"
#include "chat/chat_json.h"
#include "chat/chat_text.h"

/* Objects in each other: the line has none. */
#define DEPTH 2

static const char bad_user[] =
    "A user is u- and what the site knows somebody by, or g- and 16 "
    "hexadecimal digits.";

static const struct {
    const char *type;
    chat_control_kind kind;
} kinds[] = {
    { "status", CHAT_CONTROL_STATUS },
    { "rooms", CHAT_CONTROL_ROOMS },
    { "sanctions", CHAT_CONTROL_SANCTIONS },
    { "export", CHAT_CONTROL_EXPORT },
    { "erase", CHAT_CONTROL_ERASE },
    { "mute", CHAT_CONTROL_ORDER },
    { "ban", CHAT_CONTROL_ORDER },
    { "kick", CHAT_CONTROL_ORDER },
    { "pardon", CHAT_CONTROL_ORDER },
    { "clear", CHAT_CONTROL_CLEAR },
    { "room", CHAT_CONTROL_STATE },
    { "close", CHAT_CONTROL_CLOSE },
};

static bool read_kind(const json_t *root, chat_control_kind *kind)
{
    const json_t *type = json_object_get(root, "type");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (json_is_string(type)
            && strlen(kinds[i].type) == json_string_length(type)
            && strcmp(kinds[i].type, json_string_value(type)) == 0) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static bool set_place(chat_control_place *out, const char *text, size_t size)
{
    if (size == 0 || size > CHAT_CONTROL_ROOM_BYTES
        || !base_utf8_valid(text, size) || chat_text_has_control(text, size)) {
        return false;
    }
    memcpy(out->text, text, size);
    out->text[size] = '\0';
    out->size = size;
    return true;
}

bool chat_control_set_room(chat_control *control, const char *text,
                           size_t size)
{
    return set_place(&control->room, text, size)
           && strchr(control->room.text, '/') != NULL;
}

bool chat_control_set_site(chat_control *control, const char *text,
                           size_t size)
{
    return set_place(&control->site, text, size)
           && strchr(control->site.text, '/') == NULL;
}

bool chat_control_set_user(chat_control *control, const char *text,
                           size_t size)
{
    static const base_hash_key none = { 0, 0 };
    const chat_identity_site site = { "", 0 };
    chat_command_user *out = &control->command.user;
    uint64_t user;

    if (size > CHAT_COMMAND_USER_BYTES
        || !chat_identity_named(&none, site, text, size, &user)) {
        return false;
    }
    memcpy(out->text, text, size);
    out->text[size] = '\0';
    out->size = size;
    return true;
}

/* False: it is given, and is none. */
static bool read_place(const json_t *root, const char *name,
                       chat_control *control,
                       bool (*set)(chat_control *control, const char *text,
                                   size_t size))
{
    const json_t *value = json_object_get(root, name);

    return value == NULL
           || (json_is_string(value)
               && set(control, json_string_value(value),
                      json_string_length(value)));
}

static bool read_user(const json_t *root, chat_control *control)
{
    const json_t *value = json_object_get(root, "user");

    return json_is_string(value)
           && chat_control_set_user(control, json_string_value(value),
                                    json_string_length(value));
}

/* Three numbers with a hyphen between, as the list writes them. */
static bool read_connection(const json_t *root, chat_control_connection *out)
{
    const json_t *value = json_object_get(root, "connection");
    uint64_t number[3] = { 0, 0, 0 };
    size_t digits = 0;
    size_t at = 0;

    for (const char *c = json_string_value(value); c && *c != '\0'; c++) {
        if (*c == '-' && digits > 0 && at < 2) {
            at++;
            digits = 0;
        }
        else if (*c >= '0' && *c <= '9' && digits++ < 10) {
            number[at] = number[at] * 10 + (uint64_t)(*c - '0');
        }
        else {
            return false;
        }
    }
    *out = (chat_control_connection){ (uint32_t)number[0], (uint32_t)number[1],
                                      (uint32_t)number[2] };
    return at == 2 && digits > 0 && number[0] <= UINT32_MAX
           && number[1] <= UINT32_MAX && number[2] <= UINT32_MAX;
}

/* What is about one room. */
static bool needs_room(const chat_control *asked)
{
    return asked->kind == CHAT_CONTROL_EXPORT
           || asked->kind == CHAT_CONTROL_CLEAR
           || asked->kind == CHAT_CONTROL_STATE;
}

/* The members that the command of clients has, too. */
static const char *read_command(const json_t *root, const void *line,
                                size_t size, chat_control *out)
{
    chat_command_destroy(&out->command);
    if (chat_command_parse(line, size, 0, &out->command) == CHAT_OK) {
        return out->command.kind == CHAT_COMMAND_KICK && out->room.size == 0
                   ? "A kick needs a room." : NULL;
    }
    if (out->kind != CHAT_CONTROL_ORDER) {
        return "A topic is one line of at most 200 bytes, `slow` a whole "
               "number of seconds of at most a day, `locked` true or false; "
               "one of them is needed.";
    }
    return read_user(root, out)
               ? "A reason is one line of at most 200 bytes, a time a whole "
                 "number of seconds of at most ten years."
               : bad_user;
}

/* NULL, or what is wrong. */
static const char *read_members(const json_t *root, const void *line,
                                size_t size, chat_control *out)
{
    if (!read_place(root, "room", out, chat_control_set_room)) {
        return "A room is named SITE/PATH, or /PATH when only one site has "
               "it.";
    }
    if (!read_place(root, "site", out, chat_control_set_site)) {
        return "A site is the name of a virtual host, without a slash.";
    }
    if (needs_room(out) && out->room.size == 0) {
        return "This needs a room.";
    }
    switch (out->kind) {
    case CHAT_CONTROL_ERASE:
        return read_user(root, out) ? NULL : bad_user;
    case CHAT_CONTROL_ORDER:
    case CHAT_CONTROL_CLEAR:
    case CHAT_CONTROL_STATE:
        return read_command(root, line, size, out);
    case CHAT_CONTROL_CLOSE:
        return read_connection(root, &out->connection)
                   ? NULL : "A connection is three numbers, as the list of "
                            "connections has it.";
    default: return NULL;
    }
}

bool chat_control_parse(const void *line, size_t size, chat_control *out)
{
    json_t *root = NULL;

    memset(out, 0, sizeof(*out));
    if (size <= CHAT_CONTROL_LINE_MOST) {
        root = chat_json_load(line, size, DEPTH);
    }
    if (root == NULL) {
        out->error = "A request is one object of JSON on a line of at most "
                     "4096 bytes.";
    }
    else if (!read_kind(root, &out->kind)) {
        out->error = "There is no such request.";
    }
    else {
        out->error = read_members(root, line, size, out);
    }
    json_decref(root);
    return out->error == NULL;
}

void chat_control_destroy(chat_control *control)
{
    chat_command_destroy(&control->command);
}

bool chat_control_means(const chat_control *control, const char *key,
                        size_t key_size)
{
    chat_identity_site site = chat_identity_site_of(key, key_size);
    const char *path = key + site.size + (site.size < key_size);
    size_t path_size = key_size - (size_t)(path - key);
    const chat_control_place *room = &control->room;
    size_t host = strcspn(room->text, "/");

    if (control->site.size > 0
        && (control->site.size != site.size
            || memcmp(control->site.text, key, site.size) != 0)) {
        return false;
    }
    if (room->size == 0) {
        return true;
    }
    return (host == 0
            || (host == site.size && memcmp(room->text, key, host) == 0))
           && room->size - host == path_size
           && memcmp(room->text + host, path, path_size) == 0;
}

void chat_control_write_room(base_bytes *out, const char *key, size_t key_size)
{
    chat_identity_site site = chat_identity_site_of(key, key_size);
    base_bytes name = BASE_BYTES_INIT;
    size_t skip = site.size + (site.size < key_size);

    base_bytes_append(&name, key, site.size);
    base_bytes_append(&name, key + skip, key_size - skip);
    chat_text_quote(out, name.data, name.len);
    base_bytes_free(&name);
}
