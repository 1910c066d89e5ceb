/* httpd_room.c - a request's URL as the name of a room; see httpd_room.h. */
#include "httpd/gate/httpd_room.h"

#include <string.h>

#include <apr_strings.h>

#include "base/base_utf8.h"
#include "chat/chat_text.h"
#include "httpd/gate/httpd_site.h"
#include "httpd/httpd_life.h"
#include "httpd/httpd_past.h"
#include "httpd/httpd_relay.h"

#define RESERVED "/_chatws"

_Static_assert(HTTPD_SITE_MOST + 1 + HTTPD_ROOM_PATH_MOST <= ACT_KEY_MOST,
               "a room's key is its site, LF and its path");

/* It may be anywhere: the files are below every prefix, so that a page needs
 * only relative URLs. */
const char *httpd_room_file(const char *path)
{
    size_t size = strlen(RESERVED);

    for (const char *at = strstr(path, RESERVED); at;
         at = strstr(at + size, RESERVED)) {
        if (at[size] == '/') {
            return at + size + 1;
        }
        if (at[size] == '\0') {
            return at + size;
        }
    }
    return NULL;
}

/* AllowEncodedSlashes lets one through, decoded or not. */
static bool has_encoded_slash(const request_rec *r)
{
    const char *raw = r->unparsed_uri ? r->unparsed_uri : "";
    size_t size = strcspn(raw, "?#");

    for (size_t i = 0; i + 2 < size; i++) {
        if (raw[i] == '%' && raw[i + 1] == '2'
            && (raw[i + 2] == 'F' || raw[i + 2] == 'f')) {
            return true;
        }
    }
    return false;
}

static bool path_allowed(const request_rec *r, size_t size, httpd_refusal *why)
{
    if (size > HTTPD_ROOM_PATH_MOST) {
        *why = (httpd_refusal){ .error = CHAT_BAD_ROOM,
                                .status = HTTP_REQUEST_URI_TOO_LARGE };
        return false;
    }
    if (!base_utf8_valid(r->uri, size) || chat_text_has_control(r->uri, size)
        || has_encoded_slash(r)) {
        *why = (httpd_refusal){ .error = CHAT_BAD_ROOM };
        return false;
    }
    return true;
}

bool httpd_room_read(request_rec *r, httpd_room *room, httpd_refusal *why)
{
    size_t size = strlen(r->uri);
    char *key;

    if (!path_allowed(r, size, why)) {
        return false;
    }
    room->site = httpd_site_of(r);
    key = apr_pstrcat(r->pool, room->site, "\n", r->uri, NULL);
    room->key.key = key;
    room->key.key_size = strlen(key);
    room->key.archive = httpd_past_archive();
    room->key.relay = httpd_relay_get();
    room->file = httpd_room_file(r->uri);
    room->reserved = room->file != NULL;
    room->slash = size > 0 && r->uri[size - 1] == '/';
    return true;
}

bool httpd_room_find(const httpd_room *room, const act_settings *settings,
                     bool *there, httpd_refusal *why)
{
    room_table_nowhere nowhere;
    room_handle handle;
    room_status status = act_room_seek(httpd_life_store(), &room->key,
                                       settings, &handle, &nowhere);

    *there = status != ROOM_ABSENT;
    *why = httpd_answer_unreadable(status);
    return status != ROOM_UNREAD;
}
