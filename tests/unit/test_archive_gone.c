/* test_archive_gone.c - what the files of SQLite have when it is told that a
 * text is gone, also while somebody else reads them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/archive_erase.h"
#include "archive/writer/archive_chores.h"
#include "archive/writer/archive_queue.h"
#include "archive_stage.h"
#include "base/base_clock.h"
#include "room/archive/room_ack.h"

#define ROOM "site\n/chat/lobby"
#define SOON_US INT64_C(30000000)

static int setup(void **state)
{
    static archive_stage stage;

    archive_stage_open(&stage);
    *state = &stage;
    return 0;
}

static int teardown(void **state)
{
    archive_stage_close(*state);
    return 0;
}

static bool is_file(const archive_stage *stage)
{
    return stage->file[0] != '\0';
}

static bool archived(archive_stage *stage, room_handle room, int64_t within_us)
{
    return room_ack_wait(stage->store, room,
                         room_log_next(stage->store, room) - 1,
                         base_clock_mono() + within_us) == ROOM_OK;
}

/* In a process of its own: to close a file of SQLite's here would take its
 * locks away. */
static bool elsewhere(bool (*look)(const char *path, const void *context),
                      const char *path, const void *context)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(look(path, context) ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 0;
}

static bool has_text(const char *path, const void *text)
{
    int fd = open(path, O_RDONLY);
    struct stat info;
    void *bytes;

    if (fd < 0 || fstat(fd, &info) != 0 || info.st_size == 0) {
        return false;
    }
    bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, fd, 0);
    return bytes != MAP_FAILED
           && memmem(bytes, (size_t)info.st_size, text, strlen(text)) != NULL;
}

static bool file_holds(const char *file, const char *suffix, const char *text)
{
    char path[128];

    snprintf(path, sizeof(path), "%s%s", file, suffix);
    return elsewhere(has_text, path, text);
}

/* The log's pages may go into the file while this looks. */
static bool stage_holds(const archive_stage *stage, const char *text)
{
    return file_holds(stage->file, "", text)
           || file_holds(stage->file, "-wal", text)
           || file_holds(stage->file, "", text);
}

/* Where SQLite's connections have their shared lock all the time. */
static bool is_locked(const char *path, const void *context)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
                          .l_start = 0x40000002, .l_len = 510 };
    int fd = open(path, O_RDWR);

    (void)context;
    return fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0
           && lock.l_type != F_UNLCK;
}

/* A writer that connects takes no lock from the readers of its process: another
 * program would remove the log beneath them, and what is acked with it. */
static void locks_stay(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    archive_db *writer;

    if (!is_file(stage)) {
        skip();
    }
    archive_stage_say(stage, room, "one", NULL);
    assert_true(archived(stage, room, SOON_US));
    assert_true(elsewhere(is_locked, stage->file, NULL));
    writer = archive_stage_connect(stage);
    assert_true(elsewhere(is_locked, stage->file, NULL));
    archive_db_destroy(writer);
    assert_true(elsewhere(is_locked, stage->file, NULL));
}

/* When the ack comes, the old text is in no file. */
static void old_texts_are_nowhere(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    room_id edited = archive_stage_say(stage, room, "qqqEDITEDqqq", NULL);
    room_id deleted = archive_stage_say(stage, room, "qqqDELETEDqqq", NULL);

    if (!is_file(stage)) {
        skip();
    }
    assert_true(archived(stage, room, SOON_US));
    assert_true(stage_holds(stage, "qqqDELETEDqqq"));
    archive_stage_edit(stage, room, edited, "qqqAGAINqqq");
    archive_stage_erase(stage, room, deleted);
    assert_true(archived(stage, room, SOON_US));
    assert_false(stage_holds(stage, "qqqDELETEDqqq"));
    assert_false(stage_holds(stage, "qqqdeletedqqq"));
    assert_false(stage_holds(stage, "qqqEDITEDqqq"));
    assert_true(stage_holds(stage, "qqqAGAINqqq"));
    archive_stage_edit(stage, room, edited, "fine");
    assert_true(archived(stage, room, SOON_US));
    assert_false(stage_holds(stage, "qqqAGAINqqq"));
    archive_stage_say(stage, room, "qqqCLEAREDqqq", NULL);
    assert_true(archived(stage, room, SOON_US));
    archive_stage_clear(stage, room);
    assert_true(archived(stage, room, SOON_US));
    assert_false(stage_holds(stage, "qqqCLEAREDqqq"));
}

/* Somebody else reads as the file is now, as a backup does: what is written
 * behind that stays in the log until he ends. */
static archive_db *read_on(archive_stage *stage)
{
    archive_db *reader = archive_stage_connect(stage);

    assert_int_equal(archive_db_command(reader, "BEGIN", true), ARCHIVE_OK);
    assert_int_equal(archive_db_command(reader,
                                        "SELECT COUNT(*) FROM chatws_events",
                                        true), ARCHIVE_OK);
    return reader;
}

/* The answer to a deletion waits for him, and nobody else does. */
static void a_reader_for_a_moment(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    room_handle other = archive_stage_room(stage, "site\n/chat/other", 100);
    room_id id = archive_stage_say(stage, room, "qqqSECRETqqq", NULL);
    archive_db *reader;
    int64_t since;
    bool told;

    if (!is_file(stage)) {
        skip();
    }
    assert_true(archived(stage, room, SOON_US));
    reader = read_on(stage);
    since = base_clock_mono();
    archive_stage_erase(stage, room, id);
    archive_stage_say(stage, room, "behind it", NULL);
    for (int i = 0; i < 5; i++) {
        archive_stage_say(stage, other, "elsewhere", NULL);
        assert_true(archived(stage, other, SOON_US));
    }
    told = archived(stage, room, ARCHIVE_QUEUE_HOLD_US * 3 / 4);
    archive_db_destroy(reader);
    if (base_clock_mono() - since < ARCHIVE_QUEUE_HOLD_US) {
        assert_false(told);
        assert_true(archived(stage, room, SOON_US));
    }
    if (base_clock_mono() - since < ARCHIVE_QUEUE_HOLD_US) {
        assert_false(stage_holds(stage, "qqqSECRETqqq"));
    }
}

/* Longer than anybody waits for an answer: it goes when he has gone, and nobody
 * need say anything for that. */
static void a_reader_for_long(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    room_id id = archive_stage_say(stage, room, "qqqSECRETqqq", NULL);
    int64_t until = base_clock_mono() + SOON_US;
    archive_db *reader;

    if (!is_file(stage)) {
        skip();
    }
    assert_true(archived(stage, room, SOON_US));
    reader = read_on(stage);
    archive_stage_erase(stage, room, id);
    assert_true(archived(stage, room, SOON_US));
    assert_true(stage_holds(stage, "qqqSECRETqqq"));
    archive_db_destroy(reader);
    while (stage_holds(stage, "qqqSECRETqqq")) {
        assert_true(base_clock_mono() < until);
        usleep(1000);
    }
}

/* The pieces of three letters stand in the index, each behind what it shares
 * with the one before: these share no more than the beginning of a letter. */
#define WORD "\xe1\x83\x9f\xe1\x83\xb0\xe1\x83\xaf\xe1\x83\x9f"
#define PIECE "\xe1\x83\xb0\xe1\x83\xaf"
#define OTHER "\xe1\x8e\xa0\xe1\x8e\xa3\xe1\x8e\xa5\xe1\x8e\xa0"
#define OTHERS "\xe1\x8e\xa3\xe1\x8e\xa5"

/* Two messages that are old enough for the index, in it. */
static room_handle begin_index(archive_stage *stage, room_id ids[2])
{
    room_handle room = archive_stage_room(stage, ROOM, 20000);
    archive_chores chores = { .quiet = true };
    archive_db *db = archive_stage_connect(stage);
    bool idle = false;
    bool touched;

    ids[0] = archive_stage_say(stage, room, WORD, NULL);
    ids[1] = archive_stage_say(stage, room, OTHER, NULL);
    for (int i = 0; i < ARCHIVE_CHORES_FRESH + 5000; i++) {
        archive_stage_say(stage, room, "x", NULL);
        if (i % 500 == 0) {
            archive_stage_settle(stage, room);
        }
    }
    archive_stage_settle(stage, room);
    archive_stage_halt(stage);
    while (!idle) {
        assert_int_equal(archive_chores_step(&chores, db, base_clock_wall(),
                                             &idle, &touched), ARCHIVE_OK);
    }
    archive_db_destroy(db);
    archive_stage_resume(stage);
    assert_true(stage_holds(stage, PIECE));
    return archive_stage_room(stage, ROOM, 20000);
}

/* Neither the word, nor its pieces; the other one is as it was. */
static void the_index_forgets(void **state)
{
    archive_stage *stage = *state;
    room_handle room;
    room_id ids[2];

    if (!is_file(stage)) {
        skip();
    }
    room = begin_index(stage, ids);
    archive_stage_erase(stage, room, ids[0]);
    archive_stage_settle(stage, room);
    assert_false(stage_holds(stage, WORD));
    assert_false(stage_holds(stage, PIECE));
    assert_true(stage_holds(stage, OTHERS));
    archive_stage_edit(stage, room, ids[1], "else");
    archive_stage_settle(stage, room);
    assert_false(stage_holds(stage, OTHERS));
}

static void erasing_is_exact(void **state)
{
    archive_stage *stage = *state;
    archive_erasing erasing = { .user = 7 };
    room_id ids[2];

    if (!is_file(stage)) {
        skip();
    }
    begin_index(stage, ids);
    while (!erasing.done) {
        assert_int_equal(archive_erase_step(stage->archive, &erasing),
                         ARCHIVE_OK);
    }
    assert_false(stage_holds(stage, PIECE));
    assert_false(stage_holds(stage, OTHERS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(locks_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(old_texts_are_nowhere, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_reader_for_a_moment, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_reader_for_long, setup, teardown),
        cmocka_unit_test_setup_teardown(the_index_forgets, setup, teardown),
        cmocka_unit_test_setup_teardown(erasing_is_exact, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
