/* test_room_flip.c - a segment with flipped bits may lose rooms, but nobody
 * crashes, reads outside it, or loops.
 *
 * The segment lies between two guard pages. The mutexes themselves are left
 * alone: their words belong to the system.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/base_log.h"
#include "room/archive/room_ack.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_archive_figures.h"
#include "room/archive/room_import.h"
#include "room/people/room_address.h"
#include "room/people/room_member.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_slot.h"
#include "room/set/room_rate.h"
#include "room_arena.h"
#include "room_check.h"

#define ROUNDS 3000
#define ROOMS 4

typedef struct {
    unsigned char *memory;
    unsigned char *pristine;
    size_t size;
    room_store *store;
    room_handle rooms[ROOMS];
    uint64_t random;
} victim;

static unsigned lines;

static void count_line(void *context, base_log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
    lines++;
}

static uint64_t next_random(victim *v)
{
    v->random ^= v->random << 13;
    v->random ^= v->random >> 7;
    v->random ^= v->random << 17;
    return v->random;
}

static unsigned char *between_guards(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t whole = (size + page - 1) / page * page;
    unsigned char *at = mmap(NULL, whole + 2 * page, PROT_NONE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(at != MAP_FAILED);
    assert_int_equal(mprotect(at + page, whole, PROT_READ | PROT_WRITE), 0);
    return at + page + (whole - size);
}

#define TAIL ",\"text\":\"which is amended later\"}"
#define LEAD (sizeof(",\"text\":") - 1)

/* The newest message, or an event that is about the one with that number. */
static room_status say(victim *v, room_handle room, size_t size,
                       unsigned count)
{
    static char body[6000];
    room_log_entry entry = { .head = body, .head_size = size, .user = 1,
                             .tail = TAIL, .tail_size = sizeof(TAIL) - 1,
                             .text_at = LEAD,
                             .text_size = sizeof(TAIL) - 2 - LEAD,
                             .ref = &count, .ref_size = sizeof(count),
                             .wall_ms = ARENA_NOW + count,
                             .mono_us = ARENA_MONO(ARENA_NOW + count) };
    room_id id;
    uint64_t seq;

    if (count % 5 < 2 || count % 43 == 42) {
        static const room_state usual;
        room_state now = { .slow_s = count % 3 };
        room_log_target target = {
            .id = { (uint64_t)ARENA_NOW + count - 2, 0 }, .was = &usual,
            .now = &now, .author = count % 5 };

        entry.kind = count % 43 == 42   ? ROOM_LOG_STATE
                     : count % 5 == 0   ? ROOM_LOG_DELETED
                                        : ROOM_LOG_EDITED;
        return room_log_amend(v->store, room, &entry, &target, &id, &seq);
    }
    return room_log_append(v->store, room, &entry, &id, &seq);
}

static void join(victim *v, room_handle room, int slot, uint64_t user)
{
    room_member who = { .user = user, .guest = user % 2 == 0,
                        .name_key = user, .name_size = 20 + user % 90 };

    memset(who.name, 'n', sizeof(who.name));
    room_member_join(v->store, room, slot, &who, NULL);
}

static bool see_sanction(void *context, const room_sanction *what)
{
    unsigned *visited = context;

    (void)what;
    ++*visited;
    return true;
}

/* The same of who may not speak or enter. */
static void use_sanctions(victim *v, unsigned round)
{
    room_sanction what = { .kind = ROOM_SANCTION_BAN, .realm = round % 3,
                           .scope = round % 3, .whom = round,
                           .until_us = round };
    unsigned visited = 0;

    room_sanction_put(v->store, &what, round % 50, NULL);
    room_sanction_until(v->store, ROOM_SANCTION_BAN, 1, round / 2, 0);
    room_sanction_each(v->store, 1, 0, see_sanction, &visited);
    room_sanction_expire(v->store, round);
    room_sanction_end(v->store, round % 2, round, 15, NULL);
}

static bool take_in(void *context, const room_log_record *record)
{
    unsigned *visited = context;
    void *body = malloc(record->size + 1);

    room_log_copy(record, body);
    free(body);
    ++*visited;
    return true;
}

static void see_archived(void *context, room_handle room)
{
    victim *v = context;
    unsigned visited = 0;
    room_archive_facts facts;
    uint64_t next;

    if (room_archive_look(v->store, room, &facts) == ROOM_OK) {
        assert_in_range(facts.key_size, 0, ROOM_KEY_MAX);
        assert_in_range(facts.from, 1, facts.next);
        room_archive_read(v->store, room, facts.from, SIZE_MAX, take_in,
                          &visited, &next);
        room_archive_done(v->store, room, next);
    }
}

/* The same of the archive. */
static void use_archive(victim *v, room_handle room, room_handle other)
{
    static const char body[] = "{\"text\":\"hi\",\"edited\":true}";
    room_import_record record = { .body = body, .size = sizeof(body) - 1,
                                  .text_at = 8, .text_size = 4,
                                  .edited = true,
                                  .id = { (uint64_t)ARENA_NOW + 9, 1 } };
    room_import_room what = { .records = &record, .count = 1,
                              .newest = record.id };
    room_archive_figures figures;

    room_import_read(v->store, room, &what, arena_at(ARENA_NOW));
    room_import_read(v->store, other, NULL, arena_at(ARENA_NOW));
    room_archive_elect(v->store);
    room_archive_take(v->store, see_archived, v);
    room_archive_resign(v->store);
    room_archive_figures_get(v->store, 5, &figures);
    room_ack_await(v->store, room, 2);
    room_ack_wait(v->store, room, 7, 0);
}

static void set_up(victim *v, bool archive)
{
    room_store_options options = { .rooms = ROOMS, .slots = 4,
                                   .archive = archive };
    char why[200] = "";
    unsigned count = 0;

    memset(v, 0, sizeof(*v));
    v->random = 88172645463325252u;
    v->size = 192 * 1024;
    v->memory = between_guards(v->size);
    assert_true(room_store_over(v->memory, v->size, &options, &v->store, why,
                                sizeof(why)));
    for (unsigned i = 0; i < ROOMS; i++) {
        char key[2] = { 'r', (char)('0' + i) };

        room_table_open(v->store, key, 2, 40, ARENA_FOREVER,
                        arena_at(ARENA_NOW), &v->rooms[i]);
        room_import_read(v->store, v->rooms[i], NULL, arena_at(ARENA_NOW));
        for (unsigned k = 0; k < 60; k++) {
            say(v, v->rooms[i], k * 97 % 1500, count++);
        }
        for (unsigned k = 0; k < 10; k++) {
            join(v, v->rooms[i], (int)(k % 3), k / 2);
        }
    }
    for (unsigned i = 0; i < 9; i++) {
        use_sanctions(v, i);
    }
    assert_true(room_check(v->store, why, sizeof(why)));
    v->pristine = malloc(v->size);
    memcpy(v->pristine, v->memory, v->size);
}

static void restore(victim *v, const void *part, size_t size)
{
    size_t at = (size_t)((const unsigned char *)part - v->memory);

    memcpy(v->memory + at, v->pristine + at, size);
}

static void restore_locks(victim *v)
{
    room_header *header = v->store->header;

    restore(v, &header->table, sizeof(room_lock));
    restore(v, &header->pool, sizeof(room_lock));
    restore(v, &header->members, sizeof(room_lock));
    restore(v, &header->sanctions, sizeof(room_lock));
    restore(v, header->refs, sizeof(header->refs));
    restore(v, header->rates, sizeof(header->rates));
    for (uint32_t i = 0; i < v->store->geometry.rooms; i++) {
        restore(v, &v->store->items[i].lock, sizeof(room_lock));
    }
    for (uint32_t i = 0; i < room_layout_children(&v->store->geometry); i++) {
        restore(v, &v->store->children[i].lock, sizeof(room_lock));
    }
}

/* Flips where it hurts: the header, rooms, members and heads of pages more
 * often than bodies; single bits, small numbers, and whole words. */
static void flip(victim *v)
{
    const room_geometry *g = &v->store->geometry;
    struct {
        uint64_t from;
        uint64_t size;
    } parts[] = {
        { offsetof(room_header, table), sizeof(room_header) / 2 },
        { g->at_items, g->rooms * sizeof(room_item) },
        { g->at_hints, g->rooms * sizeof(room_hint) },
        { g->at_archive, g->archive != 0 ? g->rooms * sizeof(room_cursor)
                                         : sizeof(room_cursor) },
        { g->at_user_buckets, g->at_cells - g->at_user_buckets },
        { g->at_cells, 60 * sizeof(room_cell) },
        { g->at_pages, v->size - g->at_pages },
        { g->at_children, v->size - g->at_children },
    };
    uint64_t part = next_random(v) % (sizeof(parts) / sizeof(parts[0]));
    uint64_t at = parts[part].from + next_random(v) % parts[part].size;

    if (part == 6 && next_random(v) % 2 == 0) {
        at = g->at_pages + next_random(v) % g->pages * ROOM_PAGE_SIZE
             + next_random(v) % (ROOM_PAGE_HEAD + sizeof(room_record));
    }
    switch (next_random(v) % 3) {
    case 0:
        v->memory[at] ^= (unsigned char)(1u << next_random(v) % 8);
        break;
    case 1:
        v->memory[at] = (unsigned char)next_random(v);
        break;
    default:
        memset(v->memory + at / 4 * 4, next_random(v) % 2 ? 0xff : 0,
               at / 4 * 4 + 4 <= v->size ? 4 : 0);
        break;
    }
}

static bool see_member(void *context, const room_member *who)
{
    unsigned *visited = context;

    assert_in_range(who->name_size, 0, ROOM_NAME_MAX);
    ++*visited;
    return true;
}

static bool see_room(void *context, const room_table_row *row)
{
    unsigned *visited = context;

    assert_in_range(row->key_size, 0, ROOM_KEY_MAX);
    ++*visited;
    return true;
}

static void ignore_room(void *context, uint32_t room)
{
    (void)context;
    (void)room;
}

/* Everything that the hub does, for each room. */
static void use(victim *v, unsigned round)
{
    uint32_t place;
    unsigned visited = 0;
    room_handle new = { 0, 0 };
    char why[200];

    for (unsigned i = 0; i < ROOMS; i++) {
        room_log_position at;
        room_log_state now;
        room_id middle = { (uint64_t)ARENA_NOW + 60 * i + 40, 0 };
        uint64_t next;

        room_log_read(v->store, v->rooms[i], 1, UINT64_MAX, SIZE_MAX, take_in,
                      &visited, &next);
        room_log_seek(v->store, v->rooms[i], &middle, 1,
                      ARENA_MONO(ARENA_NOW), &at);
        room_log_seek(v->store, v->rooms[i], NULL, 5, ARENA_MONO(ARENA_NOW),
                      &at);
        say(v, v->rooms[i], next_random(v) % 5000, 100000 + round);
        say(v, v->rooms[i], next_random(v) % 500,
            (unsigned)next_random(v) % 60 * 5 + round % 2);
        room_log_read(v->store, v->rooms[i], next, UINT64_MAX, 9999, take_in,
                      &visited, &next);
        room_log_info(v->store, v->rooms[i], ARENA_MONO(ARENA_NOW), &now);
        join(v, v->rooms[i], 3, 1000 + i);
        join(v, v->rooms[i], 0, 1);
        room_member_each(v->store, v->rooms[i], 100, see_member, &visited,
                         NULL);
        arena_member_goes(v->store, v->rooms[i], 0, 1, round % 2, NULL);
        room_log_wake_readers(v->store, v->rooms[i], -1);
    }
    room_table_each(v->store, ARENA_MONO(ARENA_NOW), see_room, &visited);
    room_table_open(v->store, "new", 3, 4, 5, arena_at(ARENA_NOW), &new);
    room_rate_take(v->store, round, 0, 1, 1, 1, NULL);
    if (room_address_enter(v->store, round, 1, 5, &place) == ROOM_OK) {
        room_address_leave(v->store, place);
    }
    room_address_enter(v->store, round % 7, 3, 9, &place);
    use_sanctions(v, round);
    if (v->store->geometry.archive != 0) {
        use_archive(v, new, v->rooms[round % ROOMS]);
    }
    room_slot_take(v->store, 1, ignore_room, NULL);
    room_slot_reap(v->store, 3);
    room_member_expire(v->store, ARENA_FOREVER / 2);
    (void)room_check(v->store, why, sizeof(why));
}

static void flip_and_use(bool archive, unsigned rounds)
{
    victim v;
    char why[200];

    lines = 0;
    base_log_set(count_line, NULL, BASE_LOG_DEBUG);
    set_up(&v, archive);
    for (unsigned round = 0; round < rounds; round++) {
        unsigned flips = 1u << next_random(&v) % 6;

        memcpy(v.memory, v.pristine, v.size);
        while (flips-- > 0) {
            flip(&v);
        }
        restore_locks(&v);
        use(&v, round);
    }
    assert_in_range(lines, 1, UINT32_MAX); /* some rooms were damaged */
    memcpy(v.memory, v.pristine, v.size);
    assert_true(room_check(v.store, why, sizeof(why)));
    free(v.pristine);
    room_store_free(v.store);
}

static void flipped_bits_crash_nobody(void **state)
{
    (void)state;
    flip_and_use(false, ROUNDS);
}

static void flipped_bits_with_an_archive(void **state)
{
    (void)state;
    flip_and_use(true, ROUNDS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flipped_bits_crash_nobody),
        cmocka_unit_test(flipped_bits_with_an_archive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
