/* test_room_kept.c - rooms that hosts share, with an archive: up to where it
 * has each is what the relay tells, and so holds for whoever waits, over kills
 * and into another segment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room/archive/room_ack.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_archive_figures.h"
#include "room/log/room_item.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_move.h"
#include "room_teller.h"

#define ARCHIVE 7
#define OTHER_ARCHIVE 8
#define SAID 5
#define STEPS_MOST 2000u

static unsigned steps_left; /* 0: never */

void room_fault_hit(int place)
{
    (void)place;
    if (steps_left > 0 && --steps_left == 0) {
        kill(getpid(), SIGKILL);
    }
}

typedef struct {
    room_teller there;
    arena here;
    room_handle room;
    room_id ids[SAID];
} stage;

static void begin(stage *s)
{
    memset(s, 0, sizeof(*s));
    room_teller_open(&s->there);
    for (int i = 0; i < SAID; i++) {
        s->ids[i] = room_said_by_ann(&s->there.a, s->there.room, "word");
    }
    room_teller_fetch(&s->there);
    s->there.rows.room.keep_ms = INT64_MAX;
    arena_open_shared(&s->here, TELLER_PAGES, TELLER_RELAY, ARCHIVE, NULL);
    s->room = arena_room(&s->here, "room", 20);
}

static void end(stage *s)
{
    arena_check(&s->here);
    arena_close(&s->here);
    room_teller_close(&s->there);
}

static void read_in(stage *s)
{
    assert_int_equal(room_teller_read_in(&s->there, &s->here, s->room),
                     ROOM_OK);
}

/* With what the relay says of the archive. */
static void begin_kept(stage *s, const room_id *kept, int64_t keep_ms)
{
    begin(s);
    if (kept != NULL) {
        s->there.rows.room.kept = *kept;
    }
    s->there.rows.room.keep_ms = keep_ms;
    read_in(s);
}

static uint64_t upto(const stage *s)
{
    return room_ack_upto(s->here.store, s->room);
}

static void keep(stage *s, int index, bool refused)
{
    assert_int_equal(room_follow_kept(s->here.store, s->room, &s->ids[index],
                                      refused), ROOM_OK);
}

/* Ann says it there, and it comes by. */
static room_id say(stage *s)
{
    room_id id = room_said_by_ann(&s->there.a, s->there.room, "and");

    assert_int_equal(room_teller_live(&s->there, &s->here, s->room), ROOM_OK);
    return id;
}

static void reading_in_says_what_is_archived(void **state)
{
    const room_id before = { 5, 0 };
    stage s;

    (void)state;
    begin(&s);
    assert_true(upto(&s) == UINT64_MAX); /* nobody knows */
    end(&s);
    begin_kept(&s, NULL, 0); /* there is no archive */
    assert_true(upto(&s) == UINT64_MAX);
    end(&s);
    for (int i = 0; i < SAID; i++) {
        begin(&s);
        s.there.rows.room.kept = s.ids[i];
        read_in(&s);
        assert_int_equal(upto(&s), i + 2); /* numbers begin with 1 */
        end(&s);
    }
    begin_kept(&s, &s.there.rows.room.birth, INT64_MAX);
    end(&s);
    /* Something in front of what is here is not written. */
    begin_kept(&s, &before, INT64_MAX);
    assert_int_equal(upto(&s), 0);
    keep(&s, 2, false);
    assert_int_equal(upto(&s), 4);
    end(&s);
}

static void nothing_that_was_said_is_nothing_to_wait_for(void **state)
{
    stage s;
    room_id id;

    (void)state;
    memset(&s, 0, sizeof(s));
    room_teller_open(&s.there);
    room_teller_fetch(&s.there);
    s.there.rows.room.keep_ms = INT64_MAX;
    arena_open_shared(&s.here, TELLER_PAGES, TELLER_RELAY, ARCHIVE, NULL);
    s.room = arena_room(&s.here, "room", 20);
    read_in(&s);
    assert_int_equal(upto(&s), 1);
    id = say(&s);
    assert_int_equal(upto(&s), 1);
    assert_int_equal(room_ack_wait(s.here.store, s.room, 1, 0), ROOM_BUSY);
    assert_int_equal(room_follow_kept(s.here.store, s.room, &id, false),
                     ROOM_OK);
    assert_int_equal(room_ack_wait(s.here.store, s.room, 1, 0), ROOM_OK);
    end(&s);
}

static void it_only_moves_on(void **state)
{
    stage s;
    _Atomic int64_t *behind;
    room_id id;

    (void)state;
    begin_kept(&s, NULL, INT64_MAX);
    behind = &s.here.store->cursors[s.room.index].behind_us;
    keep(&s, 3, false);
    assert_int_equal(upto(&s), 5);
    keep(&s, 1, false);
    assert_int_equal(upto(&s), 5);
    keep(&s, 4, false);
    assert_int_equal(upto(&s), 6);
    id = say(&s);
    assert_int_equal(upto(&s), 6);
    assert_true(atomic_load(behind) == ARENA_MONO(ARENA_NOW));
    atomic_store(behind, 42);
    say(&s); /* the first one counts */
    assert_true(atomic_load(behind) == 42);
    assert_int_equal(room_follow_kept(s.here.store, s.room, &id, false),
                     ROOM_OK);
    assert_int_equal(upto(&s), 7);
    end(&s);
}

static void what_was_refused_is_known(void **state)
{
    room_archive_figures figures;
    stage s;
    uint64_t before;

    (void)state;
    begin_kept(&s, NULL, INT64_MAX);
    before = upto(&s);
    keep(&s, 1, true);
    /* What is in front of it is told by another. */
    assert_int_equal(upto(&s), before);
    assert_true(room_ack_refused(s.here.store, s.room, 2));
    assert_false(room_ack_refused(s.here.store, s.room, 1));
    keep(&s, 4, false);
    assert_true(room_ack_refused(s.here.store, s.room, 2));
    /* Whoever writes has counted it. */
    room_archive_figures_get(s.here.store, 0, &figures);
    assert_int_equal(figures.lost, 0);
    /* One that is not here is none of ours. */
    assert_int_equal(room_follow_kept(s.here.store, s.room,
                                      &(room_id){ 5, 5 }, true), ROOM_OK);
    assert_false(room_ack_refused(s.here.store, s.room, 1));
    end(&s);
}

static void an_archive_appears(void **state)
{
    stage s;

    (void)state;
    begin_kept(&s, NULL, 0);
    assert_true(upto(&s) == UINT64_MAX);
    keep(&s, 1, false);
    assert_int_equal(upto(&s), 3);
    end(&s);
}

static void an_archive_is_gone(void **state)
{
    stage s;

    (void)state;
    begin_kept(&s, NULL, INT64_MAX);
    keep(&s, 1, false);
    room_follow_unkept(s.here.store);
    assert_true(upto(&s) == UINT64_MAX);
    keep(&s, 2, false); /* it comes back */
    assert_int_equal(upto(&s), 4);
    end(&s);
}

static void who_cannot_follow_says_so(void **state)
{
    stage s;
    const room_id id = { 7, 7 };

    (void)state;
    begin(&s);
    assert_int_equal(room_follow_kept(s.here.store, s.room, &id, false),
                     ROOM_UNREAD);
    read_in(&s);
    assert_int_equal(room_follow_kept(s.here.store,
                                      (room_handle){ s.room.index, 99 }, &id,
                                      false), ROOM_GONE);
    room_store_close(s.here.store);
    assert_int_equal(room_follow_kept(s.here.store, s.room, &id, false),
                     ROOM_MOVED);
    end(&s);
}

static void where_nothing_is_archived_nothing_follows(void **state)
{
    room_teller_pair s;
    room_id id;

    (void)state;
    room_teller_begin_read_in(&s);
    id = room_teller_say(&s, "word");
    assert_int_equal(room_follow_kept(s.here.store, s.room, &id, true),
                     ROOM_OK);
    assert_true(room_ack_upto(s.here.store, s.room) == UINT64_MAX);
    room_teller_end(&s);
}

static void a_room_that_is_replaced_begins_anew(void **state)
{
    stage s;

    (void)state;
    begin_kept(&s, NULL, INT64_MAX);
    keep(&s, 4, false);
    s.there.rows.room.kept = s.ids[2];
    assert_int_equal(room_follow_replace(s.here.store, s.room,
                                         &s.there.rows.room, TELLER_EPOCH,
                                         arena_at(ARENA_NOW)), ROOM_OK);
    /* Behind the number that is left out. */
    assert_int_equal(upto(&s), 6 + 1 + 3);
    /* Another stream may lack something in front. */
    assert_int_equal(room_follow_replace(s.here.store, s.room,
                                         &s.there.rows.room, TELLER_EPOCH + 1,
                                         arena_at(ARENA_NOW)), ROOM_OK);
    assert_int_equal(upto(&s), 0);
    keep(&s, 4, false);
    assert_int_equal(upto(&s), room_log_next(s.here.store, s.room));
    end(&s);
}

/* What gives way here is in the relay. */
static void nothing_is_lost_here(void **state)
{
    room_archive_figures figures;
    stage s;

    (void)state;
    begin_kept(&s, NULL, INT64_MAX);
    room_item_reset(s.here.store, s.room.index);
    for (int i = 0; i < 3; i++) {
        char key[] = { 'r', (char)('0' + i), '\0' };

        arena_room(&s.here, key, 20);
    }
    room_archive_figures_get(s.here.store, 0, &figures);
    assert_int_equal(figures.lost, 0);
    assert_false(room_cursor_calls(s.here.store, s.room.index));
    end(&s);
}

static room_handle moved(stage *s, arena *now, uint32_t relay,
                         uint32_t archive)
{
    room_move_figures told;

    arena_open_shared(now, TELLER_PAGES, relay, archive, s->here.store);
    room_move_all(s->here.store, now->store, arena_at(ARENA_NOW), &told);
    return arena_room(now, "room", 20);
}

static void it_goes_into_another_segment(void **state)
{
    static const struct {
        uint32_t relay;
        uint32_t archive;
        uint64_t upto;
        bool asked;
    } cases[] = {
        { TELLER_RELAY, ARCHIVE, 4, true },
        { TELLER_RELAY, OTHER_ARCHIVE, 4, false },
        { 0, ARCHIVE, 4, true },
        { 0, OTHER_ARCHIVE, 0, false },
        { TELLER_RELAY + 1, OTHER_ARCHIVE, 0, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        arena now;
        room_handle room;
        stage s;

        begin_kept(&s, NULL, INT64_MAX);
        room_archive_begin(s.here.store, NULL);
        keep(&s, 2, false);
        room = moved(&s, &now, cases[i].relay, cases[i].archive);
        assert_int_equal(room_ack_upto(now.store, room), cases[i].upto);
        assert_int_equal(room_archive_asked(now.store), cases[i].asked);
        arena_close(&now);
        end(&s);
    }
}

/* True when it got through. */
static bool dies_at(stage *s, unsigned k)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        steps_left = k;
        read_in(s);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void whoever_is_killed_in_reading_in_leaves_no_wrong_number(void **state)
{
    bool through = false;
    unsigned k = 0;

    (void)state;
    while (!through) {
        arena_seen seen;
        stage s;

        begin(&s);
        s.there.rows.room.kept = s.ids[1];
        through = dies_at(&s, ++k);
        if (room_relay_wanted(s.here.store, s.room)) {
            read_in(&s);
        }
        arena_read(&s.here, s.room, 1, &seen);
        assert_int_equal(upto(&s), seen.first + 2);
        assert_int_equal(room_follow_kept(s.here.store, s.room, &s.ids[4],
                                          false), ROOM_OK);
        assert_int_equal(upto(&s), room_log_next(s.here.store, s.room));
        end(&s);
    }
    print_message("  %u steps\n", k - 1);
    assert_in_range(k, 10, STEPS_MOST);
}

static void the_secret_of_the_relay_stays(void **state)
{
    const base_hash_key theirs = { 1, 2 };
    const base_hash_key ours = { 3, 4 };
    arena a;

    (void)state;
    arena_open_shared(&a, 40, TELLER_RELAY, ARCHIVE, NULL);
    assert_false(room_archive_ready(a.store));
    room_archive_begin(a.store, &ours);
    assert_true(room_archive_asked(a.store));
    assert_true(room_archive_ready(a.store));
    assert_memory_equal(room_store_secret(a.store), &ours, sizeof(ours));
    room_relay_begin(a.store, &theirs); /* it knew one before */
    assert_memory_equal(room_store_secret(a.store), &theirs, sizeof(theirs));
    arena_close(&a);
    arena_open_shared(&a, 40, TELLER_RELAY, ARCHIVE, NULL);
    room_relay_begin(a.store, &theirs);
    assert_false(room_archive_asked(a.store));
    assert_true(room_archive_ready(a.store)); /* the relay has all it needs */
    room_archive_begin(a.store, &ours);
    assert_true(room_archive_asked(a.store));
    assert_memory_equal(room_store_secret(a.store), &theirs, sizeof(theirs));
    assert_true(room_ack_sanctions(a.store, 1000));
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_in_says_what_is_archived),
        cmocka_unit_test(nothing_that_was_said_is_nothing_to_wait_for),
        cmocka_unit_test(it_only_moves_on),
        cmocka_unit_test(what_was_refused_is_known),
        cmocka_unit_test(an_archive_appears),
        cmocka_unit_test(an_archive_is_gone),
        cmocka_unit_test(who_cannot_follow_says_so),
        cmocka_unit_test(where_nothing_is_archived_nothing_follows),
        cmocka_unit_test(a_room_that_is_replaced_begins_anew),
        cmocka_unit_test(nothing_is_lost_here),
        cmocka_unit_test(it_goes_into_another_segment),
        cmocka_unit_test(
            whoever_is_killed_in_reading_in_leaves_no_wrong_number),
        cmocka_unit_test(the_secret_of_the_relay_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
