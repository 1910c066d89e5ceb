/* hub_ticket.c - see hub_ticket.h. */
#include "hub/move/hub_ticket.h"

#include <string.h>

#include "base/base_hash.h"
#include "base/base_utf8.h"
#include "hub/move/hub_hands.h"
#include "hub/move/hub_moving.h"
#include "ws/ws_carry.h"

#define MAGIC UINT32_C(0x43485754) /* CHWT */

/* Longest parts, but for those that only the packet's size limits. */
#define FLOOD_BYTES_MOST (UINT32_C(1) << 31)
#define RATE_MOST 1000000u

/* All in front of the sizes of the parts. */
#define FACTS offsetof(hub_ticket, parts)

/* In front of the parts' bytes. */
#define FIXED (sizeof(hub_ticket_head) + FACTS + sizeof(sizes))

typedef uint32_t sizes[HUB_TICKET_PARTS];

/* Of another version a flag may mean something else and be as large. */
static uint32_t version(void)
{
    static const size_t measures[] = {
        sizeof(hub_ticket), sizeof(act_settings), sizeof(hub_deadline),
        sizeof(ws_message_reader), sizeof(base_traffic),
        offsetof(hub_ticket, reader), offsetof(hub_ticket, place),
        offsetof(act_settings, reserved)
    };
    static const base_hash_key no_secret;
    uint32_t mixed = HUB_TICKET_VERSION
                     ^ (uint32_t)base_hash(&no_secret, CHATWS_VERSION,
                                           sizeof(CHATWS_VERSION));

    for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++) {
        mixed = mixed * UINT32_C(2654435761) + (uint32_t)measures[i];
    }
    return mixed;
}

hub_ticket_head hub_ticket_head_of(size_t size, hub_farewell farewell)
{
    return (hub_ticket_head){ .magic = MAGIC,
                              .version = version(),
                              .size = (uint32_t)size,
                              .farewell = (uint8_t)farewell };
}

bool hub_ticket_look(const void *packet, size_t size, hub_farewell *farewell,
                     bool *same)
{
    hub_ticket_head head;

    if (size < sizeof(head)) {
        return false;
    }
    memcpy(&head, packet, sizeof(head));
    if (head.magic != MAGIC || head.size != size
        || head.farewell > HUB_FAREWELL_CHUNK) {
        return false;
    }
    *farewell = (hub_farewell)head.farewell;
    *same = head.version == version();
    return true;
}

/* Between two frames of what it has got: whoever cannot go on with it can still
 * say so. */
static hub_farewell farewell_of(const hub_ticket *ticket)
{
    const hub_way *way = hub_moving_way(ticket->way);

    if (ticket->parts[HUB_TICKET_BEFORE].size > 0 || !way) {
        return HUB_FAREWELL_NONE;
    }
    if (!way->one_way) {
        return HUB_FAREWELL_CLOSE;
    }
    return way->close ? HUB_FAREWELL_CHUNK : HUB_FAREWELL_NONE;
}

size_t hub_ticket_write(const hub_ticket *ticket,
                        unsigned char out[HUB_TICKET_MOST])
{
    size_t at = FIXED;
    sizes of;
    hub_ticket_head head;

    for (int i = 0; i < HUB_TICKET_PARTS; i++) {
        const hub_ticket_part *part = &ticket->parts[i];

        if (part->size > HUB_TICKET_MOST - at) {
            return 0;
        }
        of[i] = (uint32_t)part->size;
        if (part->size > 0) {
            memcpy(out + at, part->data, part->size);
        }
        at += part->size;
    }
    head = hub_ticket_head_of(at, farewell_of(ticket));
    memcpy(out, &head, sizeof(head));
    memcpy(out + sizeof(head), ticket, FACTS);
    memcpy(out + sizeof(head) + FACTS, of, sizeof(of));
    return at;
}

/* ------------------------------------------------------------- reading it */

static bool find_parts(hub_ticket *ticket, const unsigned char *packet,
                       size_t size)
{
    size_t at = FIXED;
    sizes of;

    memcpy(of, packet + sizeof(hub_ticket_head) + FACTS, sizeof(of));
    for (int i = 0; i < HUB_TICKET_PARTS; i++) {
        if (of[i] > size - at) {
            return false;
        }
        ticket->parts[i] = (hub_ticket_part){ packet + at, of[i] };
        at += of[i];
    }
    return at == size;
}

/* What is divided by, and what would make the loop spin. */
static bool check_settings(const act_settings *settings)
{
    return settings->filter == NULL && settings->ping_interval >= 1000
           && settings->ping_timeout >= 1000 && settings->slow_client >= 1000
           && settings->rate <= RATE_MOST
           && settings->address_rate <= RATE_MOST
           && settings->guests <= ACT_GUESTS_READONLY
           && settings->poll_wait <= UINT32_MAX / 2;
}

static bool check_deadline(const hub_deadline *deadline, const hub_way *way)
{
    return deadline->phase == HUB_DEADLINE_OPEN
           && deadline->single == way->single
           && deadline->one_way == way->one_way;
}

static bool is_text(const hub_ticket_part *part, size_t most)
{
    return part->size <= most && base_utf8_valid(part->data, part->size)
           && (part->size == 0 || !memchr(part->data, '\0', part->size));
}

/* "site\n/path", and who is there; nothing of both for the echo. */
static bool check_person(const hub_ticket *ticket, const hub_way *way)
{
    const hub_ticket_part *key = &ticket->parts[HUB_TICKET_KEY];
    const hub_ticket_part *name = &ticket->parts[HUB_TICKET_NAME];
    const char *path;

    if (!way->greet) {
        return key->size == 0 && name->size == 0
               && ticket->parts[HUB_TICKET_ID].size == 0;
    }
    path = key->size > 0 ? memchr(key->data, '\n', key->size) : NULL;
    return path && key->size <= ACT_KEY_MOST
           && path + 1 < (const char *)key->data + key->size && path[1] == '/'
           && name->size > 0 && is_text(name, CHAT_NAME_BYTES)
           && is_text(&ticket->parts[HUB_TICKET_ID], CHAT_NAME_BYTES);
}

/* Only those that talk have a reader, and only a long-poll has lines. */
static bool check_state(const hub_ticket *ticket, const hub_way *way)
{
    size_t message = ticket->parts[HUB_TICKET_MESSAGE].size;
    unsigned rsv = way->window_bits > 0 ? WS_FRAME_RSV1 : 0;

    if (way->one_way
            ? message > 0
            : !ws_carry_check(&ticket->reader, ticket->settings.max_payload,
                              rsv, message)) {
        return false;
    }
    return way->single ? ticket->head <= HUB_HANDS_HEADS
                             && ticket->first_only
                                    <= ticket->parts[HUB_TICKET_LINES].size
                       : ticket->head == 0
                             && ticket->parts[HUB_TICKET_LINES].size == 0;
}

static bool check(const hub_ticket *ticket)
{
    const hub_way *way = hub_moving_way(ticket->way);

    return way && (ticket->flags & ~(uint32_t)HUB_TICKET_FLAGS) == 0
           && ticket->flood_bytes <= FLOOD_BYTES_MOST
           && ticket->reader.bytes.data == NULL
           && ticket->reader.bytes.len == 0 && ticket->reader.bytes.cap == 0
           && check_settings(&ticket->settings)
           && check_deadline(&ticket->deadline, way)
           && check_person(ticket, way) && check_state(ticket, way);
}

bool hub_ticket_read(hub_ticket *ticket, const void *packet, size_t size)
{
    hub_farewell farewell;
    bool same;

    if (!hub_ticket_look(packet, size, &farewell, &same) || !same
        || size < FIXED) {
        return false;
    }
    memset(ticket, 0, sizeof(*ticket));
    memcpy(ticket, (const unsigned char *)packet + sizeof(hub_ticket_head),
           FACTS);
    return find_parts(ticket, packet, size) && check(ticket)
           && farewell == farewell_of(ticket);
}
