/* act_count.c - the counters' table; see act_count.h. */
#include "act/act_count.h"

#include "base/base_check.h"
#include "room/segment/room_slot.h"

/* The names are what dashboards ask for: they stay for good. */
static const act_count_entry table[ACT_COUNTS] = {
    [ACT_COUNT_CONNECTIONS] = {
        "connections", true, "Handed-off connections that are open." },
    [ACT_COUNT_TLS] = { "tls_connections", true,
                        "Open connections that use TLS." },
    [ACT_COUNT_ROOM_CLIENTS] = { "room_connections", true,
                                 "Open connections that are in a room." },
    [ACT_COUNT_ADOPTED] = { "adopted_total", false,
                            "Connections taken over from httpd." },
    [ACT_COUNT_REFUSED_FULL] = {
        "refused_full_total", false,
        "Upgrades refused because of ChatMaxConnections, or because httpd was "
        "short of descriptors." },
    [ACT_COUNT_MESSAGES] = { "messages_total", false, "Messages stored." },
    [ACT_COUNT_REPEATED] = {
        "repeated_total", false,
        "Repeated refs that were answered with the first id." },
    [ACT_COUNT_COMMAND_ERRORS] = { "command_errors_total", false,
                                   "Commands answered with an error." },
    [ACT_COUNT_RATE_LIMITED] = { "rate_limited_total", false,
                                 "Commands refused with rate_limited." },
    [ACT_COUNT_DELIVERIES] = { "deliveries_total", false,
                               "Message events given to a connection." },
    [ACT_COUNT_GAPS] = { "gaps_total", false,
                         "Readers told that messages are missing." },
    [ACT_COUNT_BYTES_IN] = { "received_bytes_total", false,
                             "Bytes read from handed-off connections." },
    [ACT_COUNT_BYTES_OUT] = { "sent_bytes_total", false,
                              "Bytes written to handed-off connections." },
    [ACT_COUNT_CLOSED_SLOW] = { "closed_slow_total", false,
                                "Readers closed for ChatSlowClient." },
    [ACT_COUNT_CLOSED_PING] = { "closed_ping_total", false,
                                "Connections that answered no ping." },
    [ACT_COUNT_CLOSED_PROTOCOL] = {
        "closed_protocol_total", false,
        "Connections closed for a protocol violation." },
    [ACT_COUNT_CLOSED_FLOOD] = { "closed_flood_total", false,
                                 "Connections closed for flooding." },
    [ACT_COUNT_CLOSED_DESCRIPTORS] = {
        "closed_descriptors_total", false,
        "Connections closed because httpd was short of descriptors." },
    [ACT_COUNT_CLOSED_UPLOAD] = {
        "closed_upload_total", false,
        "Connections closed because a message took longer than ChatSlowClient "
        "to arrive." },
    [ACT_COUNT_ADDRESS_RATE] = {
        "address_rate_limited_total", false,
        "Commands and handshakes refused because of ChatAddressRate." },
    [ACT_COUNT_ADDRESS_CONNECTIONS] = {
        "address_connections_refused_total", false,
        "Connections refused because of ChatAddressConnections." },
    [ACT_COUNT_SANCTIONS] = { "sanctions_total", false,
                              "Mutes, bans, kicks and pardons." },
    [ACT_COUNT_REPORTS] = { "reports_total", false,
                            "Messages reported to moderators." },
    [ACT_COUNT_BANNED] = {
        "banned_total", false,
        "Requests refused and connections ended because of a ban or a kick." },
    [ACT_COUNT_ADDRESS_ROOMS] = {
        "address_rooms_refused_total", false,
        "New rooms refused because of ChatAddressRooms." },
    [ACT_COUNT_MOVED] = {
        "moved_total", false,
        "Connections that a child has taken over, open, from one of before a "
        "restart." },
};

const act_count_entry *act_count_describe(act_count which)
{
    BASE_CHECK(which < ACT_COUNTS);
    return &table[which];
}

uint32_t act_count_gauges(void)
{
    uint32_t mask = 0;

    for (unsigned which = 0; which < ACT_COUNTS; which++) {
        mask |= (uint32_t)table[which].gauge << which;
    }
    return mask;
}

/* Relaxed: nobody concludes anything from the order of two counters. */
void act_count_add(room_store *store, int slot, act_count which)
{
    if (slot >= 0) {
        atomic_fetch_add_explicit(&room_slot_counters(store, slot)[which], 1,
                                  memory_order_relaxed);
    }
}

void act_count_sums(room_store *store, uint64_t sums[ACT_COUNTS])
{
    uint64_t all[ROOM_COUNTERS]; /* a slot has place for more than we use */

    _Static_assert(ACT_COUNTS <= ROOM_COUNTERS, "counters fit their slot");
    room_slot_counters_sum(store, all);
    for (unsigned which = 0; which < ACT_COUNTS; which++) {
        sums[which] = all[which];
    }
}
