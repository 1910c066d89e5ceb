/* test_room_relay_fault.c - a process is killed at every step of reading a room
 * in from the relay, of following it, of replacing a room, of becoming the
 * reader and of counting what other hosts have of an address: the next one goes
 * on as if nothing had happened.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room/people/room_address.h"
#include "room/people/room_member.h"
#include "room/relay/room_reader.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"
#include "room_check.h"
#include "room_teller.h"

#define STEPS_MOST 2000u

static unsigned steps_left; /* 0: never */

void room_fault_hit(int place)
{
    (void)place;
    if (steps_left > 0 && --steps_left == 0) {
        kill(getpid(), SIGKILL);
    }
}

typedef room_teller_pair stage;
typedef void scene_fn(stage *s);

/* Runs the scene in a process that dies at its k-th step; true when it got
 * through. */
static bool dies_at(stage *s, scene_fn *scene, unsigned k)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        steps_left = k;
        scene(s);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status)) {
        assert_int_equal(WEXITSTATUS(status), 0);
        return true;
    }
    assert_int_equal(WTERMSIG(status), SIGKILL);
    return false;
}

static void has(const stage *s, bool wanted)
{
    const room_rows *rows = &s->there.rows;

    assert_int_equal(room_relay_has(s->here.store, s->room,
                                    &rows->records[rows->room.count - 1].id),
                     wanted);
}

/* Messages, an edit, a deletion and a state, of some pages. */
static room_id say_much(stage *s)
{
    const room_state usual = { .slow_s = 0 };
    const room_state slow = { .slow_s = 3, .topic = "hm", .topic_size = 2 };
    room_id ids[3];

    for (int i = 0; i < 3; i++) {
        char text[900] = "word ";

        memset(text + 5, 'a' + i, (size_t)(i * 400));
        ids[i] = room_said_by_ann(&s->there.a, s->there.room, text);
    }
    room_said_edit(&s->there.a, s->there.room, ids[0], "another word");
    room_said_erase(&s->there.a, s->there.room, ids[1], 0);
    room_said_state(&s->there.a, s->there.room, &usual, &slow);
    return ids[0];
}

static void read_in(stage *s)
{
    room_teller_read_in(&s->there, &s->here, s->room);
}

static void repair(stage *s)
{
    char why[200];

    (void)room_check(s->here.store, why, sizeof(why));
}

static void is_as_there(stage *s)
{
    room_state is;

    arena_check(&s->here);
    room_teller_compare(s);
    has(s, true);
    assert_int_equal(room_state_read(s->here.store, s->room, &is), ROOM_OK);
    assert_int_equal(is.slow_s, s->there.rows.room.state.slow_s);
    room_teller_say_live(s, "and on");
    room_teller_compare(s);
}

static void reading_in_is_cut(void **state)
{
    bool through = false;
    unsigned k = 0;

    (void)state;
    while (!through) {
        stage s;

        room_teller_begin(&s);
        say_much(&s);
        room_teller_fetch(&s.there);
        s.room = arena_room(&s.here, "room", 20);
        through = dies_at(&s, read_in, ++k);
        if (room_relay_wanted(s.here.store, s.room)) {
            has(&s, false);
        }
        if (k % 3 == 0) {
            dies_at(&s, repair, k / 3);
            dies_at(&s, read_in, k / 2 + 1);
        }
        /* Whether it got to its end or not. */
        read_in(&s);
        is_as_there(&s);
        room_teller_end(&s);
    }
    print_message("  %u steps\n", k - 1);
    assert_in_range(k, 20, STEPS_MOST);
}

static void append_last(stage *s)
{
    const room_import_room *what = &s->there.rows.room;
    const room_import_record *record = &what->records[what->count - 1];

    room_follow_append(s->here.store, s->room, &(room_id){ 0, 0 }, record,
                       &what->state, arena_at(ARENA_NOW));
}

typedef void amend_fn(stage *s, room_id first);

static void say_long(stage *s, room_id first)
{
    char text[1000];

    (void)first;
    memset(text, 'y', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    room_teller_say(s, text);
}

static void edit(stage *s, room_id first)
{
    room_said_edit(&s->there.a, s->there.room, first, "yet another word");
}

static void erase(stage *s, room_id first)
{
    room_said_erase(&s->there.a, s->there.room, first, 0);
}

static void set(stage *s, room_id first)
{
    const room_state was = s->there.rows.room.state;
    const room_state now = { .slow_s = 9 };

    (void)first;
    room_said_state(&s->there.a, s->there.room, &was, &now);
}

static void clear(stage *s, room_id first)
{
    (void)first;
    room_said_clear(&s->there.a, s->there.room);
}

/* Both numbers of the newest id are another one. */
static void following_is_cut_at(amend_fn *amend, unsigned k, bool *through)
{
    stage s;
    room_id first;

    room_teller_begin(&s);
    first = say_much(&s);
    s.room = room_teller_new(&s.there, &s.here, "room");
    amend(&s, first);
    room_teller_fetch(&s.there);
    has(&s, false);
    *through = dies_at(&s, append_last, k);
    /* It may be there, and not be told yet. */
    dies_at(&s, repair, k % 5 + 1);
    append_last(&s);
    assert_true(amend != edit || !room_said_holds(&s.here, "\"another word"));
    is_as_there(&s);
    room_teller_end(&s);
}

static void following_is_cut(void **state)
{
    static amend_fn *const amends[] = { say_long, edit, erase, set, clear };

    (void)state;
    for (size_t i = 0; i < sizeof(amends) / sizeof(amends[0]); i++) {
        bool through = false;
        unsigned k = 0;

        while (!through) {
            following_is_cut_at(amends[i], ++k, &through);
        }
        print_message("  %u steps\n", k - 1);
        assert_in_range(k, 8, STEPS_MOST);
    }
}

/* A new millisecond, so that the newest id is written in two steps. */
static void no_half_of_an_id_is_seen(void **state)
{
    bool through = false;

    (void)state;
    for (unsigned k = 1; !through; k++) {
        stage s;
        room_id last;
        room_id wrong;

        room_teller_begin(&s);
        s.room = room_teller_new(&s.there, &s.here, "room");
        for (int i = 0; i < 4; i++) {
            last = room_teller_say_live(&s, "word"); /* MS-4 */
        }
        room_said_message(&s.there.a, s.there.room,
                          &(room_said){ ANN, "later", NULL, ARENA_NOW + 5 });
        room_teller_fetch(&s.there);
        through = dies_at(&s, append_last, k);
        wrong = (room_id){ ARENA_NOW + 5, 1 };
        assert_false(room_relay_has(s.here.store, s.room, &wrong));
        arena_check(&s.here);
        assert_true(room_relay_has(s.here.store, s.room, &last));
        append_last(&s);
        has(&s, true);
        room_teller_end(&s);
    }
}

static void replace(stage *s)
{
    room_follow_replace(s->here.store, s->room, &s->there.rows.room,
                        TELLER_EPOCH + 1, arena_at(ARENA_NOW));
}

/* Whoever has read before sees a jump, and no position of before is exact. */
static void replacing_is_cut(void **state)
{
    bool through = false;
    unsigned k = 0;

    (void)state;
    while (!through) {
        stage s;
        room_id newest;
        room_said_reading reader = { .next = 1 };

        room_teller_begin(&s);
        s.room = room_teller_new(&s.there, &s.here, "room");
        room_teller_say_live(&s, "before");
        newest = room_teller_say_live(&s, "before");
        newest.n -= 1;
        room_said_read(&s.here, s.room, &reader);
        say_much(&s);
        room_teller_fetch(&s.there);
        through = dies_at(&s, replace, ++k);
        if (k % 3 == 0) {
            dies_at(&s, repair, k / 3);
        }
        if (room_relay_wanted(s.here.store, s.room)) {
            assert_int_equal(room_relay_read_in(s.here.store, s.room,
                                                &s.there.rows.room,
                                                TELLER_EPOCH + 1,
                                                arena_at(ARENA_NOW)), ROOM_OK);
        }
        else if (!through) {
            replace(&s);
        }
        is_as_there(&s);
        room_said_read(&s.here, s.room, &reader);
        assert_int_equal(reader.gaps, 1);
        assert_true(room_teller_cursor(&s, newest).gap);
        room_teller_end(&s);
    }
    print_message("  %u steps\n", k - 1);
    assert_in_range(k, 20, STEPS_MOST);
}

static void be_reader(stage *s)
{
    if (room_reader_elect(s->here.store)) {
        (void)room_reader_part(s->here.store);
        room_reader_resign(s->here.store);
    }
}

static void look(void *context, room_handle room)
{
    unsigned *count = context;

    (void)room;
    ++*count;
}

static void an_election_is_cut(void **state)
{
    bool through = false;
    unsigned k = 0;

    (void)state;
    while (!through) {
        stage s;
        room_member who = { .user = 1, .name_key = 1, .guest = true,
                            .name_size = 1, .name = "a" };
        unsigned marked = 0;

        room_teller_begin_read_in(&s);
        assert_int_equal(room_member_join(s.here.store, s.room,
                                          room_reader_slot(s.here.store),
                                          &who, NULL), ROOM_OK);
        assert_int_equal(room_address_set(s.here.store, 7,
                                          room_reader_slot(s.here.store), 5),
                         ROOM_OK);
        through = dies_at(&s, be_reader, ++k);
        assert_true(room_reader_elect(s.here.store));
        room_reader_take(s.here.store, look, &marked);
        assert_int_equal(marked, 1);
        assert_true(room_reader_part(s.here.store));
        assert_int_equal(atomic_load(
                             &s.here.store->items[s.room.index].ghosts), 1);
        assert_int_equal(room_address_count_all(s.here.store, 7), 0);
        room_reader_resign(s.here.store);
        room_teller_end(&s);
    }
    assert_in_range(k, 2, STEPS_MOST);
}

/* Connections of an address on other hosts come, change and go, among those of
 * this host. */
static void hear_addresses(stage *s)
{
    room_store *store = s->here.store;
    uint64_t other = 7 + store->geometry.addresses; /* in one chain with 7 */
    int slot = room_reader_slot(store);

    room_address_set(store, 7, slot, 5);
    room_address_set(store, 7, slot, 6);
    room_address_set(store, other, slot, 4);
    room_address_set(store, 7, slot, 0);
    room_address_set(store, other + store->geometry.addresses, slot, 4);
}

static void hearing_of_addresses_is_cut(void **state)
{
    bool through = false;
    unsigned k = 0;

    (void)state;
    while (!through) {
        stage s;
        uint32_t place;

        room_teller_begin_read_in(&s);
        assert_int_equal(room_address_enter(s.here.store, 7, 1, 9, &place),
                         ROOM_OK);
        through = dies_at(&s, hear_addresses, ++k);
        dies_at(&s, be_reader, k % 3 + 1);
        assert_true(room_reader_elect(s.here.store));
        assert_int_equal(room_address_count_all(s.here.store, 7), 1);
        hear_addresses(&s);
        assert_int_equal(room_address_count_all(s.here.store, 7), 1);
        assert_int_equal(room_address_count_all(
                             s.here.store,
                             7 + s.here.store->geometry.addresses), 4);
        room_reader_resign(s.here.store);
        room_teller_end(&s);
    }
    assert_in_range(k, 8, STEPS_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_in_is_cut),
        cmocka_unit_test(following_is_cut),
        cmocka_unit_test(no_half_of_an_id_is_seen),
        cmocka_unit_test(replacing_is_cut),
        cmocka_unit_test(an_election_is_cut),
        cmocka_unit_test(hearing_of_addresses_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
