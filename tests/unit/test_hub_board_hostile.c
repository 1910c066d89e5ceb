/* test_hub_board_hostile.c - the board when processes are stopped or killed at
 * any instant, and when one writes there what it likes: nobody waits for long,
 * nobody falls over it, and afterwards all is as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub_board_stage.h"

#define KILLED 4
#define WILD_US INT64_C(1000000)

static const hub_board_question with_addresses = { .kind = HUB_BOARD_LIST,
                                                   .addresses = true };

/* A process of its own, made before this one has threads. */
typedef struct {
    pid_t pid;
    int ready; /* it writes a byte when it is so far, */
    int go;    /* and reads one before that */
} other;

typedef void play_fn(hub_stage *stage, const other *own);

static other begin_other(hub_stage *stage, play_fn *play)
{
    other made;
    int go[2];
    int ready[2];

    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(ready), 0);
    made.pid = fork();
    assert_true(made.pid >= 0);
    if (made.pid == 0) {
        other own = { .ready = ready[1], .go = go[0] };

        close(go[1]);
        close(ready[0]);
        play(stage, &own);
        _exit(1);
    }
    close(go[0]);
    close(ready[1]);
    made.go = go[1];
    made.ready = ready[0];
    return made;
}

static void tell(int fd)
{
    if (write(fd, "x", 1) != 1) {
        _exit(1);
    }
}

static void await(int fd)
{
    char one;

    if (read(fd, &one, 1) != 1) {
        _exit(1);
    }
}

static void kill_other(const other *of)
{
    int status;

    assert_int_equal(kill(of->pid, SIGKILL), 0);
    while (waitpid(of->pid, &status, 0) < 0) {
        assert_int_equal(errno, EINTR);
    }
    close(of->go);
    close(of->ready);
}

/* Asks as often as it can. */
static void ask_on(hub_stage *stage, const other *own)
{
    hub_board_sum sum;

    await(own->go);
    tell(own->ready);
    for (;;) {
        base_bytes rows = BASE_BYTES_INIT;

        (void)hub_board_ask(stage->board, stage->store, &with_addresses, &rows,
                            &sum);
        base_bytes_free(&rows);
    }
}

static void test_asker_killed(void **state)
{
    other askers[KILLED];
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_board_stage_open(&stage, 0);
    for (int i = 0; i < KILLED; i++) {
        askers[i] = begin_other(&stage, ask_on);
    }
    hub_stage_start(&stage, 0);
    hub_peer_echo(&peer, &stage, 0);
    for (int i = 0; i < KILLED; i++) {
        tell(askers[i].go);
        await(askers[i].ready);
        poll(NULL, 0, 5 + 3 * i);
        kill_other(&askers[i]);
        HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 1);
    }
    HUB_STAGE_WAIT(hub_board_stage_is_clean(&stage));
    hub_peer_leave(&peer);
    hub_board_stage_close(&stage);
}

/* It was killed while it wrote; and when it had asked. What was answered to
 * it goes without anybody asking again. */
static void test_asker_left(void **state)
{
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_board_stage_open(&stage, 1);
    hub_peer_echo(&peer, &stage, 0);
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 1);
    atomic_store(&stage.board->page->asked, 7);
    atomic_store(&stage.board->page->desk, base_clock_mono() + 300000);
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 1);
    atomic_store(&stage.board->page->desk, INT64_MAX);
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 1);
    atomic_store(&stage.board->page->asked, 100);
    HUB_STAGE_WAIT(atomic_load(&stage.board->page->heads[0].answered) == 100);
    HUB_STAGE_WAIT(hub_board_stage_is_clean(&stage));
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 1);
    hub_peer_leave(&peer);
    hub_board_stage_close(&stage);
}

static void serve(hub_stage *stage, const other *own)
{
    hub_peer peer;

    await(own->go);
    hub_stage_start(stage, 1);
    hub_peer_echo(&peer, stage, 1);
    tell(own->ready);
    for (;;) {
        pause();
    }
}

static bool says(hub_stage *stage, unsigned children, unsigned silent)
{
    base_bytes rows = BASE_BYTES_INIT;
    hub_board_sum sum;
    bool given = hub_board_ask(stage->board, stage->store,
                               &hub_board_stage_all, &rows, &sum);

    base_bytes_free(&rows);
    return given && sum.children == children && sum.silent == silent;
}

/* One that hangs is not waited for longer than is said, and is told of; of a
 * dead one there is nothing more. */
static void test_answerer(void **state)
{
    hub_stage stage;
    other child;

    (void)state;
    hub_board_stage_open(&stage, 0);
    child = begin_other(&stage, serve);
    hub_stage_start(&stage, 0);
    tell(child.go);
    await(child.ready);
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 1);
    HUB_STAGE_WAIT(says(&stage, 2, 0));
    assert_int_equal(kill(child.pid, SIGSTOP), 0);
    HUB_STAGE_WAIT(says(&stage, 1, 1));
    assert_int_equal(kill(child.pid, SIGCONT), 0);
    HUB_STAGE_WAIT(says(&stage, 2, 0));
    kill_other(&child);
    HUB_STAGE_WAIT(says(&stage, 1, 0));
    assert_int_equal(atomic_load(&stage.board->page->heads[1].pid), 0);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    hub_board_stage_close(&stage);
}

/* ------------------------------------------------------------ a hostile one */

typedef struct {
    hub_stage *stage;
    atomic_bool over;
    atomic_bool asks; /* it also plays one that asks */
    uint64_t seed;
} intruder;

static uint64_t draw(intruder *of)
{
    of->seed = of->seed * UINT64_C(6364136223846793005) + 1;
    return of->seed >> 16;
}

static void scribble(intruder *of, void *data, size_t size)
{
    unsigned char *bytes = data;

    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)draw(of);
    }
}

/* A place with what may be believed of it for one moment, and nonsense in it.
 */
static void answer_wildly(intruder *of, unsigned place)
{
    hub_board *board = of->stage->board;
    hub_board_head *head = &board->page->heads[place];

    scribble(of, hub_board_page_entries(board, place),
             4 * sizeof(hub_board_entry));
    atomic_store(&head->pid, (int32_t)getpid());
    atomic_store(&head->alive, base_clock_mono());
    atomic_store(&head->all, draw(of));
    atomic_store(&head->count, (uint32_t)draw(of));
    atomic_store(&head->flags, (uint32_t)draw(of));
    atomic_store(&head->when, (int64_t)draw(of));
    atomic_store(&head->limit, (uint32_t)draw(of));
    atomic_store(&head->answered, atomic_load(&board->page->asked));
}

static void ask_wildly(intruder *of)
{
    hub_board_page *page = of->stage->board->page;
    hub_board_question what;
    uint64_t words[HUB_BOARD_WORDS] = { 0 };

    scribble(of, &what, sizeof(what));
    what.kind %= 2;
    what.place %= 2 * HUB_BOARD_STAGE_PLACES;
    memcpy(words, &what, sizeof(what));
    for (size_t i = 0; i < HUB_BOARD_WORDS; i++) {
        atomic_store(&page->question[i], words[i]);
    }
    atomic_store(&page->asked, draw(of) & ~UINT64_C(1));
}

static void *intrude(void *context)
{
    intruder *of = context;

    while (!atomic_load(&of->over)) {
        unsigned place = (unsigned)draw(of) % HUB_BOARD_STAGE_PLACES;

        switch (atomic_load(&of->asks) ? draw(of) % 8 : 8) {
        case 0:
            scribble(of, &of->stage->board->page->heads[place],
                     sizeof(hub_board_head));
            break;
        case 1:
            ask_wildly(of);
            break;
        case 2:
            atomic_store(&of->stage->board->page->desk, (int64_t)draw(of));
            break;
        default:
            answer_wildly(of, place);
        }
    }
    return NULL;
}

static void expect_rows(const base_bytes *bytes)
{
    size_t count = bytes->len / sizeof(hub_board_row);

    assert_true(count <= HUB_BOARD_ROWS);
    for (size_t i = 0; i < count; i++) {
        hub_board_row row;
        size_t size;

        memcpy(&row, bytes->data + i * sizeof(row), sizeof(row));
        size = strnlen(row.transport, sizeof(row.transport));
        assert_true(size < sizeof(row.transport));
        assert_int_equal(strspn(row.transport, "abcdefghijklmnopqrstuvwxyz"),
                         size);
        assert_true(row.place < HUB_BOARD_STAGE_PLACES);
    }
}

/* Returns how often it was answered. */
static unsigned ask_for_a_while(hub_stage *stage)
{
    int64_t end = base_clock_mono() + WILD_US;
    unsigned given = 0;

    while (base_clock_mono() < end) {
        base_bytes rows = BASE_BYTES_INIT;
        hub_board_figures figures;
        hub_board_sum sum;

        given += hub_board_ask(stage->board, stage->store, &with_addresses,
                               &rows, &sum);
        expect_rows(&rows);
        base_bytes_free(&rows);
        hub_board_figures_get(stage->board, &figures);
        assert_true(figures.children <= HUB_BOARD_STAGE_PLACES);
    }
    return given;
}

/* Whatever it writes: first as one that answers, then anything. */
static void test_intruder(void **state)
{
    intruder of = { .seed = 16 };
    hub_stage stage;
    hub_peer peer;
    pthread_t thread;

    (void)state;
    hub_board_stage_open(&stage, 2);
    hub_peer_join(&peer, &stage, 0, "/lobby", 1);
    hub_peer_expect_text(&peer, "{\"type\":\"hello\"");
    of.stage = &stage;
    assert_int_equal(pthread_create(&thread, NULL, intrude, &of), 0);
    HUB_STAGE_WAIT(ask_for_a_while(&stage) > 0);
    atomic_store(&of.asks, true);
    (void)ask_for_a_while(&stage);
    atomic_store(&of.over, true);
    pthread_join(thread, NULL);
    memset(stage.board->page, 0, stage.board->size);
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 1);
    hub_peer_leave(&peer);
    hub_board_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asker_killed),
        cmocka_unit_test(test_asker_left),
        cmocka_unit_test(test_answerer),
        cmocka_unit_test(test_intruder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
