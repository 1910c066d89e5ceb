/* httpd_snapshot.c - see httpd_snapshot.h. */
#include "httpd/status/httpd_snapshot.h"

#include <string.h>

#include <httpd.h>
#include <apr_time.h>
#include <scoreboard.h>

#include "base/base_clock.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_past.h"
#include "httpd/status/httpd_board.h"
#include "room/segment/room_slot.h"

static void take_times(httpd_snapshot *now)
{
    apr_time_t since;

    if (!ap_exists_scoreboard_image()) {
        return;
    }
    since = apr_time_now() - ap_scoreboard_image->global->restart_time;
    now->uptime = since > 0 ? (uint64_t)apr_time_sec(since) : 0;
    now->started =
        (uint64_t)apr_time_sec(ap_scoreboard_image->global->restart_time);
}

static void take_limit(httpd_snapshot *now)
{
    hub_board_figures figures = { .limit = 0 };

    if (httpd_board_get()) {
        hub_board_figures_get(httpd_board_get(), &figures);
    }
    now->connections_limit = figures.limit;
}

static void take_relay(room_store *store, httpd_snapshot *now)
{
    relay_figures *of = &now->relay;

    relay_figures_get(store, of);
    now->relay_connected = of->connected;
    now->relay_lag_ms = of->lag_us > 0 ? (uint64_t)of->lag_us / 1000 : 0;
}

void httpd_snapshot_take(httpd_snapshot *now)
{
    room_store *store = httpd_life_store();

    memset(now, 0, sizeof(*now));
    take_times(now);
    now->forks = httpd_life_forks();
    if (store) {
        now->up = 1;
        now->children = room_slot_count(store);
        take_limit(now);
        room_store_figures_get(store, &now->store);
        act_count_sums(store, now->counts);
        (void)room_meter_read(store, 0, base_clock_mono(), now->traffic);
        room_archive_figures_get(store, base_clock_mono(), &now->archive);
        now->archive.on = now->archive.on && httpd_past_archive();
        now->archive_lag_seconds = (uint64_t)now->archive.lag_us / 1000000;
        take_relay(store, now);
    }
}

uint64_t httpd_snapshot_value(const void *figures, size_t offset)
{
    uint64_t value;

    memcpy(&value, (const char *)figures + offset, sizeof(value));
    return value;
}
