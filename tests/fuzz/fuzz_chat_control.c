/* fuzz_chat_control.c - any bytes as a line of chatwsctl's, or as the status
 * page's: what is read of it is within all bounds, and the same when it is read
 * again.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_utf8.h"
#include "chat/chat_text.h"
#include "chat/control/chat_control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_place(const chat_control_place *place)
{
    BASE_CHECK(place->size <= CHAT_CONTROL_ROOM_BYTES);
    BASE_CHECK(strlen(place->text) == place->size);
    BASE_CHECK(base_utf8_valid(place->text, place->size));
    BASE_CHECK(!chat_text_has_control(place->text, place->size));
}

static void check(const chat_control *control)
{
    const chat_command *command = &control->command;
    bool user = control->kind == CHAT_CONTROL_ORDER
                || control->kind == CHAT_CONTROL_ERASE;

    check_place(&control->room);
    check_place(&control->site);
    BASE_CHECK(strchr(control->site.text, '/') == NULL);
    BASE_CHECK((control->room.size > 0)
               == (strchr(control->room.text, '/') != NULL));
    BASE_CHECK((command->user.size > 0) == user);
    BASE_CHECK(command->user.size <= CHAT_COMMAND_USER_BYTES);
    BASE_CHECK(command->reason.len <= CHAT_COMMAND_REASON_BYTES);
    if (control->kind == CHAT_CONTROL_ORDER) {
        BASE_CHECK(command->kind == CHAT_COMMAND_MUTE
                   || command->kind == CHAT_COMMAND_BAN
                   || (command->kind == CHAT_COMMAND_KICK
                       && control->room.size > 0)
                   || command->kind == CHAT_COMMAND_PARDON);
    }
    if (control->kind == CHAT_CONTROL_CLEAR
        || control->kind == CHAT_CONTROL_STATE) {
        BASE_CHECK(control->room.size > 0);
        BASE_CHECK(command->topic.len <= CHAT_COMMAND_TOPIC_BYTES);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* not a byte more */
    chat_control control;

    BASE_CHECK(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    if (chat_control_parse(copy, size, &control)) {
        check(&control);
        (void)chat_control_means(&control, "a.test\n/chat/x", 14);
        (void)chat_control_means(&control, (const char *)copy, size);
    }
    chat_control_destroy(&control);
    free(copy);
    return 0;
}
