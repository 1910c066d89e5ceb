/* httpd_directives.c - the table of directives, and what it gives httpd; see
 * httpd_directives.h.
 *
 * A new directive is a row here, a member in httpd_config.h (or act_settings.h)
 * and a chapter in docs/DIRECTIVES.md.
 */
#include "httpd/config/httpd_directives.h"

#include <stddef.h>

#include <apr_strings.h>

#include "base/base_check.h"
#include "chat/chat_reserved.h"
#include "httpd/config/httpd_archive.h"
#include "httpd/config/httpd_arguments.h"
#include "httpd/config/httpd_config.h"
#include "httpd/config/httpd_filter.h"
#include "httpd/config/httpd_key.h"
#include "httpd/config/httpd_parse.h"
#include "httpd/config/httpd_redis.h"
#include "httpd/config/httpd_require.h"

APLOG_USE_MODULE(chatws);

/* Where a directive may stand. */
#define SERVER_WIDE RSRC_CONF
#define SECTIONS (RSRC_CONF | ACCESS_CONF) /* anywhere but in .htaccess */
#define ANYWHERE OR_FILEINFO /* .htaccess: AllowOverride FileInfo */
#define RIGHTS (RSRC_CONF | OR_AUTHCFG) /* .htaccess: AuthConfig */
#define RIGHTS_OR_LESS (RIGHTS | OR_FILEINFO) /* FileInfo: only stricter */

/* Microseconds. */
#define MILLISECOND INT64_C(1000)
#define SECOND (1000 * MILLISECOND)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)

/* Bytes. */
#define MIB (INT64_C(1) << 20)
#define GIB (INT64_C(1) << 30)

static httpd_dir_config default_dir;
static httpd_server_config default_server;

/* Whoever opens a room says where its moderators have a say. */
static void set_realm(httpd_dir_config *config)
{
    config->settings.realm = config->moderators ? config->moderators->section
                                                : 0;
}

static bool parse_moderators(httpd_arguments *given)
{
    bool good = httpd_require_parse(given);

    set_realm(given->record);
    return good;
}

static bool parse_role(httpd_arguments *given)
{
    httpd_dir_config *dir = given->record;

    dir->role_block = given->cmd ? httpd_require_block(given->cmd) : NULL;
    return httpd_arguments_members(given);
}

static bool is_server_wide(const command_rec *row)
{
    return row->req_override == SERVER_WIDE;
}

/* Some of the defaults are words in the pool. The main server's record is the
 * first that httpd makes after each start or reload, when the pool of the
 * configuration before is gone. */
static void read_defaults(apr_pool_t *pool)
{
    for (const command_rec *row = httpd_directives; row->name; row++) {
        httpd_arguments given = { .directive = row->cmd_data, .pool = pool };
        bool understood;

        given.record = is_server_wide(row) ? (void *)&default_server
                                           : (void *)&default_dir;
        understood = httpd_arguments_read(&given, given.directive->preset);
        BASE_CHECK(understood);
    }
}

void *httpd_directives_create_server(apr_pool_t *pool, server_rec *server)
{
    if (!server->is_virtual) {
        read_defaults(pool);
    }
    return apr_pmemdup(pool, &default_server, sizeof(default_server));
}

void *httpd_directives_create_dir(apr_pool_t *pool, char *dir)
{
    (void)dir;
    return apr_pmemdup(pool, &default_dir, sizeof(default_dir));
}

void *httpd_directives_merge_server(apr_pool_t *pool, void *base, void *more)
{
    (void)pool;
    (void)more;
    return base;
}

void *httpd_directives_merge_dir(apr_pool_t *pool, void *base, void *more)
{
    const httpd_dir_config *inner = more;
    httpd_dir_config *merged = apr_pmemdup(pool, base, sizeof(*merged));

    for (int i = 0; httpd_directives[i].name; i++) {
        const httpd_directive *directive = httpd_directives[i].cmd_data;
        uint64_t bit = UINT64_C(1) << i;

        if ((inner->set & bit)
            && !((inner->limited & bit) && directive->loosens(base, inner))) {
            httpd_arguments_copy(directive, merged, inner);
        }
    }
    merged->set |= inner->set;
    merged->limited |= inner->limited;
    set_realm(merged);
    return merged;
}

/* A directive of AuthConfig that was FileInfo's at first: by FileInfo alone it
 * still holds, but no customer can let in whom the server's owner has not. */
static bool is_limited(const cmd_parms *cmd)
{
    return httpd_require_htaccess(cmd) && !(cmd->override & OR_AUTHCFG)
           && ((const httpd_directive *)cmd->info)->loosens
           && !(cmd->override_list
                && apr_table_get(cmd->override_list, cmd->cmd->name));
}

static void note_set(const cmd_parms *cmd, httpd_dir_config *dir)
{
    uint64_t bit = UINT64_C(1) << (cmd->cmd - httpd_directives);

    dir->set |= bit;
    dir->limited |= is_limited(cmd) ? bit : 0;
}

static const char *explain(const httpd_arguments *given, const char *line)
{
    const command_rec *row = given->cmd->cmd;

    return given->why
               ? apr_psprintf(given->pool, "%s: %s", row->name, given->why)
               : apr_psprintf(given->pool,
                              "%s: \"%s\" is not understood; it takes %s",
                              row->name, line, row->errmsg);
}

/* Every directive comes here. */
static const char *handle(cmd_parms *cmd, void *dir, const char *line)
{
    httpd_arguments given = { .directive = cmd->info,
                              .pool = cmd->pool,
                              .cmd = cmd,
                              .record = dir };
    const void *defaults = &default_dir;

    if (is_server_wide(cmd->cmd)) {
        const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

        if (wrong) {
            return wrong;
        }
        given.record = ap_get_module_config(cmd->server->module_config,
                                            &chatws_module);
        defaults = &default_server;
    }
    /* A word that is left out is the default's, not that of the same directive
     * further above. */
    if (!given.directive->adds) {
        httpd_arguments_copy(given.directive, given.record, defaults);
    }
    if (!httpd_arguments_read(&given, line)) {
        return explain(&given, line);
    }
    if (!is_server_wide(cmd->cmd)) {
        note_set(cmd, dir);
    }
    return NULL;
}

static const char *const roles[] = {
    [HTTPD_ROLE_OFF] = "off",
    [HTTPD_ROLE_ROOMS] = "rooms",
    [HTTPD_ROLE_ECHO] = "echo",
    [HTTPD_ROLE_STATUS] = "status",
    NULL
};

static const char *const guests[] = {
    [ACT_GUESTS_ON] = "on",
    [ACT_GUESTS_OFF] = "off",
    [ACT_GUESTS_READONLY] = "readonly",
    NULL
};

/* Those who may less stand further behind. */
static int strictness(const httpd_dir_config *dir)
{
    switch ((act_guests)dir->settings.guests) {
    case ACT_GUESTS_OFF: return 2;
    case ACT_GUESTS_READONLY: return 1;
    case ACT_GUESTS_ON:
    default: return 0;
    }
}

static bool lets_guests_more(const void *outer, const void *inner)
{
    return strictness(inner) < strictness(outer);
}

static const char *const switches[] = { "off", "on", NULL };
static const char *const links[] = { "on", "off", NULL };
static const char *const on[] = { "on", NULL };

#define IN(record, member)                                                     \
    .offset = offsetof(record, member), .size = sizeof(((record *)0)->member)
#define SERVER(member) IN(httpd_server_config, member)
#define DIR(member) IN(httpd_dir_config, member)
#define SETTING(member) IN(httpd_dir_config, settings.member)

#define VALUE(kind, from, to)                                                  \
    .read = httpd_value_##kind, .least = (from), .most = (to)
#define COUNT(from, to) VALUE(count, from, to)
#define RATE(from, to) VALUE(rate, from, to)
#define SIZE(from, to) VALUE(size, from, to)
#define TIME(from, to) VALUE(time, from, to)

/* name, where, what it takes; then what is ours: a httpd_directive. */
#define ROW(name, where, form, ...)                                            \
    AP_INIT_RAW_ARGS(name, handle,                                             \
                     ((void *)&(const httpd_directive){ __VA_ARGS__ }),        \
                     where, form)

const command_rec httpd_directives[] = {
    ROW("Chat", ANYWHERE, "rooms, echo, status or off",
        .preset = "off",
        .parse = parse_role,
        .members = { { DIR(role), .names = roles }, { DIR(role_block) } }),
    ROW("ChatSharedMemory", SERVER_WIDE,
        "a size from 1M to 64G, for example 32M",
        .preset = "32M",
        .members = { { SERVER(shared_memory), SIZE(MIB, 64 * GIB) } }),
    ROW("ChatMaxConnections", SERVER_WIDE,
        "auto or a number of connections per child, for example 5000",
        .preset = "auto",
        .zero = "auto",
        .members = { { SERVER(max_connections), COUNT(1, 10000000) } }),
    ROW("ChatMaxRooms", SERVER_WIDE,
        "auto or a number of rooms, for example 1000",
        .preset = "auto",
        .zero = "auto",
        .members = { { SERVER(max_rooms), COUNT(1, 10000000) } }),
    ROW("ChatDrain", SERVER_WIDE,
        "a time up to 1h and perhaps a rate, for example 10s 20/s",
        .preset = "10s 20/s",
        .optional = 1,
        .members = { { SERVER(drain), TIME(0, HOUR) },
                     { SERVER(drain_rate), RATE(1, 1000000) } }),
    ROW("ChatAssets", SERVER_WIDE,
        "one path, absolute or relative to ServerRoot",
        .preset = "\"" CHATWS_ASSETS "\"",
        .parse = httpd_parse_assets,
        .members = { { SERVER(assets) } }),
    ROW("ChatHistory", ANYWHERE, "COUNT and perhaps AGE, for example 100 24h",
        .preset = "100 24h",
        .optional = 1,
        .members = { { SETTING(history_count), COUNT(0, 1000000) },
                     { SETTING(history_age), TIME(0, 100 * YEAR),
                       .unit = MILLISECOND } }),
    ROW("ChatArchive", SERVER_WIDE,
        "none, or sqlite3, pgsql or mysql with PARAMETERS, for example sqlite3 "
        "/var/lib/chatws/chat.db",
        .preset = "none",
        .zero = "none",
        .parse = httpd_archive_parse,
        .members = { { SERVER(archive) } }),
    ROW("ChatArchiveKeep", ANYWHERE,
        "off, forever or a time from 1s to 36500d, for example 30d",
        .preset = "30d",
        .zero = "off",
        .parse = httpd_archive_parse_keep,
        .members = { { SETTING(archive_keep) } }),
    ROW("ChatArchiveAck", SERVER_WIDE, "on or off",
        .preset = "on",
        .members = { { SERVER(archive_ack), .names = switches } }),
    ROW("ChatRedis", SERVER_WIDE,
        "none, or the URL of a Redis and its options, for example "
        "redis://10.0.0.5 password=/etc/apache2/chatws-redis",
        .preset = "none",
        .zero = "none",
        .optional = 4,
        .parse = httpd_redis_parse,
        .members = { { SERVER(relay) } }),
    ROW("ChatMaxMessage", ANYWHERE, "a size from 1 to 1M, for example 8K",
        .preset = "8K",
        .members = { { SETTING(max_message), SIZE(1, MIB) } }),
    ROW("ChatMaxPayload", ANYWHERE, "a size from 1 to 64M, for example 64K",
        .preset = "64K",
        .members = { { SETTING(max_payload), SIZE(1, 64 * MIB) } }),
    ROW("ChatCompression", ANYWHERE,
        "off, or on and perhaps the least size, 0 to 1M, for example on 256",
        .preset = "on 256",
        .zero = "off",
        .optional = 1,
        .parse = httpd_parse_compression,
        .members = { { SETTING(compress_least) } }),
    ROW("ChatRate", ANYWHERE, "off, or RATE/s and BURST, for example 5/s 20",
        .preset = "5/s 20",
        .zero = "off",
        .members = { { SETTING(rate), RATE(1, 10000) },
                     { SETTING(burst), COUNT(1, 1000000) } }),
    ROW("ChatAddressRate", SECTIONS,
        "off, or RATE/s and BURST, for example 20/s 100",
        .preset = "20/s 100",
        .zero = "off",
        .members = { { SETTING(address_rate), RATE(1, 10000) },
                     { SETTING(address_burst), COUNT(1, 1000000) } }),
    ROW("ChatAddressConnections", SECTIONS,
        "off or a number of connections, for example 250",
        .preset = "250",
        .zero = "off",
        .members = { { SETTING(address_connections), COUNT(1, 10000000) } }),
    ROW("ChatAddressRooms", SECTIONS,
        "off or NUMBER/h (also /min and /d), for example 60/h",
        .preset = "60/h",
        .zero = "off",
        .parse = httpd_parse_address_rooms,
        .members = { { SETTING(address_rooms) },
                     { SETTING(address_rooms_period) } }),
    ROW("ChatAddressPrivate", SECTIONS, "on or off",
        .preset = "off",
        .members = { { SETTING(address_private), .names = switches } }),
    ROW("ChatOrigin", ANYWHERE,
        "same, any, or a list of origins such as https://www.example.org or "
        "capacitor://localhost",
        .preset = "same",
        .zero = "same",
        .parse = httpd_parse_origin,
        .members = { { DIR(origin_rule) }, { DIR(origins) } }),
    ROW("ChatUser", ANYWHERE,
        "one expression in quotes, for example \"%{REMOTE_USER}\"",
        .preset = "\"%{REMOTE_USER}\"",
        .zero = "%{REMOTE_USER}", /* r->user, without an expression */
        .parse = httpd_parse_user,
        .members = { { DIR(user) }, { DIR(user_htaccess) } }),
    ROW("ChatTokenKey", SECTIONS,
        "none or one path, absolute or relative to ServerRoot",
        .preset = "none",
        .adds = true,
        .parse = httpd_key_parse,
        .members = { { DIR(token_keys) } }),
    ROW("ChatTokenAudience", SECTIONS,
        "none or one name, for example chat.example.org",
        .preset = "none",
        .zero = "none",
        .parse = httpd_parse_audience,
        .members = { { DIR(token_audience) } }),
    ROW("ChatGuests", RIGHTS_OR_LESS, "on, off or readonly",
        .preset = "on",
        .loosens = lets_guests_more,
        .members = { { SETTING(guests), .names = guests } }),
    ROW("ChatSpeakers", RIGHTS, "what Require takes: a REQUIREMENT",
        .preset = "all granted",
        .adds = true,
        .parse = httpd_require_parse,
        .members = { { DIR(speakers) } }),
    ROW("ChatModerators", RIGHTS, "what Require takes: a REQUIREMENT",
        .preset = "all denied",
        .adds = true,
        .parse = parse_moderators,
        .members = { { DIR(moderators) } }),
    ROW("ChatCreators", RIGHTS, "what Require takes: a REQUIREMENT",
        .preset = "all granted",
        .adds = true,
        .parse = httpd_require_parse,
        .members = { { DIR(creators) } }),
    ROW("ChatRecheck", RIGHTS, "off or a time from 10s to 30d, for example 1h",
        .preset = "1h",
        .zero = "off",
        .members = { { DIR(recheck), TIME(10 * SECOND, 30 * DAY) } }),
    ROW("ChatPresence", ANYWHERE,
        "off, or on and perhaps the longest list, for example on 200",
        .preset = "on 200",
        .zero = "off",
        .optional = 1,
        .members = { { .names = on },
                     { SETTING(presence_most), COUNT(1, 10000) } }),
    ROW("ChatPing", ANYWHERE,
        "INTERVAL and perhaps TIMEOUT, each from 100ms to 1d, for example "
        "25s 20s",
        .preset = "25s 20s",
        .optional = 1,
        .members = { { SETTING(ping_interval), TIME(SECOND / 10, DAY) },
                     { SETTING(ping_timeout), TIME(SECOND / 10, DAY) } }),
    ROW("ChatAmend", RIGHTS, "off or a time, for example 15m",
        .preset = "15m",
        .zero = "off",
        .members = { { SETTING(amend), TIME(SECOND, 100 * YEAR),
                       .unit = MILLISECOND } }),
    ROW("ChatPollWait", ANYWHERE, "a time up to 1h, for example 25s",
        .preset = "25s",
        .members = { { SETTING(poll_wait), TIME(0, HOUR),
                       .unit = MILLISECOND } }),
    ROW("ChatSlowClient", ANYWHERE,
        "a time from 100ms to 1d, for example 30s",
        .preset = "30s",
        .members = { { SETTING(slow_client), TIME(SECOND / 10, DAY) } }),
    ROW("ChatReservedNames", ANYWHERE,
        "none, or up to 32 words, for example admin moderator \"the boss\"",
        .preset = CHAT_RESERVED_DEFAULT,
        .zero = "none",
        .parse = httpd_parse_reserved_names,
        .members = { { SETTING(reserved) } }),
    ROW("ChatFilter", SECTIONS,
        "none, or the file of a word list and perhaps mask or reject, for "
        "example conf/words.txt reject",
        .preset = "none",
        .zero = "none",
        .optional = 1,
        .parse = httpd_filter_parse,
        .members = { { SETTING(filter) }, { SETTING(filter_rejects) } }),
    ROW("ChatLinks", ANYWHERE, "on or off",
        .preset = "on",
        .members = { { SETTING(linkless), .names = links } }),
    ROW("ChatList", ANYWHERE, "on or off",
        .preset = "off",
        .members = { { DIR(list), .names = switches } }),
    ROW("ChatStatusAddresses", SECTIONS, "on or off",
        .preset = "off",
        .members = { { DIR(status_addresses), .names = switches } }),
    { .name = NULL }
};

_Static_assert(sizeof(httpd_directives) / sizeof(httpd_directives[0]) <= 64,
               "a bit of httpd_dir_config.set for each");
