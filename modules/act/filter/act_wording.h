/* act_wording.h - what somebody wants to say, as it may be said here:
 * ChatFilter and ChatLinks. Called by act_obey; any thread.
 */
#ifndef CHATWS_ACT_WORDING_H
#define CHATWS_ACT_WORDING_H

#include "act/act_settings.h"
#include "chat/chat_command.h"
#include "chat/chat_error.h"

/* A command as it may be obeyed. */
typedef struct {
    const chat_command *command;
    chat_command changed; /* `command`, if something in it had to change */
} act_wording;

/* Looks at what others would see: the text of a message or an edit, a topic, a
 * new name. A moderator may say anything. CHAT_OK: obey wording->command, then
 * call act_wording_destroy; `command` stays until then. CHAT_FILTERED: a text
 * with an unwanted word, if it is not to be masked. CHAT_NO_LINKS: a guest's
 * with a link. CHAT_BAD_NAME: a name with either. */
chat_error act_wording_check(const act_settings *settings, bool guest,
                             const chat_command *command,
                             act_wording *wording);

void act_wording_destroy(act_wording *wording);

#endif
