/* source_fake.h - a room_source without a relay, for the tests of archive/:
 * what it has the test says, and what it was told the test can see.
 */
#ifndef CHATWS_SOURCE_FAKE_H
#define CHATWS_SOURCE_FAKE_H

#include <pthread.h>

#include "room/archive/room_source.h"

#define SOURCE_FAKE_ROOMS 4
#define SOURCE_FAKE_RECORDS 700
#define SOURCE_FAKE_DONES 2000

typedef struct {
    char key[60];
    room_id birth;
    room_id complete;
    room_id top;
    room_id kept;
    room_state state;
    bool unknown;
    bool gap;
    size_t offers;        /* how often it was brought here, */
    size_t offered;       /* and with so many records; */
    bool nowhere;         /* or as one that is to be made */
    room_import_record records[SOURCE_FAKE_RECORDS];
    char bodies[SOURCE_FAKE_RECORDS][200];
    size_t count;
} source_fake_room;

typedef struct {
    char key[60];
    room_id upto;
    bool refused;
} source_fake_done;

typedef struct {
    room_source source;
    pthread_mutex_t lock;
    source_fake_room rooms[SOURCE_FAKE_ROOMS];
    size_t count;
    room_source_room given[SOURCE_FAKE_ROOMS];
    source_fake_done dones[SOURCE_FAKE_DONES];
    size_t done;
    bool deaf;      /* done() changes nothing */
    bool away;
    unsigned taken; /* how often it was asked, */
    unsigned alive; /* and this was said */
} source_fake;

void source_fake_begin(source_fake *fake);
void source_fake_end(source_fake *fake);

/* A room with nothing in it. The test's thread. */
source_fake_room *source_fake_room_new(source_fake *fake, const char *key);

/* Something is said there; the id counts on. `target` of a deletion or an edit,
 * `text` of a message or an edit. */
room_id source_fake_say(source_fake *fake, source_fake_room *room,
                        room_log_kind kind, const char *text,
                        const room_id *target);

/* Waits until the archive is said to have all of the room, and whether it is
 * so now. */
void source_fake_settle(source_fake *fake, source_fake_room *room);
bool source_fake_behind(source_fake *fake, const source_fake_room *room);

/* A message, and waits for that. */
void source_fake_archive(source_fake *fake, source_fake_room *room,
                         const char *text);

/* Waits until it is true for what is locked meanwhile. */
typedef bool source_fake_test(const source_fake *fake, void *context);
void source_fake_wait(source_fake *fake, source_fake_test *test,
                      void *context);

#endif
