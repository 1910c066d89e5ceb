/* fuzz_hub_ticket.c - any bytes as a ticket of another process. One that is
 * read is the same when it is written again, and its reader takes whatever
 * comes. The head is made right, or hardly anything would be looked at.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "hub/move/hub_moving.h"
#include "hub/move/hub_ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const hub_farewell farewells[] = { HUB_FAREWELL_NONE,
                                          HUB_FAREWELL_CLOSE,
                                          HUB_FAREWELL_CHUNK };

/* As hub_take does, and then whatever the client sends. */
static void go_on(const hub_ticket *ticket, const uint8_t *data, size_t size)
{
    const hub_ticket_part *message = &ticket->parts[HUB_TICKET_MESSAGE];
    ws_message_reader reader = ticket->reader;
    unsigned char *copy = malloc(size + 1);
    ws_message_event event;
    size_t at = 0;
    size_t used;

    BASE_CHECK(copy != NULL);
    memcpy(copy, data, size);
    reader.compressed = 0; /* there is no inflater here */
    reader.frame.accepted_rsv = 0;
    base_bytes_append(&reader.bytes, message->data, message->size);
    do {
        event = ws_message_feed(&reader, NULL, copy + at, size - at, &used);
        at += used;
        BASE_CHECK(at <= size);
    } while (event.kind != WS_MESSAGE_NONE);
    ws_message_destroy(&reader);
    free(copy);
}

static void try_packet(unsigned char *packet, size_t size,
                       hub_farewell farewell, const uint8_t *data)
{
    static unsigned char again[HUB_TICKET_MOST];
    hub_ticket_head head = hub_ticket_head_of(size, farewell);
    hub_ticket ticket;

    memcpy(packet, &head, sizeof(head));
    if (!hub_ticket_read(&ticket, packet, size)) {
        return;
    }
    BASE_CHECK(hub_ticket_write(&ticket, again) == size);
    BASE_CHECK(memcmp(again, packet, size) == 0);
    if (!hub_moving_way(ticket.way)->one_way) {
        go_on(&ticket, data, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *packet;

    if (size < sizeof(hub_ticket_head) || size > HUB_TICKET_MOST) {
        return 0;
    }
    packet = malloc(size);
    BASE_CHECK(packet != NULL);
    memcpy(packet, data, size);
    for (size_t i = 0; i < sizeof(farewells) / sizeof(farewells[0]); i++) {
        try_packet(packet, size, farewells[i], data);
    }
    free(packet);
    return 0;
}
