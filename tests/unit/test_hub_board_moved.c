/* test_hub_board_moved.c - the board at a restart: each connection is listed
 * once, rooms of another segment are no rooms of the asker's, and who stops
 * takes no more. Besides, a board that nobody asks costs nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hub_board_stage.h"
#include "hub_hands_stage.h"

enum { MOVED = 20 };

typedef struct {
    hub_stage *stage;
    atomic_bool over;
    atomic_uint asked;
    unsigned twice; /* users that were listed more than once */
} watcher;

static void *watch(void *context)
{
    watcher *of = context;

    while (!atomic_load(&of->over)) {
        hub_board_stage_list got = { .bytes = BASE_BYTES_INIT };

        if (hub_board_ask(of->stage->board, of->stage->store,
                          &hub_board_stage_all, &got.bytes, &got.sum)) {
            unsigned seen[MOVED + 1] = { 0 };

            got.rows = (const hub_board_row *)(const void *)got.bytes.data;
            for (size_t i = 0; i < got.bytes.len / sizeof(*got.rows); i++) {
                of->twice += seen[got.rows[i].user]++;
            }
            atomic_fetch_add(&of->asked, 1);
        }
        base_bytes_free(&got.bytes);
        poll(NULL, 0, 1); /* others ask, too */
    }
    return NULL;
}

/* Each connection once, while they go from one child to the next and after it;
 * whoever has it now tells of it. */
static void test_moved(void **state)
{
    hub_hands_stage made;
    hub_peer peers[MOVED];
    watcher of = { .stage = &made.stage };
    pthread_t thread;
    hub_board_stage_list got;

    (void)state;
    hub_hands_open(&made);
    hub_stage_stop(&made.stage, 0, false);
    made.stage.board = hub_board_create(HUB_BOARD_STAGE_PLACES);
    hub_stage_start(&made.stage, 0);
    for (uint64_t user = 1; user <= MOVED; user++) {
        hub_hands_join(&peers[user - 1], &made.stage, 0, &hub_way_ws, user);
        hub_peer_expect_text(&peers[user - 1], "{\"type\":\"hello\"");
    }
    HUB_BOARD_STAGE_EXPECT(&made.stage, &hub_board_stage_all, MOVED);
    assert_int_equal(pthread_create(&thread, NULL, watch, &of), 0);
    HUB_STAGE_WAIT(atomic_load(&of.asked) > 0);
    hub_hands_begin_second(&made);
    hub_hands_give(&made);
    HUB_STAGE_WAIT(hub_stage_count(&made.stage, ACT_COUNT_MOVED) == MOVED);
    HUB_BOARD_STAGE_EXPECT(&made.stage, &hub_board_stage_all, MOVED);
    atomic_store(&of.over, true);
    pthread_join(thread, NULL);
    assert_int_equal(of.twice, 0);
    got = hub_board_stage_ask(&made.stage, &hub_board_stage_all);
    assert_int_equal(got.sum.children, 1);
    for (uint64_t user = 1; user <= MOVED; user++) {
        const hub_board_row *row = hub_board_stage_row(&got, user);

        assert_int_equal(row->place, got.rows[0].place);
        assert_string_equal(row->transport, "websocket");
        hub_peer_leave(&peers[user - 1]);
    }
    base_bytes_free(&got.bytes);
    hub_hands_close(&made);
    hub_board_destroy(made.stage.board);
}

/* Two children in this very thread, for one question. */
typedef struct {
    hub_board *board;
    int places[2];
} twins;

static void answer_as(hub_board *board, int place, int64_t when,
                      uint64_t number)
{
    hub_board_head *head = &board->page->heads[place];
    hub_board_entry *entries = hub_board_page_entries(board, (unsigned)place);

    for (uint64_t i = 0; i < 3; i++) { /* the first is in both */
        entries[i] = (hub_board_entry){
            .user = i + (i > 0 ? (uint64_t)place * 10 : 0),
            .socket = 100 + i + (i > 0 ? (uint64_t)place * 10 : 0),
            .transport = "sse"
        };
    }
    atomic_store(&head->all, 3);
    atomic_store(&head->count, 3);
    atomic_store(&head->when, when);
    atomic_store(&head->answered, number);
}

static void *answer_both(void *context)
{
    twins *of = context;
    uint64_t number;

    while ((number = atomic_load(&of->board->page->asked)) % 2 == 1
           || number == 0) {
        poll(NULL, 0, 1);
    }
    answer_as(of->board, of->places[0], 2000, number);
    answer_as(of->board, of->places[1], 1000, number);
    return NULL;
}

/* Both have answered with it: it is the one's who was asked later. */
static void test_twice(void **state)
{
    hub_stage stage;
    twins of;
    pthread_t thread;
    hub_board_stage_list got;

    (void)state;
    hub_board_stage_open(&stage, 0);
    of.board = stage.board;
    for (int i = 0; i < 2; i++) {
        of.places[i] = i;
        stage.board->page->heads[i].alive = base_clock_mono();
        stage.board->page->heads[i].pid = (int32_t)getpid();
    }
    assert_int_equal(pthread_create(&thread, NULL, answer_both, &of), 0);
    got = hub_board_stage_ask(&stage, &hub_board_stage_all);
    pthread_join(thread, NULL);
    assert_int_equal(got.count, 5);
    assert_int_equal(got.sum.all, 5);
    assert_int_equal(hub_board_stage_row(&got, 0)->place, 0);
    base_bytes_free(&got.bytes);
    hub_board_leave(stage.board, 0);
    hub_board_leave(stage.board, 1);
    hub_board_stage_close(&stage);
}

static int64_t processor_time(void)
{
    struct timespec spent;

    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent), 0);
    return (int64_t)spent.tv_sec * 1000000 + spent.tv_nsec / 1000;
}

/* Whatever number stands there, nobody asks for it again and again. */
static void test_rests(void **state)
{
    static const uint64_t numbers[] = { 0, 1, 2, UINT64_MAX };
    hub_stage stage;
    int64_t before;

    (void)state;
    hub_board_stage_open(&stage, 2);
    assert_int_equal(hub_board_stage_count(&stage, &hub_board_stage_all), 0);
    for (size_t i = 0; i < 4; i++) {
        atomic_store(&stage.board->page->asked, numbers[i]);
        before = processor_time();
        poll(NULL, 0, 400);
        assert_true(processor_time() - before < 200000);
    }
    assert_int_equal(hub_board_stage_count(&stage, &hub_board_stage_all), 0);
    hub_board_stage_close(&stage);
}

/* Rooms of a segment that was left are not those of the asker's. */
static void test_older_segment(void **state)
{
    hub_board_question of = { .kind = HUB_BOARD_LIST, .by_room = true };
    hub_stage stage;
    hub_peer peer;
    hub_board_stage_list got;

    (void)state;
    hub_board_stage_open(&stage, 1);
    hub_peer_join(&peer, &stage, 0, "/lobby", 1);
    hub_peer_expect_text(&peer, "{\"type\":\"hello\"");
    of.room = hub_board_stage_room(&stage, "/lobby");
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 1);
    room_store_close(stage.store);
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 0);
    got = hub_board_stage_ask(&stage, &hub_board_stage_all);
    assert_true(got.rows[0].in_room);
    assert_int_not_equal(got.rows[0].room.index, of.room.index);
    base_bytes_free(&got.bytes);
    hub_peer_leave(&peer);
    hub_board_stage_close(&stage);
}

static void test_figures(void **state)
{
    hub_board_figures figures;
    hub_stage stage;

    (void)state;
    hub_board_stage_open(&stage, 2);
    hub_board_figures_get(stage.board, &figures);
    assert_int_equal(figures.children, 2);
    assert_int_equal(figures.limit, 2 * stage.max_connections);
    hub_stage_stop(&stage, 1, true);
    hub_board_figures_get(stage.board, &figures);
    assert_int_equal(figures.children, 1);
    assert_int_equal(figures.limit, stage.max_connections);
    hub_board_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moved),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_rests),
        cmocka_unit_test(test_older_segment),
        cmocka_unit_test(test_figures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
