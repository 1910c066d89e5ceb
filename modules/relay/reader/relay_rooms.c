/* relay_rooms.c - see relay_rooms.h. */
#include "relay/reader/relay_rooms.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"

struct relay_rooms {
    room_store *store;
    const relay_settings *settings;
    uint32_t count;
    uint32_t places;
    relay_rooms_one **at;
    uint32_t *put_off; /* generations, and 1 */
    uint32_t bucket_mask;
    uint32_t *buckets; /* the first one's place, and 1 */
};

relay_rooms *relay_rooms_create(room_store *store,
                                const relay_settings *settings)
{
    relay_rooms *rooms = calloc(1, sizeof(*rooms));
    room_store_figures figures;
    uint32_t buckets = 64;

    BASE_CHECK(rooms != NULL);
    room_store_figures_get(store, &figures);
    rooms->store = store;
    rooms->settings = settings;
    rooms->places = (uint32_t)figures.rooms;
    while (buckets < rooms->places) {
        buckets *= 2;
    }
    rooms->bucket_mask = buckets - 1;
    rooms->at = calloc(rooms->places + (size_t)1, sizeof(*rooms->at));
    rooms->buckets = calloc(buckets, sizeof(*rooms->buckets));
    rooms->put_off = calloc(rooms->places + (size_t)1,
                            sizeof(*rooms->put_off));
    BASE_CHECK(rooms->at != NULL && rooms->buckets != NULL
               && rooms->put_off != NULL);
    return rooms;
}

/* With a secret: whoever names a room must not choose its bucket. */
static uint32_t *bucket_of(relay_rooms *rooms, const void *channel,
                           size_t size)
{
    uint64_t hash = base_hash(room_store_secret(rooms->store), channel, size);

    return &rooms->buckets[hash & rooms->bucket_mask];
}

static void free_one(relay_rooms_one *one)
{
    base_bytes_free(&one->channel);
    free((char *)one->room.key);
    free(one);
}

void relay_rooms_destroy(relay_rooms *rooms)
{
    for (uint32_t i = 0; i < rooms->places; i++) {
        if (rooms->at[i]) {
            free_one(rooms->at[i]);
        }
    }
    free(rooms->at);
    free(rooms->put_off);
    free(rooms->buckets);
    free(rooms);
}

relay_rooms_one *relay_rooms_at(relay_rooms *rooms, uint32_t index)
{
    return index < rooms->places ? rooms->at[index] : NULL;
}

relay_rooms_one *relay_rooms_add(relay_rooms *rooms, room_handle handle,
                                 const room_relay_facts *facts)
{
    relay_rooms_one *one = calloc(1, sizeof(*one));
    char *key = malloc(facts->key_size + 1);
    uint32_t *bucket;

    BASE_CHECK(one != NULL && key != NULL && handle.index < rooms->places
               && !rooms->at[handle.index]);
    memcpy(key, facts->key, facts->key_size);
    one->handle = handle;
    one->room = (relay_room){ .settings = rooms->settings,
                              .key = key,
                              .key_size = facts->key_size,
                              .keep_count = facts->keep_count,
                              .keep_age_ms = facts->keep_age_ms,
                              .realm = facts->realm,
                              .archive_keep_ms = -1 };
    one->newest = facts->newest;
    one->epoch = facts->epoch;
    relay_room_channel(&one->room, &one->channel);
    bucket = bucket_of(rooms, one->channel.data, one->channel.len);
    one->next = *bucket;
    *bucket = handle.index + 1;
    rooms->at[handle.index] = one;
    rooms->count++;
    return one;
}

void relay_rooms_remove(relay_rooms *rooms, relay_rooms_one *one)
{
    uint32_t *link = bucket_of(rooms, one->channel.data, one->channel.len);

    while (*link != one->handle.index + 1) {
        BASE_CHECK(*link != 0);
        link = &rooms->at[*link - 1]->next;
    }
    *link = one->next;
    rooms->at[one->handle.index] = NULL;
    rooms->count--;
    if (base_list_linked(&one->queued)) {
        base_list_remove(&one->queued);
    }
    free_one(one);
}

relay_rooms_one *relay_rooms_find(relay_rooms *rooms, const char *channel,
                                  size_t size)
{
    uint32_t place = *bucket_of(rooms, channel, size);

    while (place != 0) {
        relay_rooms_one *one = rooms->at[place - 1];

        if (one->channel.len == size
            && memcmp(one->channel.data, channel, size) == 0) {
            return one;
        }
        place = one->next;
    }
    return NULL;
}

bool relay_rooms_put_off(relay_rooms *rooms, room_handle handle)
{
    bool first = rooms->put_off[handle.index] == 0;

    rooms->put_off[handle.index] = handle.generation + 1;
    return first;
}

room_handle relay_rooms_take_off(relay_rooms *rooms, uint32_t index)
{
    room_handle handle = { index, rooms->put_off[index] - 1 };

    rooms->put_off[index] = 0;
    return handle;
}

uint32_t relay_rooms_count(const relay_rooms *rooms)
{
    return rooms->count;
}

uint32_t relay_rooms_places(const relay_rooms *rooms)
{
    return rooms->places;
}
