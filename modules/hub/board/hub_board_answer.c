/* hub_board_answer.c - see hub_board_answer.h. */
#include "hub/board/hub_board_answer.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/act_traffic.h"
#include "base/base_clock.h"
#include "hub/board/hub_board_page.h"
#include "hub/hub_client.h"
#include "hub/hub_output.h"

/* So long a loop looks through its connections. */
#define LOOK_US INT64_C(5000)

/* After so many of them it looks at the clock. */
#define STRIDE 64

/* Where no place was free it looks through all of them again after that. */
#define AGAIN_US INT64_C(10000000)

/* One that was ended by hand may come back after that. */
#define BACK_S 1

/* What a question is answered with. */
typedef struct {
    const hub *core;
    const hub_board_question *question;
    hub_board_entry *entries;
    uint64_t all;
    uint32_t late;  /* of the entries, the first ones */
    uint32_t count;
    int64_t end;
    bool partial;
    bool moved; /* our rooms are of an older segment */
    unsigned char network[16]; /* of `by_address` */
} answer;

static hub_board_head *head_of(const hub *core)
{
    return &core->desk.board->page->heads[core->desk.place];
}

static void enter(hub *core)
{
    core->desk.told = 0;
    core->desk.seen = atomic_load(&core->desk.board->page->asked);
    core->desk.place = hub_board_enter(core->desk.board, getpid());
    core->desk.again = core->now + AGAIN_US;
}

/* One that was stopped for a long time has lost its place. */
static bool has_place(const hub *core)
{
    return core->desk.place >= 0
           && atomic_load(&head_of(core)->pid) == (int32_t)getpid();
}

void hub_board_answer_begin(hub *core)
{
    core->desk.place = -1;
    hub_board_answer_sweep(core);
}

void hub_board_answer_end(hub *core)
{
    if (has_place(core)) {
        hub_board_leave(core->desk.board, core->desk.place);
    }
    core->desk.place = -1;
}

/* The entries of an answer that nobody has taken may name addresses. */
static void tidy(hub *core)
{
    if (core->desk.told != 0
        && core->now - core->desk.told >= HUB_BOARD_ALIVE_US) {
        core->desk.told = 0;
        hub_board_page_wipe(core->desk.board, (unsigned)core->desk.place);
    }
}

void hub_board_answer_sweep(hub *core)
{
    if (core->desk.board && !has_place(core)
        && (core->desk.place >= 0 || core->now >= core->desk.again)) {
        enter(core);
    }
    if (core->desk.place < 0) {
        return;
    }
    atomic_store(&head_of(core)->alive, core->now);
    atomic_store(&head_of(core)->limit,
                 atomic_load(&core->stop) == 0 ? core->max_connections : 0);
    tidy(core);
}

/* --------------------------------------------------------------- the list */

static uint32_t late_ms(const hub_client *client)
{
    const hub *core = client->shared->hub;

    return client->deadline.late
               ? hub_core_ms(core) - client->deadline.behind_since : 0;
}

static bool is_in_room(const hub_client *client, const answer *it,
                       const room_handle *which)
{
    const hub_room *room = client->seat.room;

    return room && !it->moved && room->handle.index == which->index
           && room->handle.generation == which->generation;
}

static bool is_named(const hub_client *client, const answer *it)
{
    const hub_board_question *asked = it->question;

    for (uint32_t i = 0; i < asked->user_count && i < HUB_BOARD_USERS; i++) {
        if (asked->users[i] == client->account.user) {
            return true;
        }
    }
    for (uint32_t i = 0; i < asked->room_count && i < HUB_BOARD_ROOMS; i++) {
        if (is_in_room(client, it, &asked->rooms[i])) {
            return true;
        }
    }
    return asked->user_count == 0 && asked->room_count == 0;
}

static bool is_at_address(const hub_client *client, const answer *it)
{
    unsigned char network[16];

    base_address_network(&client->account.from.address, network);
    return memcmp(network, it->network, sizeof(network)) == 0;
}

static bool matches(const hub_client *client, const answer *it)
{
    const hub_board_question *asked = it->question;

    return client->life.state != HUB_CLIENT_DEAD
           && late_ms(client) >= asked->late_ms && is_named(client, it)
           && (!asked->by_room || is_in_room(client, it, &asked->room))
           && (!asked->by_address || is_at_address(client, it));
}

static uint32_t flags_of(const hub_client *client)
{
    bool guest = client->life.guest;
    uint32_t flags = 0;

    flags |= client->seat.room ? HUB_BOARD_IN_ROOM : 0;
    flags |= client->stream.tls ? HUB_BOARD_TLS : 0;
    flags |= guest ? HUB_BOARD_GUEST : 0;
    flags |= client->life.state != HUB_CLIENT_OPEN ? HUB_BOARD_CLOSING : 0;
    if (act_settings_rights(&client->shared->settings, guest).moderate) {
        flags |= HUB_BOARD_MODERATOR;
    }
    return flags;
}

static uint64_t socket_of(const hub_client *client)
{
    struct stat what;

    return fstat(client->stream.fd, &what) == 0 ? (uint64_t)what.st_ino : 0;
}

/* What is in no room has the name of its way. */
static void write_entry(const hub_client *client, const answer *it,
                        hub_board_entry *out)
{
    const hub_way *way = client->shared->way;
    const char *name =
        way->greet ? act_traffic_describe(way->traffic)->name : way->name;

    memset(out, 0, sizeof(*out));
    out->user = client->account.user;
    out->received = client->account.received;
    out->sent = client->account.sent;
    out->waiting = hub_output_waiting(client);
    out->socket = socket_of(client);
    out->room = client->seat.room && !it->moved
                    ? client->seat.room->handle
                    : (room_handle){ UINT32_MAX, UINT32_MAX };
    if (it->question->addresses) {
        out->address = client->account.from.address;
    }
    out->fd = (uint32_t)client->stream.fd;
    out->started = client->life.started;
    out->age_s = (hub_core_hundredths(it->core) - client->life.started) / 100;
    out->late_ms = late_ms(client);
    out->flags = flags_of(client);
    memcpy(out->transport, name, strnlen(name, sizeof(out->transport)));
}

/* Those that are behind stand first. Where there is no place left for one of
 * them another one goes, the oldest of the others as a rule. */
static void add(answer *it, const hub_client *client)
{
    uint32_t last =
        it->count < HUB_BOARD_ROWS ? it->count : HUB_BOARD_ROWS - 1;
    bool late = late_ms(client) > 0;

    it->all++;
    if (late ? it->late == HUB_BOARD_ROWS : it->count == HUB_BOARD_ROWS) {
        return;
    }
    if (late) {
        it->entries[last] = it->entries[it->late];
        last = it->late++;
    }
    write_entry(client, it, &it->entries[last]);
    it->count += it->count < HUB_BOARD_ROWS ? 1 : 0;
}

/* False: the time is over. */
static bool visit(answer *it)
{
    unsigned seen = 0;

    BASE_LIST_EACH(link, &it->core->clients) {
        const hub_client *client =
            BASE_LIST_OWNER(link, hub_client, links.all);

        if (++seen % STRIDE == 0 && base_clock_mono() > it->end) {
            return false;
        }
        if (matches(client, it)) {
            add(it, client);
        }
    }
    return true;
}

static void list(const hub *core, const hub_board_question *question)
{
    unsigned place = (unsigned)core->desk.place;
    answer it = { .core = core,
                  .question = question,
                  .entries = hub_board_page_entries(core->desk.board, place),
                  .end = base_clock_mono() + LOOK_US,
                  .moved = !core->store || room_store_closed(core->store) };
    hub_board_head *head = head_of(core);

    base_address_network(&question->address, it.network);
    it.partial = !visit(&it);
    atomic_store(&head->all, it.all);
    atomic_store(&head->count, it.count);
    atomic_store(&head->flags, it.partial ? HUB_BOARD_PARTIAL : 0);
}

/* ---------------------------------------------------------------- the end */

/* A descriptor's number is soon somebody else's, but not one who has come at
 * the same time. One that is closing already is not waited for any more. */
static bool close_one(hub *core, const hub_board_question *question)
{
    BASE_LIST_EACH(link, &core->clients) {
        hub_client *client = BASE_LIST_OWNER(link, hub_client, links.all);

        if (client->life.state == HUB_CLIENT_DEAD
            || (uint32_t)client->stream.fd != question->fd
            || client->life.started != question->started) {
            continue;
        }
        if (client->life.state == HUB_CLIENT_OPEN) {
            client->shared->way->bye(client, BACK_S);
        }
        else {
            hub_client_doom(client, client->life.close_code);
        }
        return true;
    }
    return false;
}

/* True: it is ours to answer. */
static bool obey(hub *core, const hub_board_question *question)
{
    hub_board_head *head = head_of(core);
    bool closed;

    if (question->kind == HUB_BOARD_LIST) {
        list(core, question);
        return true;
    }
    if (question->kind != HUB_BOARD_CLOSE
        || question->place != (uint32_t)core->desk.place) {
        return false;
    }
    closed = close_one(core, question);
    atomic_store(&head->all, 0);
    atomic_store(&head->count, 0);
    atomic_store(&head->flags, closed ? HUB_BOARD_CLOSED : 0);
    return true;
}

/* Not what somebody writes at this moment: who does wakes us when it is all
 * there. */
static bool read_question(const hub_board_page *page, uint64_t number,
                          hub_board_question *out)
{
    uint64_t words[HUB_BOARD_WORDS];

    for (size_t i = 0; i < HUB_BOARD_WORDS; i++) {
        words[i] = atomic_load_explicit(&page->question[i],
                                        memory_order_relaxed);
    }
    atomic_thread_fence(memory_order_acquire);
    memcpy(out, words, sizeof(*out));
    return atomic_load_explicit(&page->asked, memory_order_relaxed) == number;
}

void hub_board_answer_run(hub *core)
{
    hub_board_question question;
    uint64_t number;

    if (core->desk.place < 0) {
        return;
    }
    number = atomic_load_explicit(&core->desk.board->page->asked,
                                  memory_order_acquire);
    if (number == core->desk.seen || number % 2 == 1
        || !read_question(core->desk.board->page, number, &question)) {
        return;
    }
    core->desk.seen = number;
    if (has_place(core) && obey(core, &question)) {
        core->desk.told = core->now;
        atomic_store(&head_of(core)->when, base_clock_mono());
        atomic_store_explicit(&head_of(core)->answered, number,
                              memory_order_release);
    }
}
