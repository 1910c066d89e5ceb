/* test_room_erase_all.c - all that somebody has said, and who it was, is taken
 * out of the rooms; and who is here is sent out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "chat/chat_person.h"
#include "room/people/room_erase.h"
#include "room/people/room_search.h"
#include "room/relay/room_follow.h"
#include "room/segment/room_slot.h"
#include "room/set/room_sanction.h"
#include "room_said.h"

#define ANN_PERSON "{\"id\":\"u-ann\",\"name\":\"Ann Smith\"}"
#define SAID "\",\"from\":" ANN_PERSON ",\"text\":"
#define NOTHING_LEFT \
    "\",\"from\":" CHAT_PERSON_ERASED ",\"text\":\"\",\"deleted\":true}"

typedef struct {
    arena a;
    room_handle room;
    int64_t later; /* than ARENA_NOW, in milliseconds */
} stage;

static void open_stage(stage *s)
{
    memset(s, 0, sizeof(*s));
    arena_open(&s->a, 200, 4);
    s->room = arena_room(&s->a, "r", 400);
}

static room_log_entry entry_of(const stage *s, const char *tail,
                               uint64_t user)
{
    room_log_entry entry = { .tail = tail, .tail_size = strlen(tail),
                             .user = user, .wall_ms = ARENA_NOW + s->later,
                             .mono_us = ARENA_MONO(ARENA_NOW) };

    entry.text_at = (size_t)(strstr(tail, "\"text\":") - tail) + 7;
    entry.text_size = strlen(tail) - entry.text_at - 1;
    return entry;
}

static room_id say(stage *s, uint64_t user, const char *text)
{
    static const char head[] = "{\"type\":\"message\",\"id\":\"";
    char tail[200];
    room_log_entry entry;
    room_id id;
    uint64_t seq;

    sprintf(tail, SAID "\"%s\"}", text);
    entry = entry_of(s, tail, user);
    entry.head = head;
    entry.head_size = sizeof(head) - 1;
    assert_int_equal(room_log_append(s->a.store, s->room, &entry, &id, &seq),
                     ROOM_OK);
    return id;
}

static void edit(stage *s, room_id target, const char *text)
{
    static const char head[] = "{\"type\":\"edited\",\"id\":\"";
    room_log_target what = { .id = target };
    char tail[200];
    room_log_entry entry;
    room_id id;
    uint64_t seq;

    sprintf(tail, "\",\"target\":\"1-1\",\"text\":\"%s\"}", text);
    entry = entry_of(s, tail, ANN);
    entry.kind = ROOM_LOG_EDITED;
    entry.head = head;
    entry.head_size = sizeof(head) - 1;
    assert_int_equal(room_log_amend(s->a.store, s->room, &entry, &what, &id,
                                    &seq), ROOM_OK);
}

static bool told(stage *s, room_id id, const char *rest)
{
    char wanted[400];
    char text[ROOM_ID_TEXT];

    room_id_format(&id, text);
    sprintf(wanted, "{\"type\":\"message\",\"id\":\"%s%s\n", text, rest);
    return strstr(room_said_after(&s->a, s->room, NULL, UINT64_MAX, NULL),
                  wanted) != NULL;
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

static void check_clean(stage *s)
{
    assert_false(room_said_holds(&s->a, "Ann Smith"));
    assert_false(room_said_holds(&s->a, "u-ann"));
    assert_false(room_said_holds(&s->a, "secret"));
    arena_check(&s->a);
}

static uint64_t take_out(stage *s, const room_erase_who *who, size_t count)
{
    uint64_t erased = 0;

    assert_int_equal(room_erase_room(s->a.store, s->room, who, count, &erased),
                     ROOM_OK);
    return erased;
}

static void a_user_goes_and_no_other(void **state)
{
    const room_erase_who ann = { ANN, UINT64_MAX };
    stage s;
    room_id first;
    room_id bobs;

    (void)state;
    open_stage(&s);
    first = say(&s, ANN, "a secret");
    edit(&s, first, "another secret");
    bobs = say(&s, BOB, "stays");
    (void)say(&s, ANN, "the last secret");
    assert_int_equal(take_out(&s, &ann, 1), 3);
    assert_true(told(&s, first, NOTHING_LEFT));
    assert_true(told(&s, bobs, SAID "\"stays\"}"));
    assert_int_equal(authors(&s), BOB);
    assert_false(room_said_holds(&s.a, "secret"));
    assert_int_equal(take_out(&s, &ann, 1), 0);
    arena_check(&s.a);
    arena_close(&s.a);
}

static void what_came_later_stays(void **state)
{
    room_erase_who who[] = { { ANN, ARENA_NOW + 4 }, { BOB, ARENA_NOW } };
    stage s;
    room_id late;

    (void)state;
    open_stage(&s);
    (void)say(&s, ANN, "a secret");
    s.later = 4;
    (void)say(&s, ANN, "another secret");
    s.later = 5;
    late = say(&s, ANN, "late");
    (void)say(&s, BOB, "late, too");
    assert_int_equal(take_out(&s, who, 2), 2);
    assert_false(room_said_holds(&s.a, "secret"));
    assert_true(told(&s, late, SAID "\"late\"}"));
    assert_true(room_said_holds(&s.a, "late, too"));
    arena_check(&s.a);
    arena_close(&s.a);
}

static void more_than_are_noted_at_once(void **state)
{
    const room_erase_who who[] = { { ANN, UINT64_MAX }, { BOB, UINT64_MAX } };
    stage s;

    (void)state;
    open_stage(&s);
    for (int i = 0; i < 200; i++) {
        (void)say(&s, i % 3 == 0 ? BOB : ANN, "a secret");
    }
    assert_int_equal(take_out(&s, who, 2), 200);
    assert_int_equal(authors(&s), 0);
    check_clean(&s);
    arena_close(&s.a);
}

static void all_rooms_piece_by_piece(void **state)
{
    const room_erase_who ann = { ANN, UINT64_MAX };
    bool missed = false;
    uint32_t at = 0;
    stage s;

    (void)state;
    open_stage(&s);
    (void)say(&s, ANN, "a secret");
    s.room = arena_room(&s.a, "other", 20);
    (void)say(&s, ANN, "another secret");
    assert_false(room_erase_rooms(s.a.store, &ann, 1, &at, 0, &missed));
    assert_int_equal(at, 0);
    assert_true(room_said_holds(&s.a, "secret"));
    assert_true(room_erase_rooms(s.a.store, &ann, 1, &at, INT64_MAX,
                                 &missed));
    assert_false(missed);
    check_clean(&s);
    arena_close(&s.a);
}

/* The relay tells of it in an event that comes when the record is nobody's
 * already; what the message was changed to goes then, too. */
static void the_relay_tells_it_afterwards(void **state)
{
    static const char body[] = "{\"type\":\"message\",\"id\":\"9-9\","
                               "\"from\":" ANN_PERSON ",\"text\":\"a secret\"}";
    static const char changed[] = "{\"type\":\"edited\",\"id\":\"9-10\","
                                  "\"target\":\"9-9\",\"text\":\"secret\"}";
    static const char gone[] = "{\"type\":\"deleted\",\"id\":\"9-11\","
                               "\"target\":\"9-9\",\"by\":"
                               CHAT_PERSON_ERASED "}";
    const room_erase_who ann = { ANN, UINT64_MAX };
    room_import_room what = { .birth = { 9, 0 }, .newest = { 9, 0 },
                              .complete = { 9, 0 } };
    room_import_record records[] = {
        { .kind = ROOM_LOG_MESSAGE, .id = { 9, 9 }, .author = ANN,
          .stored_ms = ARENA_NOW, .body = body, .size = sizeof(body) - 1,
          .text_at = sizeof(body) - 12, .text_size = 10 },
        { .kind = ROOM_LOG_EDITED, .id = { 9, 10 }, .author = BOB,
          .stored_ms = ARENA_NOW, .body = changed,
          .size = sizeof(changed) - 1, .text_at = sizeof(changed) - 10,
          .text_size = 8, .target = { 9, 9 } },
        { .kind = ROOM_LOG_DELETED, .id = { 9, 11 },
          .stored_ms = ARENA_NOW, .body = gone, .size = sizeof(gone) - 1,
          .target = { 9, 9 } },
    };
    stage s;

    (void)state;
    memset(&s, 0, sizeof(s));
    arena_open_relay(&s.a, 64, 4, 5, NULL);
    s.room = arena_room(&s.a, "r", 20);
    assert_int_equal(room_relay_read_in(s.a.store, s.room, &what, 1,
                                        arena_at(ARENA_NOW)), ROOM_OK);
    for (size_t i = 0; i < 3; i++) {
        const room_id *before = i > 0 ? &records[i - 1].id : &what.newest;

        if (i == 2) {
            assert_int_equal(take_out(&s, &ann, 1), 1);
            assert_true(room_said_holds(&s.a, "secret"));
        }
        assert_int_equal(room_follow_append(s.a.store, s.room, before,
                                            &records[i], NULL,
                                            arena_at(ARENA_NOW)), ROOM_OK);
    }
    assert_true(told(&s, records[0].id, NOTHING_LEFT));
    assert_false(room_said_holds(&s.a, "secret"));
    check_clean(&s);
    arena_close(&s.a);
}

/* An edit that was followed by another comes without its text. */
static void what_has_no_text_goes_without_damage(void **state)
{
    static const char body[] = "{\"type\":\"edited\",\"id\":\"9-10\","
                               "\"target\":\"9-9\"}";
    const room_erase_who ann = { ANN, UINT64_MAX };
    room_import_record record = { .kind = ROOM_LOG_EDITED, .id = { 9, 10 },
                                  .author = ANN, .stored_ms = ARENA_NOW,
                                  .body = body, .size = sizeof(body) - 1,
                                  .target = { 9, 9 } };
    room_import_room what = { .birth = { 9, 0 }, .newest = { 9, 10 },
                              .complete = { 9, 0 }, .records = &record,
                              .count = 1 };
    stage s;

    (void)state;
    memset(&s, 0, sizeof(s));
    arena_open_relay(&s.a, 64, 4, 5, NULL);
    s.room = arena_room(&s.a, "r", 20);
    assert_int_equal(room_relay_read_in(s.a.store, s.room, &what, 1,
                                        arena_at(ARENA_NOW)), ROOM_OK);
    assert_int_equal(authors(&s), ANN);
    assert_int_equal(take_out(&s, &ann, 1), 1);
    assert_int_equal(authors(&s), 0);
    assert_non_null(strstr(room_said_after(&s.a, s.room, NULL, UINT64_MAX,
                                           NULL), body));
    check_clean(&s);
    arena_close(&s.a);
}

static void who_is_here_is_sent_out(void **state)
{
    room_member who = { .user = ANN, .name_key = 5, .name_size = 3,
                        .name = "Ann" };
    room_member_leaving leaving = { .user = ANN };
    uint64_t scope;
    stage s;
    int slot;

    (void)state;
    open_stage(&s);
    room_search_mark(s.a.store, s.room, 7);
    slot = room_slot_claim(s.a.store, getpid());
    scope = base_hash(room_store_secret(s.a.store), "r", 1);
    assert_false(room_erase_here(s.a.store, s.room, ANN));
    assert_int_equal(room_member_join(s.a.store, s.room, slot, &who, NULL),
                     ROOM_OK);
    assert_true(room_erase_here(s.a.store, s.room, ANN));
    assert_false(room_erase_here(s.a.store, s.room, BOB));
    room_erase_send_out(s.a.store, s.room, "r", 1, ANN);
    assert_true(room_sanction_until(s.a.store, ROOM_SANCTION_KICK, scope, ANN,
                                    base_clock_mono()) > 0);
    leaving.until_us = base_clock_mono() + ROOM_MEMBER_GRACE_US;
    assert_int_equal(room_member_leave(s.a.store, s.room, slot, &leaving,
                                       NULL), ROOM_OK);
    assert_int_equal(room_member_count(s.a.store, s.room), 1);
    assert_false(room_erase_here(s.a.store, s.room, ANN));
    assert_int_equal(room_member_count(s.a.store, s.room), 0);
    room_slot_release(s.a.store, slot);
    arena_close(&s.a);
}

static void put_sanction(stage *s, uint64_t user, uint64_t by)
{
    room_sanction what = { .kind = ROOM_SANCTION_BAN, .realm = 7, .scope = 7,
                           .whom = user, .until_us = ROOM_SANCTION_FOREVER,
                           .made_us = base_clock_mono() };

    what.user.user = user;
    what.by.user = by;
    what.user.name_size = what.by.name_size = 9;
    memcpy(what.user.name, user == ANN ? "Ann Smith" : "Bob Smith", 9);
    memcpy(what.by.name, by == ANN ? "Ann Smith" : "Bob Smith", 9);
    assert_int_equal(room_sanction_put(s->a.store, &what, what.made_us, NULL),
                     ROOM_OK);
}

static void sanctions_end_or_are_nobodys(void **state)
{
    room_sanction left;
    stage s;

    (void)state;
    open_stage(&s);
    put_sanction(&s, ANN, BOB);
    put_sanction(&s, BOB, ANN);
    room_erase_person(s.a.store, ANN);
    assert_int_equal(room_sanction_read(s.a.store, ROOM_SANCTION_BAN, 7, ANN,
                                        base_clock_mono(), &left),
                     ROOM_ABSENT);
    assert_int_equal(room_sanction_read(s.a.store, ROOM_SANCTION_BAN, 7, BOB,
                                        base_clock_mono(), &left), ROOM_OK);
    assert_int_equal(left.by.user, 0);
    assert_memory_equal(left.by.name, "erased", left.by.name_size);
    assert_memory_equal(left.user.name, "Bob Smith", left.user.name_size);
    check_clean(&s);
    arena_close(&s.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_goes_and_no_other),
        cmocka_unit_test(what_came_later_stays),
        cmocka_unit_test(more_than_are_noted_at_once),
        cmocka_unit_test(all_rooms_piece_by_piece),
        cmocka_unit_test(the_relay_tells_it_afterwards),
        cmocka_unit_test(what_has_no_text_goes_without_damage),
        cmocka_unit_test(who_is_here_is_sent_out),
        cmocka_unit_test(sanctions_end_or_are_nobodys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
