/* httpd_past.c - see httpd_past.h.
 *
 * mpm-itk forks a process for each connection, and a copy of another process's
 * archive is of no use: its locks may be held, its connections are the other's.
 * So such a process makes one of its own when it has to read.
 */
#include "httpd/httpd_past.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include <apr_time.h>
#include <http_log.h>

#include "archive/archive_page.h"
#include "base/base_clock.h"
#include "httpd/config/httpd_config.h"
#include "room/archive/room_archive.h"

APLOG_USE_MODULE(chatws);

/* How long after its start a child lets requests wait for the archive. Later
 * ones are told to come again: they must not take all of httpd's threads. */
#define PATIENCE_US INT64_C(3000000)
#define LOOK_US 10000

/* Of one piece for a reader. */
#define ROWS_MOST 1000

static struct {
    archive_settings settings; /* without a driver: there is none */
    room_store *store;
    hub_archive door;
    int64_t since; /* base_clock_mono */
    pthread_mutex_t making;
    _Atomic(archive *) archive;
    _Atomic(pid_t) owner;
} past = { .making = PTHREAD_MUTEX_INITIALIZER };

void httpd_past_start(server_rec *server, room_store *store)
{
    const httpd_server_config *config = httpd_config_server(server);
    archive *made;

    past.settings = config->archive;
    past.settings.ack = config->archive_ack != 0;
    past.store = store;
    past.since = base_clock_mono();
    if (!past.settings.driver || !store) {
        return;
    }
    made = archive_create(&past.settings, store);
    atomic_store(&past.owner, getpid());
    atomic_store(&past.archive, made);
    (void)archive_start(made);
}

void httpd_past_stop(int64_t patience)
{
    archive *made = atomic_load(&past.owner) == getpid()
                        ? atomic_exchange(&past.archive, NULL) : NULL;

    if (made) {
        archive_stop(made, base_clock_mono() + patience);
        archive_destroy(made);
    }
}

archive *httpd_past_archive(void)
{
    archive *made = atomic_load(&past.archive);

    if (!made || atomic_load(&past.owner) == getpid()) {
        return made;
    }
    pthread_mutex_lock(&past.making);
    if (atomic_load(&past.owner) != getpid()) {
        atomic_store(&past.archive, archive_create(&past.settings,
                                                   past.store));
        atomic_store(&past.owner, getpid());
    }
    pthread_mutex_unlock(&past.making);
    return atomic_load(&past.archive);
}

bool httpd_past_ready(room_store *store)
{
    while (!room_archive_ready(store)) {
        if (base_clock_mono() - past.since > PATIENCE_US) {
            return false;
        }
        apr_sleep(LOOK_US);
    }
    return true;
}

bool httpd_past_promises(void)
{
    return past.settings.driver && past.settings.ack;
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
    past.door = (hub_archive){ .archive = httpd_past_archive(),
                               .ack = past.settings.ack,
                               .read_after = read_after };
    return past.door.archive ? &past.door : NULL;
}
