/* httpd_parse.c - the directives that take more than plain values; see
 * httpd_parse.h. */
#include "httpd/config/httpd_parse.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "base/base_utf8.h"
#include "chat/chat_reserved.h"
#include "http/http_origin.h"
#include "httpd/config/httpd_config.h"
#include "httpd/config/httpd_require.h"

APLOG_USE_MODULE(chatws);

bool httpd_parse_assets(httpd_arguments *given)
{
    httpd_server_config *server = given->record;
    const char *path = given->words[0];

    if (given->count != 1) {
        return false;
    }
    /* The default was named by nobody, so that nobody has to have it. */
    if (given->cmd) {
        path = ap_server_root_relative(given->pool, path);
        if (path && !ap_is_directory(given->cmd->temp_pool, path)) {
            given->why = apr_psprintf(given->pool, "there is no folder %s",
                                      path);
        }
    }
    server->assets = path;
    return path && !given->why;
}

bool httpd_parse_address_rooms(httpd_arguments *given)
{
    httpd_dir_config *dir = given->record;
    int64_t most;
    int64_t period;

    if (given->count != 1
        || !httpd_value_quota(given->words[0], 1000000, &most, &period)) {
        return false;
    }
    dir->settings.address_rooms = (uint32_t)most;
    dir->settings.address_rooms_period = (uint32_t)(period / APR_USEC_PER_SEC);
    return true;
}

/* Without zlib it is off: nothing is agreed on, and nobody comes to what would
 * compress (ws_none.c). */
bool httpd_parse_compression(httpd_arguments *given)
{
    httpd_dir_config *dir = given->record;
    int64_t least;

#ifndef HAVE_ZLIB
    dir->settings.compress_least = 0;
    given->why = "this mod_chatws was built without zlib: install the "
                 "Debian package zlib1g-dev and build it again, without "
                 "--without-zlib";
    return !given->cmd;
#endif
    if (given->count < 1 || given->count > 2
        || strcasecmp(given->words[0], "on") != 0) {
        return false;
    }
    if (given->count == 2) {
        if (!httpd_value_size(given->words[1], 0, 1 << 20, &least)) {
            return false;
        }
        /* 0 in the settings is "off", and no event has less than one byte. */
        dir->settings.compress_least = least ? (uint32_t)least : 1;
    }
    return true;
}

/* The sentence for a name that is written as it is read, or NULL. */
static const char *ascii_only(apr_pool_t *pool, const char *word)
{
    for (const char *at = word; *at; at++) {
        if ((unsigned char)*at > 0x7f) {
            return apr_psprintf(pool,
                                "\"%s\": browsers send the ASCII form of a "
                                "name with other letters: write that, for "
                                "example https://xn--mller-kva.example for "
                                "m\xC3\xBCller.example", word);
        }
    }
    return NULL;
}

bool httpd_parse_origin(httpd_arguments *given)
{
    httpd_dir_config *dir = given->record;

    if (given->count == 1 && strcasecmp(given->words[0], "any") == 0) {
        dir->origin_rule = HTTPD_ORIGIN_ANY;
        return true;
    }
    dir->origin_rule = HTTPD_ORIGIN_LIST;
    dir->origins = apr_array_make(given->pool, given->count,
                                  sizeof(http_origin));
    for (int i = 0; i < given->count; i++) {
        const char *word = given->words[i];

        /* The parser of the requests' Origin: what it refuses here could never
         * match there. */
        if (!http_origin_parse(http_field_of(word),
                               &APR_ARRAY_PUSH(dir->origins, http_origin))) {
            given->why = ascii_only(given->pool, word);
            return false;
        }
    }
    return given->count > 0;
}

/* REMOTE_USER, HTTP:X-User or %REMOTE_USER without braces: for ap_expr a text,
 * by which every visitor would be one and the same verified user. */
static bool names_variable(const char *word)
{
    size_t capitals = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    return (word[0] == '%' && word[1] != '{')
           || strncasecmp(word, "HTTP:", 5) == 0
           || (word[capitals] == '\0' && strchr(word, '_') != NULL);
}

bool httpd_parse_audience(httpd_arguments *given)
{
    ((httpd_dir_config *)given->record)->token_audience = given->words[0];
    return given->count == 1 && *given->words[0];
}

bool httpd_parse_user(httpd_arguments *given)
{
    httpd_dir_config *dir = given->record;
    const char *wrong = NULL;

    if (given->count != 1) {
        return false;
    }
    if (names_variable(given->words[0])) {
        const char *word = given->words[0] + (given->words[0][0] == '%');

        given->why = apr_psprintf(given->pool,
                                  "\"%s\" would be the name of everybody; for "
                                  "the value of a variable write \"%%{%s}\"",
                                  given->words[0], word);
        return false;
    }
    dir->user = ap_expr_parse_cmd(given->cmd, given->words[0],
                                  AP_EXPR_FLAG_STRING_RESULT, &wrong, NULL);
    dir->user_htaccess = httpd_require_htaccess(given->cmd);
    given->why = wrong;
    return wrong == NULL;
}

bool httpd_parse_reserved_names(httpd_arguments *given)
{
    httpd_dir_config *dir = given->record;
    uint64_t *keys = dir->settings.reserved;

    /* A shorter list must not keep the last words of the default. */
    memset(keys, 0, sizeof(dir->settings.reserved));
    if (given->count < 1 || given->count > CHAT_RESERVED_MOST) {
        return false;
    }
    for (int i = 0; i < given->count; i++) {
        size_t size = strlen(given->words[i]);

        keys[i] = base_utf8_valid(given->words[i], size)
                      ? chat_reserved_key(given->words[i], size) : 0;
        if (keys[i] == 0) {
            given->why = apr_psprintf(given->pool,
                                      "\"%s\" has neither a letter nor a "
                                      "digit, or is no UTF-8",
                                      given->words[i]);
            return false;
        }
    }
    return true;
}
