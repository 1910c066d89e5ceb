/* act_wording.c - ChatFilter and ChatLinks; see act_wording.h. */
#include "act/filter/act_wording.h"

#include "act/filter/act_filter.h"
#include "chat/filter/chat_link.h"

/* What of the command others would see; NULL: nothing. */
static const base_bytes *seen(const chat_command *command)
{
    switch (command->kind) {
    case CHAT_COMMAND_MESSAGE:
    case CHAT_COMMAND_EDIT: return &command->text;
    case CHAT_COMMAND_NAME: return &command->name;
    case CHAT_COMMAND_ROOM: return &command->topic;
    default: return NULL;
    }
}

/* The changed command shares all with the one that the caller has, but for the
 * one text. */
static void change(act_wording *wording, const chat_command *command,
                   const base_bytes *masked)
{
    wording->changed = *command;
    wording->command = &wording->changed;
    if (command->kind == CHAT_COMMAND_ROOM) {
        wording->changed.topic = *masked;
    }
    else {
        wording->changed.text = *masked;
    }
}

/* A name is not masked: two with the same letters hidden would be one. */
static chat_error check_words(const act_settings *settings,
                              const chat_command *command,
                              act_wording *wording)
{
    const base_bytes *text = seen(command);
    base_bytes masked = BASE_BYTES_INIT;

    if (command->kind == CHAT_COMMAND_NAME || settings->filter_rejects) {
        if (!act_filter_finds(settings->filter, text->data, text->len)) {
            return CHAT_OK;
        }
        return command->kind == CHAT_COMMAND_NAME ? CHAT_BAD_NAME
                                                  : CHAT_FILTERED;
    }
    base_bytes_append(&masked, text->data, text->len);
    if (act_filter_mask(settings->filter, &masked)) {
        change(wording, command, &masked);
    }
    else {
        base_bytes_free(&masked);
    }
    return CHAT_OK;
}

chat_error act_wording_check(const act_settings *settings, bool guest,
                             const chat_command *command,
                             act_wording *wording)
{
    const base_bytes *text = seen(command);

    wording->command = command;
    if (!text || text->len == 0
        || act_settings_rights(settings, guest).moderate) {
        return CHAT_OK;
    }
    if (guest && settings->linkless && chat_link_in(text->data, text->len)) {
        return command->kind == CHAT_COMMAND_NAME ? CHAT_BAD_NAME
                                                  : CHAT_NO_LINKS;
    }
    return settings->filter ? check_words(settings, command, wording)
                            : CHAT_OK;
}

void act_wording_destroy(act_wording *wording)
{
    if (wording->command == &wording->changed) {
        base_bytes_free(wording->changed.kind == CHAT_COMMAND_ROOM
                            ? &wording->changed.topic
                            : &wording->changed.text);
    }
}
