/* test_hub_ticket.c - hub/move/hub_ticket.h: what is written is read again, and
 * nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "hub/move/hub_hands.h"
#include "hub/move/hub_moving.h"
#include "hub/move/hub_ticket.h"
#include "ws/ws_carry.h"

static unsigned char packet[HUB_TICKET_MOST];

static void set_part(hub_ticket *ticket, hub_ticket_part_name name,
                     const char *text)
{
    ticket->parts[name] = (hub_ticket_part){ text, strlen(text) };
}

/* In the middle of everything. */
static void fill(hub_ticket *ticket, uint8_t number)
{
    const hub_way *way = hub_moving_way(number);

    memset(ticket, 0, sizeof(*ticket));
    ticket->way = number;
    ticket->flags = HUB_TICKET_FLAGS;
    ticket->settings = (act_settings){ .ping_interval = 25000000,
                                       .ping_timeout = 20000000,
                                       .slow_client = 30000000,
                                       .max_payload = 1000,
                                       .rate = 5,
                                       .print = 77 };
    ticket->filter = 3;
    ticket->user = 1234567;
    ticket->received = 1;
    ticket->sent = UINT64_MAX;
    ticket->flood_bytes = UINT32_C(1) << 31;
    ticket->deadline = (hub_deadline){ .heard = 5,
                                       .single = way->single,
                                       .one_way = way->one_way,
                                       .late = true };
    ticket->place = (hub_ticket_place){ 1, 2, 3, 4, { 5, 6 }, 7, 8 };
    ticket->counted.packets_sent = 8;
    ticket->address_tag = 9;
    if (way->greet) {
        set_part(ticket, HUB_TICKET_KEY, "site\n/room");
        set_part(ticket, HUB_TICKET_NAME, "\xc3\x84nn");
        set_part(ticket, HUB_TICKET_ID, "ann");
    }
    set_part(ticket, HUB_TICKET_BEFORE, "before");
    set_part(ticket, HUB_TICKET_LATER, "later");
    set_part(ticket, HUB_TICKET_INPUT, "input");
    if (way->single) {
        ticket->head = HUB_HANDS_HEADS;
        set_part(ticket, HUB_TICKET_LINES, "lines");
    }
    if (!way->one_way) {
        ws_message_init(&ticket->reader, 1000,
                        way->window_bits > 0 ? WS_FRAME_RSV1 : 0);
        ticket->reader.opcode = WS_FRAME_TEXT;
        ticket->reader.counted = 10;
        set_part(ticket, HUB_TICKET_MESSAGE, "message");
    }
}

static void expect_same(const hub_ticket *one, const hub_ticket *other)
{
    assert_memory_equal(one, other, offsetof(hub_ticket, parts));
    for (int i = 0; i < HUB_TICKET_PARTS; i++) {
        assert_int_equal(one->parts[i].size, other->parts[i].size);
        if (one->parts[i].size > 0) {
            assert_memory_equal(one->parts[i].data, other->parts[i].data,
                                one->parts[i].size);
        }
    }
}

static void test_round_trip(void **state)
{
    hub_ticket ticket;
    hub_ticket again;
    uint8_t ways = 0;
    size_t size;

    (void)state;
    while (hub_moving_way((uint8_t)(ways + 1))) {
        ways++;
        assert_int_equal(hub_moving_number(hub_moving_way(ways)), ways);
        fill(&ticket, ways);
        size = hub_ticket_write(&ticket, packet);
        assert_true(size > 0);
        assert_true(hub_ticket_read(&again, packet, size));
        expect_same(&ticket, &again);
    }
    assert_int_equal(ways, 5 + 2 * 7);
    assert_null(hub_moving_way(0));
    assert_null(hub_moving_way(UINT8_MAX));
}

static void test_cut(void **state)
{
    hub_ticket ticket;
    hub_ticket again;
    size_t size;

    (void)state;
    fill(&ticket, 1);
    size = hub_ticket_write(&ticket, packet);
    for (size_t cut = 0; cut < size; cut++) {
        unsigned char *copy = malloc(cut + 1);

        assert_non_null(copy);
        memcpy(copy, packet, cut);
        assert_false(hub_ticket_read(&again, copy, cut));
        free(copy);
    }
    assert_false(hub_ticket_read(&again, packet, size + 1));
}

static void test_long(void **state)
{
    static char text[HUB_TICKET_MOST];
    hub_ticket ticket;
    hub_ticket again;
    size_t rest;

    (void)state;
    fill(&ticket, 2);
    ticket.parts[HUB_TICKET_BEFORE] = (hub_ticket_part){ text, 0 };
    rest = HUB_TICKET_MOST - hub_ticket_write(&ticket, packet);
    ticket.parts[HUB_TICKET_BEFORE].size = rest;
    assert_int_equal(hub_ticket_write(&ticket, packet), HUB_TICKET_MOST);
    assert_true(hub_ticket_read(&again, packet, HUB_TICKET_MOST));
    ticket.parts[HUB_TICKET_BEFORE].size = rest + 1;
    assert_int_equal(hub_ticket_write(&ticket, packet), 0);
}

/* Whoever cannot read it learns from its head what may be said. */
static void test_another_version(void **state)
{
    hub_ticket ticket;
    hub_farewell how = HUB_FAREWELL_NONE;
    bool same = true;
    size_t size;
    hub_ticket_head head;

    (void)state;
    for (uint8_t way = 1; way <= 5; way++) {
        fill(&ticket, way);
        size = hub_ticket_write(&ticket, packet);
        assert_true(hub_ticket_look(packet, size, &how, &same));
        assert_true(same);
        assert_int_equal(how, HUB_FAREWELL_NONE);
        ticket.parts[HUB_TICKET_BEFORE].size = 0;
        size = hub_ticket_write(&ticket, packet);
        memcpy(&head, packet, sizeof(head));
        head.version++;
        memcpy(packet, &head, sizeof(head));
        assert_true(hub_ticket_look(packet, size, &how, &same));
        assert_false(same);
        assert_int_equal(how, way <= 2 ? HUB_FAREWELL_CLOSE
                              : way == 3 ? HUB_FAREWELL_CHUNK
                                         : HUB_FAREWELL_NONE);
        assert_false(hub_ticket_read(&ticket, packet, size));
        head.magic++;
        memcpy(packet, &head, sizeof(head));
        assert_false(hub_ticket_look(packet, size, &how, &same));
    }
}

typedef void spoil(hub_ticket *ticket);

static void no_way(hub_ticket *t)
{
    t->way = 0;
}

static void other_way(hub_ticket *t)
{
    t->way = 2;
}

static void no_such_way(hub_ticket *t)
{
    t->way = 200;
}

static void sse_with_reader(hub_ticket *t)
{
    t->way = 3;
}

static void flags(hub_ticket *t)
{
    t->flags = HUB_TICKET_FLAGS + 1;
}

static void no_ping(hub_ticket *t)
{
    t->settings.ping_interval = 0;
}

static void fast(hub_ticket *t)
{
    t->settings.rate = UINT32_MAX;
}

static void closing(hub_ticket *t)
{
    t->deadline.phase = 1;
}

static void single(hub_ticket *t)
{
    t->deadline.single = true;
}

static void flood(hub_ticket *t)
{
    t->flood_bytes = UINT32_MAX;
}

static void a_head(hub_ticket *t)
{
    t->head = 1;
}

static void lines(hub_ticket *t)
{
    set_part(t, HUB_TICKET_LINES, "x");
}

static void no_key(hub_ticket *t)
{
    set_part(t, HUB_TICKET_KEY, "");
}

static void flat_key(hub_ticket *t)
{
    set_part(t, HUB_TICKET_KEY, "s/r");
}

static void half_key(hub_ticket *t)
{
    set_part(t, HUB_TICKET_KEY, "s\n");
}

static void no_path(hub_ticket *t)
{
    set_part(t, HUB_TICKET_KEY, "s\nr");
}

static void no_name(hub_ticket *t)
{
    set_part(t, HUB_TICKET_NAME, "");
}

static void bad_name(hub_ticket *t)
{
    set_part(t, HUB_TICKET_NAME, "\xc3");
}

static void bad_id(hub_ticket *t)
{
    set_part(t, HUB_TICKET_ID, "\xff");
}

static void pointer(hub_ticket *t)
{
    t->reader.bytes.data = packet;
}

static void payload(hub_ticket *t)
{
    t->reader.max_payload = 1001;
}

static void counted(hub_ticket *t)
{
    t->reader.counted = 1001;
}

static void opcode(hub_ticket *t)
{
    t->reader.opcode = WS_FRAME_PING;
}

static void rsv(hub_ticket *t)
{
    t->reader.frame.accepted_rsv = 0x40;
}

static void packed(hub_ticket *t)
{
    t->reader.compressed = 1;
}

static void ended(hub_ticket *t)
{
    t->reader.ended = 1;
}

static void delivered(hub_ticket *t)
{
    t->reader.delivered = 1;
}

static void control(hub_ticket *t)
{
    t->reader.control_size = 8;
}

static void nul_name(hub_ticket *t)
{
    t->parts[HUB_TICKET_NAME] = (hub_ticket_part){ "a\0b", 3 };
}

static void long_message(hub_ticket *t)
{
    set_part(t, HUB_TICKET_MESSAGE, "01234567890");
}

static void header(hub_ticket *t)
{
    t->reader.frame.have = 6;
    t->reader.frame.want = 6;
}

static void odd_header(hub_ticket *t)
{
    t->reader.frame.have = 2;
    t->reader.frame.want = 200;
}

static void empty_payload(hub_ticket *t)
{
    t->reader.in_payload = 1;
}

static void long_payload(hub_ticket *t)
{
    t->reader.in_payload = 1;
    t->reader.frame.first = WS_FRAME_TEXT;
    t->reader.frame.length = 11;
}

static void long_ping(hub_ticket *t)
{
    t->reader.in_payload = 1;
    t->reader.frame.first = WS_FRAME_FIN | WS_FRAME_PING;
    t->reader.frame.length = 126;
}

static void test_refused(void **state)
{
    static spoil *const all[] = {
        no_way, other_way, no_such_way, sse_with_reader, flags, no_ping, fast,
        closing, single, flood, a_head, lines, no_key, flat_key, half_key,
        no_path, no_name, bad_name, nul_name, bad_id, pointer, payload,
        counted, opcode, rsv, packed, ended, delivered, control, long_message,
        header, odd_header, empty_payload, long_payload, long_ping
    };
    hub_ticket ticket;
    hub_ticket again;

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        fill(&ticket, 1);
        assert_true(hub_ticket_read(&again, packet,
                                    hub_ticket_write(&ticket, packet)));
        all[i](&ticket);
        if (hub_ticket_read(&again, packet,
                            hub_ticket_write(&ticket, packet))) {
            fail_msg("number %d was read", (int)i);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_another_version),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
