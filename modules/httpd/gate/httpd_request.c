/* httpd_request.c - the handler; see httpd_request.h. */
#include "httpd/gate/httpd_request.h"

#include <string.h>

#include <http_protocol.h>

#include "http/http_accept.h"
#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_claim.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/gate/httpd_origin.h"
#include "httpd/gate/httpd_room.h"
#include "httpd/rows/httpd_list.h"
#include "httpd/rows/httpd_page.h"
#include "httpd/rows/httpd_poll.h"
#include "httpd/rows/httpd_post.h"
#include "httpd/rows/httpd_status.h"
#include "httpd/rows/httpd_stream.h"
#include "httpd/rows/httpd_upgrade.h"
#include "httpd/traffic/httpd_account.h"
#include "httpd/traffic/httpd_meter.h"
#include "httpd/traffic/httpd_traffic.h"
#include "ws/ws_handshake.h"

/* What can be done with a room. */
#define ROOM_METHODS "GET, HEAD, POST, OPTIONS"

static bool asks_for_websocket(request_rec *r)
{
    return ws_handshake_asked(apr_table_get(r->headers_in, "Upgrade"));
}

/* What answers one row of a room's table. */
typedef int answer_row(request_rec *r, const httpd_dir_config *config,
                       const httpd_room *room);

/* The first row that matches a GET or HEAD. */
static answer_row *find_row(request_rec *r, const httpd_room *room)
{
    if (httpd_list_asked(r, "members")) {
        return httpd_list_members;
    }
    if (room->slash && httpd_list_asked(r, "rooms")) {
        return httpd_list_rooms;
    }
    if (httpd_stream_asked(r)) {
        return httpd_stream_events;
    }
    if (httpd_stream_waits(r)) {
        return httpd_stream_wait;
    }
    if (httpd_poll_asked(r)
        || !http_accept_html(httpd_field_in(r, "Accept"))) {
        return httpd_poll_room;
    }
    return httpd_page_room;
}

/* Whose traffic the answer is. */
static void count_traffic(request_rec *r, answer_row *row)
{
    if (row == httpd_stream_events) {
        httpd_traffic_begin(r, ACT_TRAFFIC_SSE);
    }
    else if (row == httpd_stream_wait) {
        httpd_traffic_begin(r, ACT_TRAFFIC_LONGPOLL);
    }
    else if (row == httpd_poll_room && httpd_poll_asked(r)) {
        httpd_traffic_begin(r, ACT_TRAFFIC_POLL);
    }
}

static int get_room(request_rec *r, const httpd_dir_config *config,
                    const httpd_room *room)
{
    answer_row *row = find_row(r, room);
    httpd_refusal why;

    if (!httpd_origin_check(r, config, row == httpd_page_room, &why)) {
        return httpd_answer_refuse(r, &why);
    }
    count_traffic(r, row);
    return row(r, config, room);
}

static int post_room(request_rec *r, const httpd_dir_config *config,
                     const httpd_room *room)
{
    httpd_refusal why;

    if (!httpd_origin_check(r, config, false, &why)) {
        return httpd_answer_refuse(r, &why);
    }
    if (httpd_account_key(r) != 0) {
        httpd_traffic_begin(r, ACT_TRAFFIC_POST);
    }
    return httpd_post_message(r, config, room);
}

static int handle_room(request_rec *r, const httpd_dir_config *config)
{
    httpd_room room;
    httpd_refusal why;

    httpd_origin_headers(r, config);
    if (!httpd_room_read(r, &room, &why)) {
        return httpd_answer_refuse(r, &why);
    }
    if (room.reserved) {
        return strcmp(room.file, HTTPD_METER_FILE) == 0
                   ? httpd_meter_answer(r, config)
                   : httpd_page_asset(r, room.file);
    }
    if (asks_for_websocket(r)) {
        return httpd_upgrade_room(r, config, &room);
    }
    switch (r->method_number) {
    case M_GET: /* HEAD too */
        return get_room(r, config, &room);
    case M_POST:
        return post_room(r, config, &room);
    case M_OPTIONS:
        return httpd_origin_preflight(r, ROOM_METHODS);
    default:
        return httpd_answer_method(r, ROOM_METHODS);
    }
}

static int handle_echo(request_rec *r, const httpd_dir_config *config)
{
    if (asks_for_websocket(r)) {
        return httpd_upgrade_echo(r, config);
    }
    if (r->method_number != M_GET) {
        return httpd_answer_method(r, "GET, HEAD");
    }
    apr_table_setn(r->headers_out, "Upgrade", "websocket");
    apr_table_setn(r->headers_out, "Connection", "Upgrade");
    return httpd_answer_refuse(r, &(httpd_refusal){
        .error = CHAT_BAD_HANDSHAKE,
        .status = HTTP_UPGRADE_REQUIRED,
        .sentence = "This is an echo for WebSocket: connect with a WebSocket "
                    "client, and what it sends comes back." });
}

int httpd_request_handle(request_rec *r)
{
    const httpd_dir_config *config;

    if (!r->handler || strcmp(r->handler, HTTPD_CLAIM_HANDLER) != 0) {
        return DECLINED;
    }
    if (r->main) {
        return HTTP_FORBIDDEN; /* no chat inside of another page */
    }
    config = httpd_config_of(r);
    switch (config->role) {
    case HTTPD_ROLE_ROOMS:
        return handle_room(r, config);
    case HTTPD_ROLE_ECHO:
        return handle_echo(r, config);
    case HTTPD_ROLE_STATUS:
        return httpd_status_handler(r);
    case HTTPD_ROLE_OFF:
    default:
        return DECLINED;
    }
}
