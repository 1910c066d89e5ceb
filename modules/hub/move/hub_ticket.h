/* hub_ticket.h - all that a hub knows of a connection which goes to another
 * process, as the bytes of one packet.
 *
 * Private to modules/hub. Pure. What is a room's is not in it: a message is a
 * number in the room's log. Processes of one machine and one version
 * understand each other: numbers stand as they are in memory.
 */
#ifndef CHATWS_HUB_TICKET_H
#define CHATWS_HUB_TICKET_H

#include "act/act_room.h"
#include "act/act_settings.h"
#include "base/base_address.h"
#include "base/base_traffic.h"
#include "chat/chat_person.h"
#include "hub/hub_deadline.h"
#include "hub/hub_offer.h"
#include "room/log/room_id.h"
#include "ws/ws_message.h"

/* Steps whenever something below means something else than before. */
#define HUB_TICKET_VERSION 2

/* The longest packet. */
#define HUB_TICKET_MOST (64 * 1024)

/* What says that nothing follows, for whoever understands no more. */
typedef enum {
    HUB_FAREWELL_NONE,  /* it may be in the middle of something */
    HUB_FAREWELL_CLOSE, /* of WebSocket, 1012 */
    HUB_FAREWELL_CHUNK  /* the last one */
} hub_farewell;

/* In front of every ticket, of any version: this never changes. */
typedef struct {
    uint32_t magic;
    uint32_t version;
    uint32_t size; /* of the packet */
    uint8_t farewell;
    uint8_t spare[3];
} hub_ticket_head;

/* Bits of hub_ticket.flags. */
enum {
    HUB_TICKET_GUEST = 1,
    HUB_TICKET_PROXIED = 2, /* as in act_address, */
    HUB_TICKET_KEYLESS = 4,
    HUB_TICKET_BACK = 8,    /* and in hub_client_life */
    HUB_TICKET_ARCHIVED = 16, /* as in hub_backlog */
    HUB_TICKET_RESTS = 32,  /* a long-poll that was answered */
    HUB_TICKET_FLAGS = 63
};

/* What has no fixed size. */
typedef enum {
    HUB_TICKET_KEY,     /* of the room; of an echo empty, as all up to */
    HUB_TICKET_NAME,    /* the person's, */
    HUB_TICKET_ID,      /* which may be empty */
    HUB_TICKET_BEFORE,  /* to be sent before the room's messages, */
    HUB_TICKET_LATER,   /* and behind those that are here by now */
    HUB_TICKET_MESSAGE, /* unfinished, of the reader */
    HUB_TICKET_INPUT,   /* read, and not looked at yet */
    HUB_TICKET_LINES,   /* of a long-poll, see hub_offer.h */
    HUB_TICKET_PARTS
} hub_ticket_part_name;

typedef struct {
    const void *data;
    size_t size;
} hub_ticket_part;

/* Where it goes on in its room. */
typedef struct {
    uint64_t segment; /* of hub_hands: */
    uint32_t index;   /* in another one, or another room there, */
    uint32_t generation;
    uint64_t seq;     /* this number says nothing */
    room_id after;    /* the position in front of that */
    uint64_t members; /* room_member_version of what it was told; 0: unsure */
    uint64_t notices; /* so many there were when it had been told of all */
} hub_ticket_place;

typedef struct hub_ticket {
    uint8_t way; /* see hub_moving_way */
    uint8_t head; /* of a long-poll: number in hub_hands.heads, from 1 on */
    uint32_t flags;
    act_settings settings; /* `filter` is NULL; its name: */
    uint64_t filter;
    base_address address;
    uint64_t address_key;
    uint64_t user;
    uint64_t received;
    uint64_t sent;
    uint32_t started; /* as in hub_client_life, */
    uint32_t flood_since; /* and hub_client_input */
    uint32_t flood_count;
    uint32_t flood_bytes;
    hub_deadline deadline;
    hub_ticket_place place;
    ws_message_reader reader; /* `bytes` is empty */
    hub_offer_keep keep; /* of a long-poll, as in hub_poll_kept */
    int64_t until_us;
    uint32_t first_only;
    base_traffic counted; /* of its connection, so far */
    uint16_t address_tag;
    hub_ticket_part parts[HUB_TICKET_PARTS]; /* last member */
} hub_ticket;

/* This version's head for a packet of `size` bytes. */
hub_ticket_head hub_ticket_head_of(size_t size, hub_farewell farewell);

/* Looks at the head alone. False: that is no ticket at all. `same`: it can be
 * read here. */
bool hub_ticket_look(const void *packet, size_t size, hub_farewell *farewell,
                     bool *same);

/* Writes the packet and returns its size; 0: it would be longer than
 * HUB_TICKET_MOST. */
size_t hub_ticket_write(const hub_ticket *ticket,
                        unsigned char out[HUB_TICKET_MOST]);

/* False for what is not, to the last bit, a ticket that hub_ticket_write may
 * have made: nothing that follows from it may harm who takes it. The parts
 * point into the packet. */
bool hub_ticket_read(hub_ticket *ticket, const void *packet, size_t size);

#endif
