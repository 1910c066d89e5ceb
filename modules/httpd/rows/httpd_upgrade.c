/* httpd_upgrade.c - row 1: WebSocket; see httpd_upgrade.h.
 *
 * Where there can be no WebSocket at all comes first, then what is wrong with
 * the handshake, then who may not, then what there is no room for.
 */
#include "httpd/rows/httpd_upgrade.h"

#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>

#include "act/act_refusal.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/gate/httpd_origin.h"
#include "httpd/gate/httpd_rights.h"
#include "httpd/httpd_life.h"
#include "httpd/leave/httpd_duplex.h"
#include "httpd/leave/httpd_handoff.h"
#include "httpd/leave/httpd_offer.h"
#include "httpd/leave/httpd_pipe.h"
#include "httpd/rows/httpd_head.h"
#include "httpd/rows/httpd_position.h"
#include "httpd/traffic/httpd_meter.h"
#include "httpd/traffic/httpd_traffic.h"
#include "hub/way/hub_way_ws.h"
#include "ws/ws_extension.h"
#include "ws/ws_handshake.h"

/* mod_http2 works on six requests of a connection at once, and after streams
 * have been reset on four and on two. A browser has one connection to a site
 * for all of its tabs: what a WebSocket holds, the site's pages lack. */
#define OF_CONNECTION 2

/* What one upgrade has gathered on its way. */
typedef struct {
    request_rec *r;
    const httpd_dir_config *config;
    const httpd_room *room; /* NULL: the echo */
    ws_handshake_answer answer;
    ws_extension extension;
    act_start start;
    httpd_person person;
    httpd_refusal why;
    int refused; /* by another module, with this status; else OK */
} upgrade;

static const char *const room_protocols[] = { "chatws.v1", NULL };
static const char *const echo_protocols[] = { NULL };

static bool refuse(upgrade *up, httpd_refusal why)
{
    up->why = why;
    return false;
}

static bool check_handshake(upgrade *up)
{
    request_rec *r = up->r;
    const apr_table_t *in = r->headers_in;
    ws_handshake_request request = {
        .method = r->method,
        .http11 = r->proto_num >= HTTP_VERSION(1, 1),
        .upgrade = apr_table_get(in, "Upgrade"),
        .connection = apr_table_get(in, "Connection"),
        .version = apr_table_get(in, "Sec-WebSocket-Version"),
        .key = apr_table_get(in, "Sec-WebSocket-Key"),
        .protocols = apr_table_get(in, "Sec-WebSocket-Protocol"),
        .content_length = apr_table_get(in, "Content-Length"),
        /* mod_http2 sets it where a stream has no length. */
        .transfer_encoding = httpd_duplex_fits(r)
                                 ? NULL
                                 : apr_table_get(in, "Transfer-Encoding"),
    };

    ws_handshake_decide(&request, up->room ? room_protocols : echo_protocols,
                        &up->answer);
    if (up->answer.status == HTTP_UPGRADE_REQUIRED) {
        apr_table_setn(r->headers_out, "Sec-WebSocket-Version", "13");
        apr_table_setn(r->headers_out, "Upgrade", "websocket");
        apr_table_setn(r->headers_out, "Connection", "Upgrade");
    }
    if (up->answer.status != HTTP_SWITCHING_PROTOCOLS) {
        return refuse(up, (httpd_refusal){ .error = CHAT_BAD_HANDSHAKE,
                                           .status = up->answer.status,
                                           .sentence = up->answer.sentence });
    }
    return true;
}

/* mod_deflate's own variable says that a client is not up to it (SetEnvIf
 * User-Agent). Who looks at its traffic byte by byte shall see what it is. */
static void choose(upgrade *up)
{
    request_rec *r = up->r;

    if (up->config->settings.compress_least > 0
        && !apr_table_get(r->subprocess_env, "no-gzip")
        && !httpd_field_asked(r, "uncompressed") && !httpd_meter_look(r)) {
        ws_extension_choose(
            apr_table_get(r->headers_in, "Sec-WebSocket-Extensions"),
            &up->extension);
    }
}

static bool read_start(upgrade *up)
{
    httpd_position position;

    if (!httpd_position_read(up->r, &position, &up->why)) {
        return false;
    }
    up->start = position.start;
    return true;
}

static bool check_room(upgrade *up)
{
    if (!up->room) {
        return true;
    }
    if (up->room->slash) {
        return refuse(up, (httpd_refusal){ .error = CHAT_BAD_ROOM });
    }
    return read_start(up)
           && httpd_rights_enter(up->r, up->config, up->room,
                                 apr_table_get(up->r->headers_in,
                                               "Sec-WebSocket-Protocol"),
                                 &up->person, &up->why);
}

/* The 101, with the lines that other modules have added; NULL when one of them
 * refuses it. */
static const char *make_head(upgrade *up)
{
    request_rec *r = up->r;
    const char *protocol = up->answer.protocol;
    base_bytes lines = BASE_BYTES_INIT;
    char extension[WS_EXTENSION_MAX];
    size_t agreed = ws_extension_write(&up->extension, extension);
    const char *head;

    r->status = HTTP_SWITCHING_PROTOCOLS;
    httpd_person_remember(r, &up->person);
    up->refused = httpd_head_complete(r);
    if (up->refused != OK) {
        return NULL;
    }
    if (agreed > 0) {
        base_bytes_append_format(&lines, "Sec-WebSocket-Extensions: %.*s\r\n",
                                 (int)agreed, extension);
    }
    httpd_head_lines(r, &lines);
    base_bytes_append(&lines, "", 1);
    head = apr_pstrcat(r->pool,
                       "HTTP/1.1 101 Switching Protocols\r\n"
                       "Upgrade: websocket\r\n"
                       "Connection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: ",
                       up->answer.accept, "\r\n",
                       protocol ? "Sec-WebSocket-Protocol: " : "",
                       protocol ? protocol : "", protocol ? "\r\n" : "",
                       (const char *)lines.data, "\r\n", NULL);
    base_bytes_free(&lines);
    return head;
}

/* RFC 9110 7.8: whoever expects a 100 gets it in front of the 101, although
 * there is no content to wait for. */
static const char *after_100(upgrade *up, const char *head)
{
    return up->r->expecting_100
               ? apr_pstrcat(up->r->pool, "HTTP/1.1 100 Continue\r\n\r\n",
                             head, NULL)
               : head;
}

/* The head and all that comes behind it are the hub's from here on; a stream
 * of HTTP/2 stays on this thread. */
static bool send_head(upgrade *up, hub_offer *offer, const char *head)
{
    request_rec *r = up->r;

    if (httpd_duplex_fits(r)) {
        return httpd_duplex_run(r, offer, after_100(up, head), &up->why);
    }
    if (up->room && httpd_meter_look(r)) {
        httpd_meter_event(r, head, &offer->measure.event);
    }
    return httpd_handoff_send(r, offer, HTTP_SWITCHING_PROTOCOLS,
                              after_100(up, head), &up->why);
}

/* The offer comes before the head: who has no place in the hub or in the room
 * can be told with a status only as long as there is no 101. */
static bool hand_over(upgrade *up)
{
    hub_offer *offer;
    const char *head;

    choose(up);
    offer = httpd_offer_make(up->r, up->config, up->room, &up->start,
                             &up->person,
                             hub_way_ws_of(up->room == NULL,
                                           up->extension.window_bits),
                             &up->why);
    head = offer ? make_head(up) : NULL;
    if (!head) {
        if (offer) {
            hub_offer_destroy(offer);
        }
        return false;
    }
    return send_head(up, offer, head);
}

/* A stream of HTTP/2 holds a thread for as long as it lasts. */
static bool hold_thread(upgrade *up)
{
    bool done;

    if (!httpd_pipe_take(up->r, OF_CONNECTION)) {
        return refuse(up, (httpd_refusal){
            .error = CHAT_ROOMS_FULL,
            .sentence = "The server has as many WebSockets over HTTP/2 as it "
                        "can: connect with HTTP/1.1, or try again later.",
            .retry = ACT_REFUSAL_FULL_US });
    }
    if (up->room) {
        httpd_traffic_begin(up->r, ACT_TRAFFIC_WEBSOCKET);
    }
    done = hand_over(up);
    httpd_pipe_give(up->r);
    return done;
}

/* The client has done something wrong; its limits were told already. */
static bool is_theirs(const httpd_refusal *why)
{
    int status = why->status ? why->status : chat_error_status(why->error);

    return status < HTTP_INTERNAL_SERVER_ERROR
           && status != HTTP_TOO_MANY_REQUESTS;
}

static int proceed(upgrade *up)
{
    bool sound = httpd_handoff_possible(up->r, &up->why) && check_handshake(up);
    bool foreign = sound
                   && !httpd_origin_check(up->r, up->config, false, &up->why);

    if (sound && !foreign && check_room(up)
        && (httpd_duplex_fits(up->r) ? hold_thread(up) : hand_over(up))) {
        return OK;
    }
    if (up->refused != OK) {
        return up->refused;
    }
    /* Any page on the web can have its visitors' browsers try in vain: that
     * must not use up what their addresses may do. */
    if (!foreign && is_theirs(&up->why)) {
        httpd_address_charge(up->r, up->config, &up->why);
    }
    /* A client that did not wait has sent frames, which are no request. */
    up->why.close = !up->r->connection->master;
    return httpd_answer_refuse(up->r, &up->why);
}

int httpd_upgrade_room(request_rec *r, const httpd_dir_config *config,
                       const httpd_room *room)
{
    upgrade up = { .r = r, .config = config, .room = room };

    return proceed(&up);
}

int httpd_upgrade_echo(request_rec *r, const httpd_dir_config *config)
{
    /* Nobody is asked who it is, so that nobody else fills these in. */
    upgrade up = { .r = r,
                   .config = config,
                   .person.settings = config->settings };

    return proceed(&up);
}
