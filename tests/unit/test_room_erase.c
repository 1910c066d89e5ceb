/* test_room_erase.c - nothing in the segment says what somebody has said, nor
 * who it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chat/chat_person.h"
#include "room/segment/room_layout.h"
#include "room/people/room_member.h"
#include "room/segment/room_move.h"
#include "room/segment/room_slot.h"
#include "room/set/room_notice.h"
#include "room/set/room_rate.h"
#include "room_said.h"

#define ANN_PERSON "{\"id\":\"u-ann\",\"name\":\"Ann Smith\"}"

typedef struct {
    arena a;
    room_handle room;
    char new_ref; /* 1: each message has one of its own */
} stage;

static void open_stage(stage *s)
{
    arena_open(&s->a, 64, 4);
    s->room = arena_room(&s->a, "r", 20);
    s->new_ref = 0;
}

static room_status put(stage *s, room_log_kind kind, const char *type,
                       const char *tail, const room_log_target *target,
                       room_id *id)
{
    char head[64];
    const char *text = strstr(tail, "\"text\":");
    room_log_entry entry = { .kind = kind, .head = head, .tail = tail,
                             .tail_size = strlen(tail), .user = ANN,
                             .wall_ms = ARENA_NOW,
                             .mono_us = ARENA_MONO(ARENA_NOW) };
    uint64_t seq;

    entry.head_size = (size_t)sprintf(head, "{\"type\":\"%s\",\"id\":\"",
                                      type);
    if (text) {
        entry.text_at = (size_t)(text - tail) + strlen("\"text\":");
        entry.text_size = strcspn(tail + entry.text_at + 1, "\"") + 2;
    }
    if (kind == ROOM_LOG_MESSAGE) {
        static char ref[] = "annsref0";

        entry.ref = ref;
        entry.ref_size = 8;
        ref[7] += s->new_ref;
        return room_log_append(s->a.store, s->room, &entry, id, &seq);
    }
    return room_log_amend(s->a.store, s->room, &entry, target, id, &seq);
}

static room_id say(stage *s, const char *text)
{
    char tail[3000];
    room_id id;

    sprintf(tail, "\",\"from\":" ANN_PERSON ",\"text\":\"%s\","
                  "\"ref\":\"annsref\",\"re\":\"5-5\"}", text);
    assert_int_equal(put(s, ROOM_LOG_MESSAGE, "message", tail, NULL, &id),
                     ROOM_OK);
    return id;
}

static void edit(stage *s, room_id target, const char *text)
{
    room_log_target what = { .id = target };
    char tail[300];
    room_id id;

    sprintf(tail, "\",\"target\":\"1-1\",\"text\":\"%s\"}", text);
    assert_int_equal(put(s, ROOM_LOG_EDITED, "edited", tail, &what, &id),
                     ROOM_OK);
}

/* With an event of nobody's. */
static room_status erase(stage *s, room_id target)
{
    room_log_target what = { .id = target, .erase = true };
    room_id id;

    return put(s, ROOM_LOG_DELETED, "deleted",
               "\",\"target\":\"1-1\",\"by\":" CHAT_PERSON_ERASED "}", &what,
               &id);
}

static bool told(stage *s, room_id id, const char *type, const char *rest)
{
    char wanted[400];
    char text[ROOM_ID_TEXT];

    room_id_format(&id, text);
    sprintf(wanted, "{\"type\":\"%s\",\"id\":\"%s%s\n", type, text, rest);
    return strstr(room_said_after(&s->a, s->room, NULL, UINT64_MAX, NULL),
                  wanted) != NULL;
}

static void check_clean(stage *s)
{
    assert_false(room_said_holds(&s->a, "Ann Smith"));
    assert_false(room_said_holds(&s->a, "u-ann"));
    assert_false(room_said_holds(&s->a, "secret"));
    assert_false(room_said_holds(&s->a, "annsref"));
    arena_check(&s->a);
}

#define NOTHING_LEFT \
    "\",\"from\":" CHAT_PERSON_ERASED ",\"text\":\"\",\"deleted\":true}"

static void a_message_is_nobodys(void **state)
{
    char wall[2500];
    stage s;
    room_id first;
    room_id long_one;

    (void)state;
    open_stage(&s);
    memset(wall, 'x', sizeof(wall) - 1);
    wall[sizeof(wall) - 1] = '\0';
    memcpy(wall + 1200, "secret", 6);
    first = say(&s, "a secret");
    assert_int_equal(erase(&s, first), ROOM_OK);
    long_one = say(&s, wall); /* the ref is free again */
    assert_int_not_equal(room_id_compare(&first, &long_one), 0);
    assert_int_equal(erase(&s, long_one), ROOM_OK);
    assert_true(told(&s, first, "message", NOTHING_LEFT));
    assert_true(told(&s, long_one, "message", NOTHING_LEFT));
    assert_int_equal(erase(&s, first), ROOM_SAME);
    check_clean(&s);
    arena_close(&s.a);
}

static bool take_author(void *context, const room_log_record *record)
{
    *(uint64_t *)context += record->author;
    return true;
}

static uint64_t authors(stage *s)
{
    uint64_t sum = 0;
    uint64_t next;

    assert_int_equal(room_log_read(s->a.store, s->room, 1, UINT64_MAX,
                                   SIZE_MAX, take_author, &sum, &next),
                     ROOM_OK);
    return sum;
}

/* An edit, and what was deleted before, by the numbers of their records. */
static void what_was_changed_is_nobodys(void **state)
{
    room_log_target what = { .erase = false };
    stage s;
    room_id edited;
    room_id gone;
    room_id id;

    (void)state;
    open_stage(&s);
    s.new_ref = 1;
    edited = say(&s, "a secret");        /* 1 */
    edit(&s, edited, "another secret");  /* 2 */
    edit(&s, edited, "the last secret"); /* 3 */
    assert_int_equal(erase(&s, edited), ROOM_OK); /* 4 */
    assert_true(told(&s, edited, "message", NOTHING_LEFT));
    gone = say(&s, "bye"); /* 5 */
    what.id = gone;
    assert_int_equal(put(&s, ROOM_LOG_DELETED, "deleted", "\",\"target\":"
                         "\"1-1\",\"by\":" ANN_PERSON "}", &what, &id),
                     ROOM_OK);
    for (uint64_t seq = 1; seq <= 6; seq++) {
        assert_int_equal(room_log_erase(s.a.store, s.room, seq), ROOM_OK);
    }
    assert_true(told(&s, gone, "message", NOTHING_LEFT));
    assert_true(told(&s, id, "deleted",
                     "\",\"target\":\"1-1\",\"by\":" CHAT_PERSON_ERASED "}"));
    assert_int_equal(room_log_erase(s.a.store, s.room, 7), ROOM_ABSENT);
    assert_int_equal(authors(&s), 0);
    check_clean(&s);
    arena_close(&s.a);
}

/* A topic may look like the member. */
static void who_set_the_topic_is_nobody(void **state)
{
    room_state was = { .topic_size = 0 };
    room_state now = { .topic = "x", .topic_size = 1 };
    room_log_target what = { .was = &was, .now = &now };
    stage s;
    room_id set;
    room_id cleared;

    (void)state;
    open_stage(&s);
    assert_int_equal(put(&s, ROOM_LOG_STATE, "room",
                         "\",\"topic\":\"\\\",\\\"by\\\":\",\"by\":"
                         ANN_PERSON "}", &what, &set), ROOM_OK);
    assert_int_equal(room_log_erase(s.a.store, s.room, 1), ROOM_OK);
    assert_true(told(&s, set, "room", "\",\"topic\":\"\\\",\\\"by\\\":\","
                                      "\"by\":" CHAT_PERSON_ERASED "}"));
    (void)say(&s, "x");
    assert_int_equal(put(&s, ROOM_LOG_CLEARED, "cleared",
                         "\",\"by\":" ANN_PERSON "}", &what, &cleared),
                     ROOM_OK);
    assert_int_equal(room_log_erase(s.a.store, s.room, 3), ROOM_OK);
    assert_true(told(&s, cleared, "cleared",
                     "\",\"by\":" CHAT_PERSON_ERASED "}"));
    check_clean(&s);
    arena_close(&s.a);
}

static void a_move_brings_nothing_back(void **state)
{
    room_move_figures figures = { 0 };
    stage s;
    stage to;
    room_id id;

    (void)state;
    open_stage(&s);
    id = say(&s, "a secret");
    assert_int_equal(erase(&s, id), ROOM_OK);
    arena_open_after(&to.a, 64, 4, s.a.store);
    room_move_all(s.a.store, to.a.store, arena_at(ARENA_NOW), &figures);
    to.room = arena_room(&to.a, "r", 20);
    assert_true(told(&to, id, "message", NOTHING_LEFT));
    check_clean(&to);
    arena_close(&to.a);
    arena_close(&s.a);
}

static void notices_and_rates_are_forgotten(void **state)
{
    room_notice notice = { .kind = ROOM_NOTICE_SANCTION };
    int64_t now = ARENA_MONO(ARENA_NOW);
    uint64_t seen = 0;
    int64_t retry;
    stage s;

    (void)state;
    open_stage(&s);
    notice.what.user.user = ANN;
    notice.what.user.name_size = 9;
    memcpy(notice.what.user.name, "Ann Smith", 9);
    assert_true(room_notice_put(s.a.store, &notice));
    notice.what.user = notice.what.by;
    notice.what.user.user = BOB;
    assert_true(room_notice_put(s.a.store, &notice));
    room_notice_erase(s.a.store, ANN);
    assert_true(room_notice_next(s.a.store, &seen, &notice));
    assert_int_equal(notice.what.user.user, BOB);
    assert_false(room_notice_next(s.a.store, &seen, &notice));
    assert_true(room_rate_take(s.a.store, ANN, 0, now, 1000000, 1, &retry));
    assert_false(room_rate_take(s.a.store, ANN, 0, now, 1000000, 1, &retry));
    room_rate_drop(s.a.store, ANN);
    assert_true(room_rate_take(s.a.store, ANN, 0, now, 1000000, 1, &retry));
    room_log_forget(s.a.store, s.room, ANN);
    check_clean(&s);
    arena_close(&s.a);
}

/* As soon as nobody is called so. */
static void names_of_members_go(void **state)
{
    room_member who = { .user = ANN, .name_key = 5, .name_size = 90 };
    room_member_leaving leaving = { .user = ANN };
    stage s;
    int slot;

    (void)state;
    open_stage(&s);
    slot = room_slot_claim(s.a.store, getpid());
    memset(who.name, 'x', sizeof(who.name));
    memcpy(who.name, "Ann Smith", 9);
    memcpy(who.name + 60, "secret", 6);
    assert_int_equal(room_member_join(s.a.store, s.room, slot, &who, NULL),
                     ROOM_OK);
    assert_true(room_said_holds(&s.a, "Ann Smith"));
    assert_true(room_said_holds(&s.a, "secret"));
    assert_int_equal(room_member_leave(s.a.store, s.room, slot, &leaving,
                                       NULL), ROOM_OK);
    check_clean(&s);
    room_slot_release(s.a.store, slot);
    arena_close(&s.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_nobodys),
        cmocka_unit_test(what_was_changed_is_nobodys),
        cmocka_unit_test(who_set_the_topic_is_nobody),
        cmocka_unit_test(a_move_brings_nothing_back),
        cmocka_unit_test(names_of_members_go),
        cmocka_unit_test(notices_and_rates_are_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
