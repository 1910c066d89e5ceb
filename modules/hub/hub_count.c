/* hub_count.c - the counters' table; see hub_count.h. */
#include "hub/hub_count.h"

#include "base/base_check.h"
#include "hub/hub_core.h"
#include "room/room_slot.h"

static const hub_count_entry table[HUB_COUNTS] = {
    [HUB_COUNT_CONNECTIONS] = {
        "connections", true, "Handed-off connections that are open." },
    [HUB_COUNT_TLS] = { "tls_connections", true,
                        "Open connections that use TLS." },
    [HUB_COUNT_ROOM_CLIENTS] = { "room_connections", true,
                                 "Open connections that are in a room." },
    [HUB_COUNT_ADOPTED] = { "adopted_total", false,
                            "Connections taken over from httpd." },
    [HUB_COUNT_REFUSED_FULL] = {
        "refused_full_total", false,
        "Upgrades refused because of ChatMaxConnections, or because httpd was "
        "short of descriptors." },
    [HUB_COUNT_MESSAGES] = { "messages_total", false, "Messages stored." },
    [HUB_COUNT_REPEATED] = {
        "repeated_total", false,
        "Repeated refs that were answered with the first id." },
    [HUB_COUNT_COMMAND_ERRORS] = { "command_errors_total", false,
                                   "Commands answered with an error." },
    [HUB_COUNT_RATE_LIMITED] = { "rate_limited_total", false,
                                 "Commands refused with rate_limited." },
    [HUB_COUNT_DELIVERIES] = { "deliveries_total", false,
                               "Message events given to a connection." },
    [HUB_COUNT_GAPS] = { "gaps_total", false,
                         "Readers told that messages are missing." },
    [HUB_COUNT_BYTES_IN] = { "received_bytes_total", false,
                             "Bytes read from handed-off connections." },
    [HUB_COUNT_BYTES_OUT] = { "sent_bytes_total", false,
                              "Bytes written to handed-off connections." },
    [HUB_COUNT_CLOSED_SLOW] = { "closed_slow_total", false,
                                "Readers closed for ChatSlowClient." },
    [HUB_COUNT_CLOSED_PING] = { "closed_ping_total", false,
                                "Connections that answered no ping." },
    [HUB_COUNT_CLOSED_PROTOCOL] = {
        "closed_protocol_total", false,
        "Connections closed for a protocol violation." },
    [HUB_COUNT_CLOSED_FLOOD] = { "closed_flood_total", false,
                                 "Connections closed for flooding." },
    [HUB_COUNT_CLOSED_DESCRIPTORS] = {
        "closed_descriptors_total", false,
        "Connections closed because httpd was short of descriptors." },
    [HUB_COUNT_CLOSED_UPLOAD] = {
        "closed_upload_total", false,
        "Connections closed because a message took longer than ChatSlowClient "
        "to arrive." },
    [HUB_COUNT_ADDRESS_RATE] = {
        "address_rate_limited_total", false,
        "Commands and handshakes refused because of ChatAddressRate." },
    [HUB_COUNT_ADDRESS_CONNECTIONS] = {
        "address_connections_refused_total", false,
        "Connections refused because of ChatAddressConnections." },
    [HUB_COUNT_ADDRESS_ROOMS] = {
        "address_rooms_refused_total", false,
        "New rooms refused because of ChatAddressRooms." },
};

const hub_count_entry *hub_count_describe(hub_count which)
{
    BASE_CHECK(which < HUB_COUNTS);
    return &table[which];
}

uint32_t hub_count_gauges(void)
{
    uint32_t mask = 0;

    for (unsigned which = 0; which < HUB_COUNTS; which++) {
        mask |= (uint32_t)table[which].gauge << which;
    }
    return mask;
}

void hub_count_sums(room_store *store, uint64_t sums[HUB_COUNTS])
{
    uint64_t all[ROOM_COUNTERS];

    _Static_assert(HUB_COUNTS <= ROOM_COUNTERS, "counters fit their slot");
    room_slot_counters_sum(store, all);
    for (unsigned which = 0; which < HUB_COUNTS; which++) {
        sums[which] = all[which];
    }
}

void hub_count_deliver(hub *core, int64_t events)
{
    core->delivered += events;
    if (core->delivered > 0) {
        hub_count_add(core, HUB_COUNT_DELIVERIES, core->delivered);
        core->delivered = 0;
    }
}

void hub_count_add(hub *core, hub_count which, int64_t amount)
{
    _Atomic uint64_t *counters
        = atomic_load_explicit(&core->counters, memory_order_acquire);

    atomic_fetch_add_explicit(&counters[which], (uint64_t)amount,
                              memory_order_relaxed);
}
