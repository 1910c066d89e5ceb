/* archive_search.c - see archive_search.h. */
#include "archive/archive_search.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "archive/writer/archive_chores.h"
#include "base/base_clock.h"
#include "chat/chat_unicode.h"

/* How long a statement is to take, since others want the database as well, and
 * what it looks through then. A text may be a word, or 90 KB. */
#define STATEMENT_US INT64_C(15000)
#define SCAN_FEW INT64_C(100)
#define SCAN_MOST INT64_C(5000)
#define CANDIDATES_FEW INT64_C(20)
#define CANDIDATES_MOST INT64_C(200)

/* Of all words together: SQLite walks through all that has one of them. */
#define PIECES ((size_t)16)

/* Then the answer goes out with what was found. */
#define TIME_US INT64_C(200000)

/* Rows that are looked through before the index is asked: the newest are not in
 * it, and frequent words are found among them. */
#define SCAN_FIRST (2 * ARCHIVE_CHORES_FRESH)

/* The SQLite driver lets one thread of a process work at a time. One search
 * after the other, each with pauses as long as its statements, leaves half of
 * the time to the writer and to pages; and of every database's connections all
 * but one to pages. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* For how long a search waits for the others, in seconds. */
#define TURN_S 1

typedef struct {
    archive_db *db;
    const archive_past *past;
    const chat_search *search;
    const char *words[CHAT_SEARCH_WORDS]; /* "" behind the last */
    base_bytes texts;
    room_id at;      /* everything from here on was looked through */
    size_t limit;
    size_t bytes;
    int64_t until_us;
    int64_t rows; /* of the next statement that looks through some */
    int64_t scanned;
    archive_record record;
    archive_page *page;
    bool full;
} searching;

/* Each with a NUL. */
static void list_words(searching *it)
{
    size_t at[CHAT_SEARCH_WORDS];

    for (size_t i = 0; i < it->search->count; i++) {
        at[i] = it->texts.len;
        base_bytes_append(&it->texts,
                          it->search->text.data + it->search->words[i].at,
                          it->search->words[i].size);
        base_bytes_append(&it->texts, "", 1);
    }
    for (size_t i = 0; i < CHAT_SEARCH_WORDS; i++) {
        it->words[i] = i < it->search->count
                           ? (const char *)it->texts.data + at[i] : "";
    }
}

/* False: the page is full. */
static bool take(searching *it)
{
    const archive_record *record = &it->record;
    room_id id = { (uint64_t)record->ms, (uint64_t)record->n };
    archive_page *page = it->page;

    if (page->count > 0
        && (page->count == it->limit
            || page->bodies.len + record->body.len > it->bytes)) {
        it->full = true;
        return false;
    }
    archive_page_add(page, record);
    it->at = id;
    return true;
}

/* How many the next statement is for, after one for so many. */
static int64_t next_rows(int64_t rows, int64_t start_us, int64_t few,
                         int64_t most)
{
    int64_t us = base_clock_mono() - start_us;
    int64_t next = us > 0 ? rows * STATEMENT_US / us : most;

    next = next < 4 * rows ? next : 4 * rows;
    return next < few ? few : next < most ? next : most;
}

static void pause_since(const searching *it, int64_t start_us)
{
    if (!it->full) {
        archive_page_rest(it->db, start_us);
    }
}

/* Looks through the rows between `low` and `at`. */
static archive_status scan_step(searching *it)
{
    int64_t ms = (int64_t)it->at.ms;
    int64_t n = (int64_t)it->at.n;
    int64_t most = (int64_t)(it->limit - it->page->count) + 1;
    room_id low;
    archive_status status = archive_page_low(it->db, it->past, it->page,
                                             &it->at, it->rows, &low);
    int64_t low_ms = (int64_t)low.ms;
    int64_t low_n = (int64_t)low.n;
    const char *const *w = it->words;
    const void *values[] = { &it->past->id, &ms, &ms, &n, &low_ms, &low_ms,
                             &low_n, w[0], w[1], w[2], w[3], w[4], w[5], w[6],
                             w[7], &most };

    if (status == ARCHIVE_OK) {
        status = archive_db_select(it->db, ARCHIVE_SCAN_FIND, values);
    }
    while (status == ARCHIVE_OK && !it->full && archive_db_row(it->db)) {
        if (archive_record_read(&it->record, it->db, it->past->id)) {
            (void)take(it);
        }
    }
    if (status == ARCHIVE_OK && !it->full) {
        it->at = archive_past_behind(&low);
        it->scanned += it->rows;
    }
    return status;
}

static bool over(const searching *it)
{
    room_id end = archive_past_behind(&it->page->complete);

    return it->full || room_id_compare(&it->at, &end) <= 0;
}

static archive_status scan(searching *it, int64_t rows)
{
    archive_status status = ARCHIVE_OK;

    while (status == ARCHIVE_OK && !over(it) && it->scanned < rows
           && base_clock_mono() < it->until_us) {
        int64_t start_us = base_clock_mono();

        status = scan_step(it);
        it->rows = next_rows(it->rows, start_us, SCAN_FEW, SCAN_MOST);
        pause_since(it, start_us);
    }
    return status;
}

static size_t count_points(const char *word)
{
    size_t points = 0;

    for (; *word; word++) {
        points += (*word & 0xc0) != 0x80;
    }
    return points;
}

/* Appends three-letter pieces of a word, "abc" AND "bcd", at most so many,
 * which are spread over it: each costs time, and what they find is compared
 * with the word. */
static void append_pieces(base_bytes *match, const char *word, size_t most)
{
    const unsigned char *text = (const unsigned char *)word;
    size_t size = strlen(word);
    size_t pieces = count_points(word) - 2;
    size_t starts[3]; /* of the last three */
    size_t end = 0;

    for (size_t points = 0; end < size; points++) {
        int32_t point;

        starts[points % 3] = end;
        end += chat_unicode_next(text + end, size - end, &point);
        if (points < 2
            || (pieces > most && points > 2
                && (points - 2) * most / pieces
                       == (points - 3) * most / pieces)) {
            continue;
        }
        base_bytes_append_text(match, match->len > 0 ? " AND \"" : "\"");
        for (size_t i = starts[(points + 1) % 3]; i < end; i++) {
            base_bytes_append(match, text + i, 1);
            if (text[i] == '"') {
                base_bytes_append(match, "\"", 1);
            }
        }
        base_bytes_append_text(match, "\"");
    }
}

/* What SQLite's index finds has all pieces, but perhaps not side by side. */
static archive_status ask_sqlite(searching *it, const char *match,
                                 int64_t below, int64_t *last, int64_t *got)
{
    int64_t from = it->past->id * ARCHIVE_PAST_ROOM;
    const void *values[] = { match, &from, &below, &it->rows };
    archive_status status = archive_db_select(it->db, ARCHIVE_INDEX_FIND,
                                              values);

    *got = 0;
    while (status == ARCHIVE_OK && !it->full && archive_db_row(it->db)) {
        size_t size;
        const char *folded;
        bool good = archive_record_read(&it->record, it->db, it->past->id);
        room_id id;

        *last = archive_db_number(it->db, 10);
        folded = archive_db_text(it->db, 11, &size);
        id = (room_id){ (uint64_t)it->record.ms, (uint64_t)it->record.n };
        (*got)++;
        if (room_id_compare(&id, &it->page->complete) <= 0) {
            *got = 0; /* and all that come */
            break;
        }
        if (good && chat_search_in_folded(it->search, folded, size)) {
            (void)take(it);
        }
        else {
            it->at = id;
        }
    }
    return status;
}

/* Where the index begins: the pos of the first row below `at`. */
static archive_status find_pos(searching *it, int64_t *below)
{
    int64_t ms = (int64_t)it->at.ms;
    int64_t n = (int64_t)it->at.n;
    const int64_t none = 0;
    const void *values[] = { &it->past->id, &ms, &ms, &n, &none };
    archive_status status = archive_db_select(it->db, ARCHIVE_SCAN_STEP,
                                              values);
    int64_t pos;
    room_id id;

    *below = 0;
    if (status == ARCHIVE_OK && archive_db_row(it->db)) {
        id.ms = (uint64_t)archive_db_number(it->db, 0);
        id.n = (uint64_t)archive_db_number(it->db, 1);
        status = archive_past_get(it->db, it->past, &id, &it->record, &pos);
        *below = pos + 1;
    }
    return status;
}

static archive_status search_sqlite(searching *it)
{
    base_bytes match = BASE_BYTES_INIT;
    archive_status status;
    int64_t below;
    bool on = true;

    for (size_t i = 0; i < it->search->count; i++) {
        append_pieces(&match, it->words[i], PIECES / it->search->count);
    }
    base_bytes_append(&match, "", 1);
    if (match.len == 1) { /* no word has three letters */
        base_bytes_free(&match);
        return scan(it, INT64_MAX);
    }
    status = find_pos(it, &below);
    it->rows = CANDIDATES_FEW;
    while (status == ARCHIVE_OK && !it->full && on
           && base_clock_mono() < it->until_us) {
        int64_t start_us = base_clock_mono();
        int64_t got;

        status = ask_sqlite(it, (const char *)match.data, below, &below, &got);
        on = got == it->rows;
        it->rows = next_rows(it->rows, start_us, CANDIDATES_FEW,
                             CANDIDATES_MOST);
        pause_since(it, start_us);
    }
    if (status == ARCHIVE_OK && !it->full && !on) {
        it->at = it->page->complete; /* that was all */
    }
    base_bytes_free(&match);
    return status;
}

/* PostgreSQL alone knows how long it will take. What it does not find in time
 * is looked for a piece at a time, from one request to the next. */
static archive_status ask_pgsql(searching *it, const void *const *values)
{
    archive_status status = archive_db_command(
        it->db, "SET statement_timeout = 400", true);

    if (status == ARCHIVE_OK) {
        status = archive_db_select(it->db, ARCHIVE_INDEX_FIND, values);
    }
    return status;
}

/* A pattern of LIKE that is found where the longest word is. */
static void append_pattern(searching *it, base_bytes *pattern)
{
    const char *longest = it->words[0];

    for (size_t i = 1; i < it->search->count; i++) {
        if (strlen(it->words[i]) > strlen(longest)) {
            longest = it->words[i];
        }
    }
    base_bytes_append(pattern, "%", 1);
    for (const char *at = longest; *at; at++) {
        if (*at == '%' || *at == '_' || *at == '\\') {
            base_bytes_append(pattern, "\\", 1);
        }
        base_bytes_append(pattern, at, 1);
    }
    base_bytes_append(pattern, "%", 2); /* with its NUL */
}

static archive_status search_pgsql(searching *it)
{
    base_bytes pattern = BASE_BYTES_INIT;
    int64_t ms = (int64_t)it->at.ms;
    int64_t n = (int64_t)it->at.n;
    int64_t most = (int64_t)(it->limit - it->page->count) + 1;
    const char *const *w = it->words;
    archive_status status;
    const void *values[] = { NULL, &it->past->id, &ms, &ms, &n, w[0], w[1],
                             w[2], w[3], w[4], w[5], w[6], w[7], &most };

    append_pattern(it, &pattern);
    values[0] = pattern.data;
    status = ask_pgsql(it, values);
    while (status == ARCHIVE_OK && !it->full && archive_db_row(it->db)) {
        bool good = archive_record_read(&it->record, it->db, it->past->id);
        room_id id;

        id = (room_id){ (uint64_t)it->record.ms, (uint64_t)it->record.n };
        if (room_id_compare(&id, &it->page->complete) <= 0) {
            break;
        }
        if (good) {
            (void)take(it);
        }
    }
    base_bytes_free(&pattern);
    if (status != ARCHIVE_OK) {
        return ARCHIVE_OK; /* there is more, from where it is */
    }
    if (!it->full) {
        it->at = it->page->complete;
    }
    return archive_db_command(it->db, "SET statement_timeout = 5000", true);
}

/* The index has the events up to `indexed`, so what comes after is looked
 * through; PostgreSQL's has all. */
static archive_status search_all(searching *it)
{
    archive_dialect dialect = archive_db_about(it->db)->dialect;
    bool indexed = archive_db_about(it->db)->indexed;
    archive_status status;
    int64_t below;

    it->until_us = base_clock_mono() + TIME_US;
    if (!indexed || dialect == ARCHIVE_MYSQL) {
        return scan(it, INT64_MAX);
    }
    status = scan(it, SCAN_FIRST);
    if (dialect == ARCHIVE_PGSQL) {
        return status == ARCHIVE_OK && !over(it) ? search_pgsql(it) : status;
    }
    while (status == ARCHIVE_OK && !over(it)
           && base_clock_mono() < it->until_us) {
        status = find_pos(it, &below);
        if (status == ARCHIVE_OK && below <= it->past->indexed + 1) {
            return search_sqlite(it);
        }
        if (status == ARCHIVE_OK) {
            status = scan(it, it->scanned + 1); /* one step */
        }
    }
    return status;
}

static bool take_turn(archive *a)
{
    struct timespec until;

    if (!archive_enter(a)) {
        return false;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += TURN_S;
    if (pthread_mutex_timedlock(&turn, &until) != 0) {
        archive_leave(a);
        return false;
    }
    return true;
}

static void give_turn(archive *a)
{
    pthread_mutex_unlock(&turn);
    archive_leave(a);
}

archive_status archive_search_before(archive *a, const void *key,
                                     size_t key_size,
                                     const chat_search *search,
                                     const room_id *before, size_t limit,
                                     size_t bytes, archive_page *page)
{
    archive_past past;
    searching it = { .past = &past, .search = search, .limit = limit,
                     .bytes = bytes, .page = page,
                     .at = archive_page_highest(before), .rows = SCAN_FEW,
                     .texts = BASE_BYTES_INIT };
    bool alone = take_turn(a);
    archive_status status = alone ? archive_page_open(a, key, key_size, page,
                                                      &it.db, &past)
                                  : ARCHIVE_AWAY;

    if (!alone) {
        page->count = 0;
    }
    if (status == ARCHIVE_OK) {
        list_words(&it);
        status = search_all(&it);
        page->more = it.full || !over(&it);
        archive_page_turn(page);
        page->from = page->more ? it.at : page->complete;
    }
    base_bytes_free(&it.texts);
    archive_record_free(&it.record);
    archive_page_close(a, it.db);
    if (alone) {
        give_turn(a);
    }
    return status;
}
