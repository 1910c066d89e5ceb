/* relay_scribe.h - a host that says something in rooms of a real Redis, and the
 * source of its archive's writer. One at a time. */
#ifndef CHATWS_RELAY_SCRIBE_H
#define CHATWS_RELAY_SCRIBE_H

#include "relay/archive/relay_archive.h"
#include "relay/reader/relay_hello.h"
#include "relay/reader/relay_words.h"
#include "relay/relay_room.h"
#include "room_arena.h"

typedef struct {
    arena segment;
    relay_link *link; /* the host's */
    relay_hello hello;
    relay_archive *archive;
    const room_source *source;
    const room_source_room *rooms; /* that were taken */
    size_t count;
} relay_scribe_one;
extern relay_scribe_one scribe;

/* cmocka's; Redis is empty then, but for that there is an archive for which
 * acks wait. */
int relay_scribe_set_up(void **state);
int relay_scribe_tear_down(void **state);

/* The host connects anew. */
void relay_scribe_connect(void);

relay_room relay_scribe_name(const char *key);
void relay_scribe_ask(relay_order *order);

/* As a host that opens the room; _open is false when the archive was asked for
 * it; _make makes it, and the archive has none. */
void relay_scribe_fetch(const char *key, relay_room_answer *out);
bool relay_scribe_open(const char *key);
void relay_scribe_make(const char *key);

/* A message of so many bytes. */
room_id relay_scribe_say(const char *key, size_t size);

/* As the writer: takes rooms; one of them; says that they are written; flushes
 * that. */
void relay_scribe_take(size_t most);
const room_source_room *relay_scribe_taken(const char *key);
void relay_scribe_write(void);
void relay_scribe_flush(void);

/* What a command of two words answers. */
int64_t relay_scribe_number(const char *word, const char *key);

#endif
