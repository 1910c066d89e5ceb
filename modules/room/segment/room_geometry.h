/* room_geometry.h - how many of what a segment has, and where. Private to
 * room/. */
#ifndef CHATWS_ROOM_GEOMETRY_H
#define CHATWS_ROOM_GEOMETRY_H

#include <stdint.h>

/* How many of what, and where (offsets in bytes). */
typedef struct {
    uint64_t size;
    uint32_t slots;
    uint32_t rooms;
    uint32_t buckets;
    uint32_t ref_sets;
    uint32_t rate_sets;
    uint32_t addresses; /* counts, and buckets */
    uint32_t sanctions; /* entries, and buckets */
    uint32_t notices;
    uint32_t archive; /* 1: what is said goes into an archive */
    uint32_t archive_name; /* which: room_store_options.archive */
    uint32_t relay; /* 1: several hosts share the rooms */
    uint32_t relay_name; /* through which: room_store_options.relay */
    uint32_t spare;
    uint32_t cells;
    uint32_t cell_buckets;
    uint32_t pages;
    uint32_t guarantee;    /* pages */
    uint32_t batch;        /* pages freed ahead under pressure */
    uint32_t reader_words; /* 64-bit words of a room's reader bits */
    uint32_t mark_words;   /* of a set of rooms, see room_marks.h, */
    uint32_t mark_sums;    /* and of the bits in front of them */
    uint32_t gauges;
    uint32_t meters;
    uint32_t floors;     /* a power of two; with an archive or a relay as many
                            again */
    uint32_t idle_most;  /* entries of the list of idle rooms */
    uint64_t at_children;
    uint64_t at_marks;
    uint64_t at_buckets;
    uint64_t at_items;
    uint64_t at_hints;
    uint64_t at_readers;
    uint64_t at_floors;
    uint64_t at_idle;
    uint64_t at_refs;
    uint64_t at_rates;
    uint64_t at_address_buckets;
    uint64_t at_addresses;
    uint64_t at_sanction_buckets;
    uint64_t at_sanctions;
    uint64_t at_notices;
    uint64_t at_meter_keys;
    uint64_t at_meters;
    uint64_t at_user_buckets;
    uint64_t at_name_buckets;
    uint64_t at_skeleton_buckets;
    uint64_t at_cells;
    uint64_t at_archive;
    uint64_t at_waiting;
    uint64_t at_relay;
    uint64_t at_pages;
} room_geometry;

#endif
