/* httpd_directives.c - the directives: one table that gives httpd the parsers,
 * the error messages their sentences, and the docs check its names.
 */
#include "httpd/config/httpd_config.h"

#include <http_core.h>
#include <http_log.h>
#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base_utf8.h"
#include "chat/chat_reserved.h"
#include "http/http_origin.h"
#include "httpd/config/httpd_directives.h"
#include "httpd/config/httpd_value.h"

APLOG_USE_MODULE(chatws);

#define MOST_WORDS 64
#define YEAR (365 * DAY)

/* What one directive's parser works on. */
typedef struct {
    cmd_parms *cmd;
    httpd_dir_config *dir;       /* of the section it stands in */
    httpd_server_config *server; /* of the main server */
    const char *words[MOST_WORDS];
    int count;
    const char *why; /* a better reason than the table's form, or NULL */
} arguments;

typedef struct {
    const char *name;
    int scope; /* SERVER_WIDE, SECTIONS or ANYWHERE */
    bool (*parse)(arguments *given);
    const char *form; /* the right form, for the error message */
} directive;

static bool word_is(const arguments *given, int which, const char *word)
{
    return which < given->count && strcasecmp(given->words[which], word) == 0;
}

static bool parse_role(arguments *given)
{
    static const char *const names[] = {
        [HTTPD_ROLE_OFF] = "off",
        [HTTPD_ROLE_ROOMS] = "rooms",
        [HTTPD_ROLE_ECHO] = "echo",
        [HTTPD_ROLE_STATUS] = "status",
    };

    for (int role = HTTPD_ROLE_OFF; role <= HTTPD_ROLE_STATUS; role++) {
        if (given->count == 1 && word_is(given, 0, names[role])) {
            given->dir->role = (httpd_role)role;
            return true;
        }
    }
    return false;
}

static bool parse_shared_memory(arguments *given)
{
    int64_t value;

    if (given->count != 1
        || !httpd_value_size(given->words[0], 1 << 20, INT64_C(1) << 36,
                             &value)) {
        return false;
    }
    given->server->shared_memory = (apr_size_t)value;
    return true;
}

static bool parse_auto(arguments *given, int64_t most, unsigned *into)
{
    int64_t value = 0;

    if (given->count != 1
        || (!word_is(given, 0, "auto")
            && !httpd_value_count(given->words[0], 1, most, &value))) {
        return false;
    }
    *into = (unsigned)value;
    return true;
}

static bool parse_max_connections(arguments *given)
{
    return parse_auto(given, 10000000, &given->server->max_connections);
}

static bool parse_max_rooms(arguments *given)
{
    return parse_auto(given, 10000000, &given->server->max_rooms);
}

static bool parse_drain(arguments *given)
{
    int64_t value;
    int64_t rate = given->server->drain_rate;

    if (given->count < 1 || given->count > 2
        || !httpd_value_time(given->words[0], 0, 3600 * SECOND, &value)
        || (given->count == 2
            && !httpd_value_rate(given->words[1], 1000000, &rate))) {
        return false;
    }
    given->server->drain = value;
    given->server->drain_rate = (unsigned)rate;
    return true;
}

static bool parse_assets(arguments *given)
{
    const char *path
        = given->count == 1
              ? ap_server_root_relative(given->cmd->pool, given->words[0])
              : NULL;

    if (path && !ap_is_directory(given->cmd->temp_pool, path)) {
        given->why = apr_psprintf(given->cmd->pool, "there is no folder %s",
                                  path);
    }
    given->server->assets = path;
    return path && !given->why;
}

static bool parse_history(arguments *given)
{
    act_settings *settings = &given->dir->settings;
    int64_t count = 0;
    int64_t age = DAY;

    if (given->count < 1 || given->count > 2
        || !httpd_value_count(given->words[0], 0, 1000000, &count)
        || (given->count == 2
            && !httpd_value_time(given->words[1], 0, 100 * YEAR, &age))) {
        return false;
    }
    settings->history_count = (uint32_t)count;
    settings->history_age = age / 1000;
    return true;
}

static bool parse_limit(arguments *given, int64_t most, uint32_t *into)
{
    int64_t value;

    if (given->count != 1
        || !httpd_value_size(given->words[0], 1, most, &value)) {
        return false;
    }
    *into = (uint32_t)value;
    return true;
}

static bool parse_max_message(arguments *given)
{
    return parse_limit(given, 1 << 20, &given->dir->settings.max_message);
}

static bool parse_max_payload(arguments *given)
{
    return parse_limit(given, 64 << 20, &given->dir->settings.max_payload);
}

static bool is_off(const arguments *given)
{
    return given->count == 1 && word_is(given, 0, "off");
}

static bool read_rate(arguments *given, uint32_t *rate, uint32_t *burst)
{
    int64_t each = 0;
    int64_t most = 0;

    if (!is_off(given)
        && (given->count != 2
            || !httpd_value_rate(given->words[0], 10000, &each)
            || !httpd_value_count(given->words[1], 1, 1000000, &most))) {
        return false;
    }
    *rate = (uint32_t)each;
    *burst = (uint32_t)most;
    return true;
}

static bool parse_rate(arguments *given)
{
    act_settings *settings = &given->dir->settings;

    return read_rate(given, &settings->rate, &settings->burst);
}

static bool parse_address_rate(arguments *given)
{
    act_settings *settings = &given->dir->settings;

    return read_rate(given, &settings->address_rate, &settings->address_burst);
}

static bool parse_address_connections(arguments *given)
{
    int64_t most = 0;

    if (!is_off(given)
        && (given->count != 1
            || !httpd_value_count(given->words[0], 1, 10000000, &most))) {
        return false;
    }
    given->dir->settings.address_connections = (uint32_t)most;
    return true;
}

static bool parse_address_rooms(arguments *given)
{
    act_settings *settings = &given->dir->settings;
    int64_t most = 0;
    int64_t period = 0;

    if (!is_off(given)
        && (given->count != 1
            || !httpd_value_quota(given->words[0], 1000000, &most,
                                  &period))) {
        return false;
    }
    settings->address_rooms = (uint32_t)most;
    settings->address_rooms_period = (uint32_t)(period / SECOND);
    return true;
}

static bool parse_address_private(arguments *given)
{
    bool on = word_is(given, 0, "on");

    given->dir->settings.address_private = on;
    return given->count == 1 && (on || word_is(given, 0, "off"));
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

static bool parse_origin(arguments *given)
{
    httpd_dir_config *dir = given->dir;

    dir->origins = NULL;
    if (given->count == 1 && word_is(given, 0, "same")) {
        dir->origin_rule = HTTPD_ORIGIN_SAME;
        return true;
    }
    if (given->count == 1 && word_is(given, 0, "any")) {
        dir->origin_rule = HTTPD_ORIGIN_ANY;
        return true;
    }
    dir->origin_rule = HTTPD_ORIGIN_LIST;
    dir->origins = apr_array_make(given->cmd->pool, given->count,
                                  sizeof(http_origin));
    for (int i = 0; i < given->count; i++) {
        const char *word = given->words[i];

        if (!http_origin_parse(http_field_of(word),
                               &APR_ARRAY_PUSH(dir->origins, http_origin))) {
            given->why = ascii_only(given->cmd->pool, word);
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

static bool parse_user(arguments *given)
{
    const char *wrong = NULL;

    if (given->count != 1) {
        return false;
    }
    if (names_variable(given->words[0])) {
        const char *word = given->words[0] + (given->words[0][0] == '%');

        given->why = apr_psprintf(given->cmd->pool,
                                  "\"%s\" would be the name of everybody; for "
                                  "the value of a variable write \"%%{%s}\"",
                                  given->words[0], word);
        return false;
    }
    given->dir->user
        = ap_expr_parse_cmd(given->cmd, given->words[0],
                            AP_EXPR_FLAG_STRING_RESULT, &wrong, NULL);
    given->why = wrong;
    return wrong == NULL;
}

static bool parse_guests(arguments *given)
{
    static const char *const names[] = {
        [HTTPD_GUESTS_ON] = "on",
        [HTTPD_GUESTS_OFF] = "off",
        [HTTPD_GUESTS_READONLY] = "readonly",
    };

    for (int guests = HTTPD_GUESTS_ON; guests <= HTTPD_GUESTS_READONLY;
         guests++) {
        if (given->count == 1 && word_is(given, 0, names[guests])) {
            given->dir->guests = (httpd_guests)guests;
            given->dir->settings.guests_readonly
                = guests == HTTPD_GUESTS_READONLY;
            return true;
        }
    }
    return false;
}

static bool parse_presence(arguments *given)
{
    int64_t most = 200;

    if (given->count == 1 && word_is(given, 0, "off")) {
        given->dir->settings.presence_most = 0;
        return true;
    }
    if (!word_is(given, 0, "on") || given->count > 2
        || (given->count == 2
            && !httpd_value_count(given->words[1], 1, 10000, &most))) {
        return false;
    }
    given->dir->settings.presence_most = (uint32_t)most;
    return true;
}

static bool parse_ping(arguments *given)
{
    act_settings *settings = &given->dir->settings;

    if (given->count < 1 || given->count > 2) {
        return false;
    }
    return httpd_value_time(given->words[0], SECOND / 10, DAY,
                            &settings->ping_interval)
           && (given->count == 1
               || httpd_value_time(given->words[1], SECOND / 10, DAY,
                                   &settings->ping_timeout));
}

static bool parse_poll_wait(arguments *given)
{
    int64_t wait;

    if (given->count != 1
        || !httpd_value_time(given->words[0], 0, 3600 * SECOND, &wait)) {
        return false;
    }
    given->dir->settings.poll_wait = (uint32_t)(wait / 1000);
    return true;
}

static bool parse_slow_client(arguments *given)
{
    return given->count == 1
           && httpd_value_time(given->words[0], SECOND / 10, DAY,
                               &given->dir->settings.slow_client);
}

static bool parse_reserved_names(arguments *given)
{
    uint64_t *keys = given->dir->settings.reserved;

    memset(keys, 0, sizeof(given->dir->settings.reserved));
    if (given->count == 1 && word_is(given, 0, "none")) {
        return true;
    }
    if (given->count < 1 || given->count > CHAT_RESERVED_MOST) {
        return false;
    }
    for (int i = 0; i < given->count; i++) {
        size_t size = strlen(given->words[i]);

        keys[i] = base_utf8_valid(given->words[i], size)
                      ? chat_reserved_key(given->words[i], size) : 0;
        if (keys[i] == 0) {
            given->why = apr_psprintf(given->cmd->pool,
                                      "\"%s\" has neither a letter nor a "
                                      "digit, or is no UTF-8",
                                      given->words[i]);
            return false;
        }
    }
    return true;
}

static bool parse_list(arguments *given)
{
    given->dir->list = word_is(given, 0, "on");
    return given->count == 1 && (given->dir->list || word_is(given, 0, "off"));
}

static const directive table[] = {
#define ROW(name, scope, noun, form) { name, scope, parse_##noun, form },
    DIRECTIVES(ROW)
#undef ROW
};

/* Every directive comes here; cmd->info is its line of the table. */
static const char *handle(cmd_parms *cmd, void *dir, const char *line)
{
    const directive *entry = cmd->info;
    arguments given = { .cmd = cmd, .dir = dir };
    const char *rest = line;
    const char *wrong;

    given.server = ap_get_module_config(cmd->server->module_config,
                                        &chatws_module);
    if (entry->scope == SERVER_WIDE) {
        wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);
        if (wrong) {
            return wrong;
        }
    }
    while (*rest && given.count < MOST_WORDS) {
        given.words[given.count++] = ap_getword_conf(cmd->pool, &rest);
    }
    if (*rest || !entry->parse(&given)) {
        return given.why ? apr_psprintf(cmd->pool, "%s: %s", entry->name,
                                        given.why)
                         : apr_psprintf(cmd->pool,
                                        "%s: \"%s\" is not understood; it "
                                        "takes %s",
                                        entry->name, line, entry->form);
    }
    given.dir->set |= 1U << (entry - table);
    return NULL;
}

const command_rec httpd_directives[] = {
#define ROW(name, scope, noun, form)                                           \
    AP_INIT_RAW_ARGS(name, handle,                                             \
                     (void *)(uintptr_t)&table[NUMBER_OF_##noun], scope, form),
    DIRECTIVES(ROW)
#undef ROW
    { .name = NULL }
};
