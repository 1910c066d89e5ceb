/* httpd_watch.c - see httpd_watch.h. */
#include "httpd/leave/httpd_watch.h"

#include "base/base_clock.h"
#include "httpd/httpd_connection.h"
#include "httpd/traffic/httpd_traffic.h"
#include "loop/loop_socket.h"

httpd_watch httpd_watch_begin(request_rec *r, const hub_offer *offer)
{
    int64_t now = base_clock_mono() / 1000;

    return (httpd_watch){
        .r = r,
        .socket = httpd_connection_fd(httpd_connection_client(r)),
        .timeout = offer->settings.ping_timeout / 1000,
        .checked = now,
        .acked = now
    };
}

bool httpd_watch_alive(httpd_watch *watch)
{
    int64_t now = base_clock_mono() / 1000;
    int64_t unacked;

    if (now - watch->checked < HTTPD_WATCH_MS) {
        return true;
    }
    watch->checked = now;
    httpd_traffic_go_on(watch->r);
    unacked = loop_socket_unheard(watch->socket);
    if (unacked <= now - watch->acked) {
        watch->acked = now - unacked;
    }
    return now - watch->acked < watch->timeout;
}
