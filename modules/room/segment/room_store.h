/* room_store.h - the segment of shared memory that all rooms live in.
 *
 * httpd/ makes one in the parent and keeps it in the process pool across
 * restarts; every child, of the old and the new generation, inherits it by
 * fork at the same address. The handle is private to the process, never
 * changes after it was made, and may be used by all threads at once: what is
 * shared is guarded by robust locks inside the segment, so that a process that
 * is killed at any instruction neither corrupts nor blocks it.
 */
#ifndef CHATWS_ROOM_STORE_H
#define CHATWS_ROOM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_hash.h"
#include "room/room_status.h"

struct apr_pool_t;

/* One segment as this process sees it. */
typedef struct room_store room_store;

/* A room in the segment. Its slot may be given to another key when nobody is
 * in it; then the generation has changed and every call
 * answers ROOM_GONE. */
typedef struct {
    uint32_t index;
    uint32_t generation;
} room_handle;

typedef struct {
    size_t size;     /* bytes of the segment; ignored by room_store_over */
    uint32_t rooms;  /* most rooms; 0: one for each eight pages */
    uint32_t slots;  /* most children at once, of both generations; 0: 64 */
    uint32_t gauges; /* bit i: counter i is a gauge, dropped with its child */
    uint32_t archive; /* what is said goes into one: a number that tells it from
                         others; 0: none. See room_archive.h */
    uint32_t relay;  /* several hosts share the rooms: a number that tells
                        through what; 0: none. See room_relay.h */
    const room_store *after; /* the usable store whose messages shall be moved
                                here (room_move), or NULL */
} room_store_options;

/* For the status page; each is read on its own, not all at one instant. */
typedef struct {
    uint64_t size;         /* bytes of the segment */
    uint64_t pages;        /* pages for messages, of page_size bytes */
    uint64_t pages_free;
    uint64_t page_size;
    uint64_t guarantee;    /* pages that no other room takes from a room */
    uint64_t rooms;
    uint64_t rooms_used;
    uint64_t rooms_reused; /* slots given to another key so far */
    uint64_t rooms_full;   /* new rooms refused: all have members */
    uint64_t rooms_evicted; /* rooms given away that kept messages */
    uint64_t cells;        /* for members; a member takes one or two */
    uint64_t cells_free;
    uint64_t evicted;      /* kept messages lost to memory pressure */
    uint64_t evicted_pages;
    uint64_t repairs;      /* locks whose owner had died */
    uint64_t resets;       /* rooms emptied because they were damaged */
} room_store_figures;

/* Makes the segment (anonymous, never visible in a file system, freed with
 * `process_pool`) and one wake-up descriptor per child slot (close-on-exec,
 * non-blocking; open until the process ends). Call it in the parent, before
 * the children that shall see it are forked. The handle holds no pointer into
 * this library, so that it outlives a reload of the module. On failure false,
 * and a sentence for the error log in `why`. */
bool room_store_create(struct apr_pool_t *process_pool,
                       const room_store_options *options, room_store **out,
                       char *why, size_t why_size);

/* Refuses new messages and rooms from now on (ROOM_MOVED), in every process
 * that has the segment, whichever version of the module made it; reading goes
 * on. It is never undone. */
void room_store_close(room_store *store);

/* True after that; of a segment that is usable. */
bool room_store_closed(const room_store *store);

/* Gives up this process's mapping, descriptors and handle of a store that
 * room_store_create made, in whichever version of the module. Other processes
 * keep theirs; the kernel frees the memory when the last of them ends. */
void room_store_destroy(room_store *store);

/* Makes one over memory of the caller (64-byte aligned, `size` bytes, shared
 * with whoever is to see it), formatted anew. For tests. */
bool room_store_over(void *memory, size_t size,
                     const room_store_options *options, room_store **out,
                     char *why, size_t why_size);

/* Closes the descriptors and frees the handle of room_store_over; the memory
 * stays the caller's. */
void room_store_free(room_store *store);

/* False when the segment was made by a version of the module that laid it out
 * differently (a handle found again after a reload): make a new one. */
bool room_store_usable(const room_store *store);

/* 128 random bits for keyed hashes that have to be the same as long as the
 * rooms are: drawn with the first segment, and taken over by one of another
 * size. With an archive it is that one's, and final from room_archive_ready on.
 * A secret of the server; lives as long as the handle. */
const base_hash_key *room_store_secret(const room_store *store);

void room_store_figures_get(const room_store *store,
                            room_store_figures *figures);

#endif
