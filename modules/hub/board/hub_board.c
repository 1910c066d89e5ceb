/* hub_board.c - whoever asks; see hub_board.h and hub_board_page.h. */
#include "hub/board/hub_board.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/base_clock.h"
#include "hub/board/hub_board_page.h"
#include "room/segment/room_slot.h"

/* How often an asker looks. */
#define LOOK_US 2000

/* So long the desk is somebody's who does not give it back. */
#define DESK_US (2 * HUB_BOARD_WAIT_US)

/* One that asks. */
typedef struct {
    hub_board *board;
    hub_board_page *page;
    const hub_board_question *question;
    int64_t desk;    /* what stands there while it is ours */
    uint64_t number; /* of our question */
    unsigned asked;  /* so many children are there, */
    unsigned waits;  /* and so many of them may still answer */
    uint8_t awaited[HUB_BOARD_PLACES];
} asker;

/* A row before those of one connection are one. */
typedef struct {
    hub_board_row row;
    uint64_t socket;
    int64_t when;
} finding;

hub_board *hub_board_create(unsigned places)
{
    unsigned count = places < HUB_BOARD_PLACES ? places : HUB_BOARD_PLACES;
    hub_board *made = malloc(sizeof(*made));
    void *page;

    if (!made) {
        return NULL;
    }
    *made = (hub_board){ .version = HUB_BOARD_VERSION,
                         .places = count,
                         .size = sizeof(hub_board_page)
                                 + count * (sizeof(hub_board_head)
                                            + HUB_BOARD_ROWS
                                                  * sizeof(hub_board_entry)) };
    page = mmap(NULL, made->size, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (page == MAP_FAILED) {
        free(made);
        return NULL;
    }
    made->page = page;
    return made;
}

void hub_board_destroy(hub_board *board)
{
    munmap(board->page, board->size);
    free(board);
}

bool hub_board_usable(const hub_board *board)
{
    return board->version == HUB_BOARD_VERSION;
}

/* ------------------------------------------------------------- the places */

/* EPERM: a process of somebody else has got the number of one that was
 * killed. */
static bool is_dead(const hub_board_head *head, int32_t pid)
{
    return pid <= 0
           || base_clock_mono() - atomic_load(&head->alive) > HUB_BOARD_GONE_US
           || (kill(pid, 0) != 0 && (errno == ESRCH || errno == EPERM));
}

/* True: it was free, or a dead child's, and is `pid`'s now. */
static bool take_place(hub_board *board, unsigned place, int32_t pid)
{
    hub_board_head *head = &board->page->heads[place];
    int32_t before = atomic_load(&head->pid);

    if (before == pid || !is_dead(head, before)
        || !atomic_compare_exchange_strong(&head->pid, &before, pid)) {
        return false;
    }
    hub_board_page_wipe(board, place);
    atomic_store(&head->limit, 0);
    atomic_store(&head->alive, pid > 0 ? base_clock_mono() : 0);
    return true;
}

int hub_board_enter(hub_board *board, pid_t pid)
{
    for (unsigned place = 0; place < board->places; place++) {
        if (take_place(board, place, (int32_t)pid)) {
            return (int)place;
        }
    }
    return -1;
}

void hub_board_leave(hub_board *board, int place)
{
    hub_board_head *head = &board->page->heads[place];

    hub_board_page_wipe(board, (unsigned)place);
    atomic_store(&head->limit, 0);
    atomic_store(&head->pid, 0);
}

static bool was_seen(const hub_board_head *head, int64_t now)
{
    int64_t age = now - atomic_load(&head->alive);

    return age >= 0 && age < HUB_BOARD_ALIVE_US;
}

void hub_board_figures_get(const hub_board *board, hub_board_figures *out)
{
    int64_t now = base_clock_mono();

    *out = (hub_board_figures){ 0 };
    for (unsigned place = 0; place < board->places; place++) {
        const hub_board_head *head = &board->page->heads[place];

        if (atomic_load(&head->pid) > 0 && was_seen(head, now)) {
            out->children++;
            out->limit += atomic_load(&head->limit);
        }
    }
}

/* ------------------------------------------------------------- the question */

static void rest(void)
{
    struct timespec pause = { .tv_nsec = LOOK_US * 1000 };

    (void)nanosleep(&pause, NULL);
}

/* Whoever has it gives it back in time, or is dead. */
static bool take_desk(asker *it)
{
    int64_t end = base_clock_mono() + HUB_BOARD_WAIT_US;
    int64_t now;

    while ((now = base_clock_mono()) < end) {
        int64_t until = atomic_load(&it->page->desk);

        it->desk = now + DESK_US;
        if ((until <= now || until > it->desk)
            && atomic_compare_exchange_strong(&it->page->desk, &until,
                                              it->desk)) {
            return true;
        }
        rest();
    }
    return false;
}

static void leave_desk(asker *it)
{
    (void)atomic_compare_exchange_strong(&it->page->desk, &it->desk, 0);
}

/* Who is there: before the question is, so that nobody is waited for who came
 * behind it. */
static void look_who_is_there(asker *it)
{
    int64_t now = base_clock_mono();
    bool closes = it->question->kind == HUB_BOARD_CLOSE;

    for (unsigned place = 0; place < it->board->places; place++) {
        hub_board_head *head = &it->page->heads[place];

        if (atomic_load(&head->pid) == 0
            || (closes && place != it->question->place)
            || take_place(it->board, place, 0)) {
            continue;
        }
        it->asked++;
        if (was_seen(head, now)) {
            it->awaited[place] = 1;
            it->waits++;
        }
    }
}

static void write_words(hub_board_page *page, const uint64_t *words)
{
    for (size_t i = 0; i < HUB_BOARD_WORDS; i++) {
        atomic_store_explicit(&page->question[i], words[i],
                              memory_order_relaxed);
    }
}

/* One that was killed may have left an odd number. False: the desk is not ours
 * any more, as this process was stopped for so long. */
static bool publish(asker *it)
{
    uint64_t words[HUB_BOARD_WORDS] = { 0 };
    uint64_t before = atomic_load(&it->page->asked);
    uint64_t writing = (before | 1) + (before & 1) * 2;
    int64_t desk = it->desk;

    memcpy(words, it->question, sizeof(*it->question));
    it->desk = base_clock_mono() + DESK_US;
    if (!atomic_compare_exchange_strong(&it->page->desk, &desk, it->desk)
        || !atomic_compare_exchange_strong(&it->page->asked, &before,
                                           writing)) {
        return false;
    }
    atomic_thread_fence(memory_order_release);
    write_words(it->page, words);
    it->number = writing + 1;
    return atomic_compare_exchange_strong(&it->page->asked, &writing,
                                          it->number);
}

/* There is no question any more: who finds it late does not answer. */
static bool take_back(asker *it)
{
    static const uint64_t nothing[HUB_BOARD_WORDS];
    uint64_t number = it->number;

    if (!atomic_compare_exchange_strong(&it->page->asked, &number,
                                        number + 1)) {
        return false;
    }
    write_words(it->page, nothing);
    return true;
}

static void wait_for_answers(asker *it)
{
    int64_t end = base_clock_mono() + HUB_BOARD_WAIT_US;

    for (;;) {
        for (unsigned place = 0; place < it->board->places; place++) {
            if (it->awaited[place] == 1
                && atomic_load_explicit(&it->page->heads[place].answered,
                                        memory_order_acquire)
                       == it->number) {
                it->awaited[place] = 2;
                it->waits--;
            }
        }
        if (it->waits == 0 || base_clock_mono() >= end) {
            return;
        }
        rest();
    }
}

/* -------------------------------------------------------------- the answers */

/* Nothing but small letters. */
static void take_name(char out[12], const char in[12])
{
    size_t size = 0;

    while (size < 11 && in[size] >= 'a' && in[size] <= 'z') {
        size++;
    }
    memcpy(out, in, size);
    out[size] = '\0';
}

static void take_row(base_bytes *found, const hub_board_entry *entry,
                     unsigned place, int64_t when)
{
    finding one = { .row = { .user = entry->user,
                             .received = entry->received,
                             .sent = entry->sent,
                             .waiting = entry->waiting,
                             .room = entry->room,
                             .address = entry->address,
                             .place = place,
                             .fd = entry->fd,
                             .started = entry->started,
                             .age_s = entry->age_s,
                             .late_ms = entry->late_ms },
                    .socket = entry->socket,
                    .when = when };

    one.row.in_room = (entry->flags & HUB_BOARD_IN_ROOM) != 0;
    one.row.tls = (entry->flags & HUB_BOARD_TLS) != 0;
    one.row.guest = (entry->flags & HUB_BOARD_GUEST) != 0;
    one.row.moderator = (entry->flags & HUB_BOARD_MODERATOR) != 0;
    one.row.closing = (entry->flags & HUB_BOARD_CLOSING) != 0;
    take_name(one.row.transport, entry->transport);
    base_bytes_append(found, &one, sizeof(one));
}

/* Each entry is read once: who writes it may be anybody. */
static void take_answer(asker *it, unsigned place, base_bytes *found,
                        hub_board_sum *sum)
{
    hub_board_head *head = &it->page->heads[place];
    uint32_t count = atomic_load(&head->count);
    uint32_t flags = atomic_load(&head->flags);

    sum->children++;
    sum->all += atomic_load(&head->all);
    sum->partial = sum->partial || (flags & HUB_BOARD_PARTIAL);
    sum->closed = sum->closed || (flags & HUB_BOARD_CLOSED);
    for (uint32_t i = 0; i < count && i < HUB_BOARD_ROWS; i++) {
        hub_board_entry entry;

        memcpy(&entry, &hub_board_page_entries(it->board, place)[i],
               sizeof(entry));
        take_row(found, &entry, place, atomic_load(&head->when));
    }
    hub_board_page_wipe(it->board, place);
}

/* -1, 0 or 1: what is larger comes first. */
static int falling(uint64_t a, uint64_t b)
{
    return (a < b) - (a > b);
}

static int by_socket(const void *a, const void *b)
{
    const finding *one = a;
    const finding *other = b;
    int order = falling(one->socket, other->socket);

    return order != 0 ? order
                      : falling((uint64_t)one->when, (uint64_t)other->when);
}

static int by_urgency(const void *a, const void *b)
{
    const finding *one = a;
    const finding *other = b;
    int order = falling(one->row.late_ms, other->row.late_ms);

    return order != 0 ? order : -falling(one->row.age_s, other->row.age_s);
}

/* A connection that has gone from one child to another was told of by both: who
 * has it now has answered later. */
static size_t unite(finding *list, size_t count)
{
    size_t kept = 0;

    qsort(list, count, sizeof(*list), by_socket);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || list[i].socket == 0
            || list[i].socket != list[kept - 1].socket) {
            list[kept++] = list[i];
        }
    }
    return kept;
}

static void write_rows(base_bytes *found, base_bytes *rows, hub_board_sum *sum)
{
    finding *list = (finding *)(void *)found->data;
    size_t count = found->len / sizeof(*list);
    size_t kept;

    if (count == 0) {
        return;
    }
    kept = unite(list, count);
    sum->all -= count - kept;
    qsort(list, kept, sizeof(*list), by_urgency);
    for (size_t i = 0; i < kept && i < HUB_BOARD_ROWS; i++) {
        base_bytes_append(rows, &list[i].row, sizeof(list[i].row));
    }
}

bool hub_board_ask(hub_board *board, room_store *store,
                   const hub_board_question *question, base_bytes *rows,
                   hub_board_sum *sum)
{
    asker it = { .board = board, .page = board->page, .question = question };
    base_bytes found = BASE_BYTES_INIT;
    bool ours;

    *sum = (hub_board_sum){ 0 };
    if (!take_desk(&it)) {
        return false;
    }
    look_who_is_there(&it);
    if (!publish(&it)) {
        leave_desk(&it);
        return false;
    }
    if (store) {
        room_slot_call(store);
    }
    wait_for_answers(&it);
    for (unsigned place = 0; place < board->places; place++) {
        if (it.awaited[place] == 2) {
            take_answer(&it, place, &found, sum);
        }
    }
    sum->silent = it.asked - sum->children;
    ours = take_back(&it);
    leave_desk(&it);
    if (ours) {
        write_rows(&found, rows, sum);
    }
    base_bytes_free(&found);
    return ours;
}
