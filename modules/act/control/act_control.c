/* act_control.c - see act_control.h. */
#include "act/control/act_control.h"

#include "act/control/act_decree.h"
#include "act/control/act_erase.h"
#include "act/control/act_export.h"
#include "act/control/act_inventory.h"
#include "act/control/act_upkeep.h"
#include "room/archive/room_archive.h"

void act_control_obey(act_answer *answer)
{
    /* Before that, nobody is who he was. */
    if (!room_archive_ready(answer->store)) {
        act_answer_error(answer, "unavailable", "The archive cannot be asked "
                         "yet: the error log says why.");
        return;
    }
    switch (answer->asked->kind) {
    case CHAT_CONTROL_ROOMS: act_inventory_rooms(answer); break;
    case CHAT_CONTROL_SANCTIONS: act_inventory_sanctions(answer); break;
    case CHAT_CONTROL_EXPORT: act_export_room(answer); break;
    case CHAT_CONTROL_ERASE: act_erase_user(answer); break;
    case CHAT_CONTROL_ORDER: act_decree_obey(answer); break;
    case CHAT_CONTROL_CLEAR:
    case CHAT_CONTROL_STATE: act_upkeep_obey(answer); break;
    case CHAT_CONTROL_CLOSE:
        act_answer_error(answer, "bad_request", "The status page closes "
                         "connections, and nobody else.");
        break;
    case CHAT_CONTROL_STATUS: break;
    }
}
