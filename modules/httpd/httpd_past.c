/* httpd_past.c - see httpd_past.h. */
#include "httpd/httpd_past.h"

#include <http_log.h>

#include "archive/archive_page.h"
#include "base/base_clock.h"
#include "httpd/config/httpd_config.h"
#include "httpd/httpd_turn.h"
#include "relay/archive/relay_archive.h"
#include "room/archive/room_archive.h"
#include "room/relay/room_relay.h"

APLOG_USE_MODULE(chatws);

/* Of one piece for a reader. */
#define ROWS_MOST 1000

/* Written by the main thread before there are others, and after. */
static struct {
    archive_settings settings;
    archive *archive; /* NULL: none */
    relay_archive *shared; /* what other hosts have said; NULL: there are
                              none */
    hub_archive door;
    int64_t since; /* base_clock_mono */
} past;

/* Before the archive is made. */
static void share(const relay_settings *settings, room_store *store)
{
    past.shared = NULL;
    past.settings.source = NULL;
    if (room_relay_on(store)) {
        past.shared = relay_archive_create(settings, store);
        past.settings.source = relay_archive_source(past.shared);
    }
}

void httpd_past_start(server_rec *server, room_store *store)
{
    const httpd_server_config *config = httpd_config_server(server);

    past.archive = NULL;
    past.since = base_clock_mono();
    past.settings = config->archive;
    past.settings.ack = config->archive_ack != 0;
    past.settings.enter = httpd_turn_enter;
    past.settings.leave = httpd_turn_leave;
    /* The segment may be one from before, when there was no memory for one with
     * an archive. */
    if (past.settings.driver && store && room_archive_fd(store) >= 0) {
        share(&config->relay, store);
        past.archive = archive_create(&past.settings, store);
        (void)archive_start(past.archive);
    }
}

void httpd_past_stop(int64_t patience)
{
    bool ended;

    if (!past.archive) {
        return;
    }
    ended = archive_stop(past.archive, base_clock_mono() + patience);
    archive_destroy(past.archive);
    past.archive = NULL;
    if (past.shared && ended) { /* else the writer still has it */
        relay_archive_destroy(past.shared);
    }
    past.shared = NULL;
}

archive *httpd_past_archive(void)
{
    return past.archive;
}

bool httpd_past_ready(room_store *store)
{
    return httpd_turn_await(room_archive_ready, store, past.since);
}

bool httpd_past_promises(void)
{
    return past.archive && past.settings.ack;
}

static bool read_after(void *of, const act_room_key *room,
                       const room_id *after, size_t most,
                       hub_archive_visit *visit, void *context,
                       hub_archive_end *end)
{
    archive_page page = ARCHIVE_PAGE_INIT;
    archive_status status = archive_page_after(of, room->key, room->key_size,
                                               after, ROWS_MOST, most, &page);
    size_t i = 0;

    while (i < page.count
           && visit(context, &page.rows[i].id,
                    page.bodies.data + page.rows[i].at, page.rows[i].size)) {
        i++;
    }
    end->complete = page.complete;
    end->all = status == ARCHIVE_ABSENT || (i == page.count && !page.more);
    archive_page_free(&page);
    return status == ARCHIVE_OK || status == ARCHIVE_ABSENT;
}

const hub_archive *httpd_past_door(void)
{
    past.door = (hub_archive){ .archive = past.archive,
                               .ack = past.settings.ack,
                               .read_after = read_after };
    return past.archive ? &past.door : NULL;
}
