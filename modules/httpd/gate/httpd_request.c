/* httpd_request.c - the handler; see httpd_request.h. */
#include "httpd/gate/httpd_request.h"

#include <string.h>

#include <http_protocol.h>

#include "act/act_traffic.h"
#include "http/http_accept.h"
#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/gate/httpd_claim.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/gate/httpd_login.h"
#include "httpd/gate/httpd_origin.h"
#include "httpd/gate/httpd_room.h"
#include "httpd/rows/httpd_list.h"
#include "httpd/rows/httpd_page.h"
#include "httpd/rows/httpd_poll.h"
#include "httpd/rows/httpd_post.h"
#include "httpd/rows/httpd_search.h"
#include "httpd/rows/httpd_stream.h"
#include "httpd/rows/httpd_upgrade.h"
#include "httpd/httpd_turn.h"
#include "httpd/status/httpd_status.h"
#include "httpd/traffic/httpd_account.h"
#include "httpd/traffic/httpd_meter.h"
#include "httpd/traffic/httpd_traffic.h"
#include "ws/ws_handshake.h"

/* What can be done with a room. */
#define ROOM_METHODS "GET, HEAD, POST, OPTIONS"

#define ANY_METHOD (-1)
#define UNCOUNTED ACT_TRAFFICS

/* What a row is like. */
enum {
    OF_ROOM = 1,   /* refuses a path that ends in a slash, */
    OF_PREFIX = 2, /* or is there for none but such a path */
    LINKED = 4,    /* anybody may link to it */
    UNCHECKED = 8, /* looks at the Origin itself, in its own order */
    SEARCHES = 16  /* takes long, if it has to look into the archive */
};

typedef struct {
    int method; /* M_GET is HEAD too */
    bool (*asked)(request_rec *r);
    int (*answer)(request_rec *r, const httpd_dir_config *config,
                  const httpd_room *room);
    act_traffic line; /* what its traffic is counted as */
    unsigned flags;
} row;

static bool asks_for_websocket(request_rec *r)
{
    return ws_handshake_asked(apr_table_get(r->headers_in, "Upgrade"));
}

static bool asks_for_members(request_rec *r)
{
    return httpd_field_asked(r, "members");
}

static bool asks_for_sanctions(request_rec *r)
{
    return httpd_field_asked(r, "sanctions");
}

static bool asks_for_rooms(request_rec *r)
{
    return httpd_field_asked(r, "rooms");
}

static bool asks_for_events(request_rec *r)
{
    return http_accept_events(httpd_field_in(r, "Accept"));
}

/* With a malformed parameter too: the row refuses it, as JSON. */
static bool asks_for_messages(request_rec *r)
{
    return httpd_field_asked(r, "after") || httpd_field_asked(r, "before");
}

static bool asks_to_wait(request_rec *r)
{
    return httpd_field_asked(r, "after") && httpd_field_asked(r, "wait");
}

static bool searches(request_rec *r)
{
    return httpd_field_asked(r, "search");
}

static bool asks_for_login(request_rec *r)
{
    return httpd_field_asked(r, "login");
}

static bool asks_for_html(request_rec *r)
{
    return http_accept_html(httpd_field_in(r, "Accept"));
}

static bool always(request_rec *r)
{
    (void)r;
    return true;
}

/* The first that matches answers. */
static const row rows[] = {
    { ANY_METHOD, asks_for_websocket, httpd_upgrade_room, UNCOUNTED,
      UNCHECKED },
    { M_GET, asks_for_members, httpd_list_members, UNCOUNTED, 0 },
    { M_GET, asks_for_sanctions, httpd_list_sanctions, UNCOUNTED, OF_ROOM },
    { M_GET, asks_for_rooms, httpd_list_rooms, UNCOUNTED, OF_PREFIX },
    { M_GET, asks_for_events, httpd_stream_events, ACT_TRAFFIC_SSE, OF_ROOM },
    { M_GET, asks_to_wait, httpd_stream_wait, ACT_TRAFFIC_LONGPOLL, OF_ROOM },
    { M_GET, searches, httpd_search_room, ACT_TRAFFIC_POLL,
      OF_ROOM | SEARCHES },
    { M_GET, asks_for_messages, httpd_poll_room, ACT_TRAFFIC_POLL, 0 },
    { M_GET, asks_for_login, httpd_login_answer, UNCOUNTED, LINKED },
    { M_GET, asks_for_html, httpd_page_room, UNCOUNTED, LINKED },
    { M_GET, always, httpd_poll_room, UNCOUNTED, 0 },
    { M_POST, always, httpd_post_message, ACT_TRAFFIC_POST, OF_ROOM },
};

/* NULL: a method that no row has. */
static const row *find_row(request_rec *r, const httpd_room *room)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const row *at = &rows[i];

        if ((at->method == ANY_METHOD || at->method == r->method_number)
            && (room->slash || !(at->flags & OF_PREFIX)) && at->asked(r)) {
            return at;
        }
    }
    return NULL;
}

/* Before anything is refused but for its Origin: a refusal is traffic, too. */
static void count_traffic(request_rec *r, act_traffic line)
{
    if (line != UNCOUNTED
        && (!act_traffic_describe(line)->keyed || httpd_account_key(r) != 0)) {
        httpd_traffic_begin(r, line);
    }
}

static int answer_row(request_rec *r, const row *asked,
                      const httpd_dir_config *config, const httpd_room *room)
{
    httpd_refusal why;
    act_address from;
    int result;

    if (!(asked->flags & UNCHECKED)
        && !httpd_origin_check(r, config, asked->flags & LINKED, &why)) {
        return httpd_answer_refuse(r, &why);
    }
    count_traffic(r, asked->line);
    if (room->slash && (asked->flags & OF_ROOM)) {
        return httpd_answer_refuse(r, &(httpd_refusal){
            .error = CHAT_BAD_ROOM });
    }
    httpd_address_of(r, config, &from);
    httpd_turn_begin(from.key, (asked->flags & SEARCHES) != 0);
    result = asked->answer(r, config, room);
    httpd_turn_end();
    return result;
}

static int handle_room(request_rec *r, const httpd_dir_config *config)
{
    const row *asked;
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
    asked = find_row(r, &room);
    if (asked) {
        return answer_row(r, asked, config, &room);
    }
    return r->method_number == M_OPTIONS
               ? httpd_origin_preflight(r, ROOM_METHODS)
               : httpd_answer_method(r, ROOM_METHODS);
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
        return httpd_status_handler(r, config);
    case HTTPD_ROLE_OFF:
    default:
        return DECLINED;
    }
}
