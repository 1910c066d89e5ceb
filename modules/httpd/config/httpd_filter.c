/* httpd_filter.c - ChatFilter; see httpd_filter.h. */
#include "httpd/config/httpd_filter.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <ap_regex.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "act/filter/act_filter.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_hash.h"
#include "base/base_log.h"
#include "httpd/config/httpd_config.h"

APLOG_USE_MODULE(chatws);

#define KEPT_KEY "mod_chatws:filters"

/* A pattern sees UTF-8, and may take so many steps from each place of a text.
 * That bounds a single match but not all that a long text is tried for, so a
 * pattern that has taken longer than LONGEST_US of a processor is not asked for
 * a minute: the loop has others to serve. */
#define PREFIX "(*LIMIT_MATCH=10000)(*UTF)(*UCP)"
#define LONGEST_US INT64_C(20000)
#define ASIDE_US (60 * APR_USEC_PER_SEC)

typedef struct {
    ap_regex_t regex;
    _Atomic int64_t aside_until; /* base_clock_mono */
    char text[];                 /* as it was written, for the log */
} pattern;

static void *compile(const char *text)
{
    size_t size = strlen(text);
    char *whole = malloc(sizeof(PREFIX) + size);
    pattern *made = calloc(1, sizeof(*made) + size + 1);
    int wrong;

    BASE_CHECK(whole != NULL && made != NULL);
    memcpy(whole, PREFIX, sizeof(PREFIX) - 1);
    memcpy(whole + sizeof(PREFIX) - 1, text, size + 1);
    memcpy(made->text, text, size);
    wrong = ap_regcomp(&made->regex, whole, AP_REG_EXTENDED | AP_REG_ICASE);
    free(whole);
    if (wrong) {
        free(made);
        return NULL;
    }
    return made;
}

/* Microseconds of this thread: that it had to wait is not the pattern's fault.
 */
static int64_t spent(void)
{
    struct timespec now;

    return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0
               ? (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 : 0;
}

static bool is_aside(pattern *made)
{
    int64_t until = atomic_load(&made->aside_until);

    return until > 0 && base_clock_mono() < until;
}

static bool find(void *regex, const char *text, size_t size, bool inside,
                 size_t *start, size_t *end)
{
    pattern *made = regex;
    int64_t before = spent();
    ap_regmatch_t match;
    int result;

    if (is_aside(made)) {
        return false;
    }
    result = ap_regexec_len(&made->regex, text, size, 1, &match,
                            inside ? AP_REG_NOTBOL : 0);
    if (result != 0 && result != AP_REG_NOMATCH) {
        base_log_limited(BASE_LOG_WARN, "CW0723",
                         "ChatFilter: /%s/ gave up on a text of %zu bytes: too "
                         "many ways to match; make it simpler", made->text,
                         size);
    }
    if (spent() - before > LONGEST_US) {
        atomic_store(&made->aside_until, base_clock_mono() + ASIDE_US);
        base_log_limited(BASE_LOG_WARN, "CW0724",
                         "ChatFilter: /%s/ took %" APR_INT64_T_FMT " ms for a "
                         "text of %zu bytes, so that it is left out for a "
                         "minute; make it simpler", made->text,
                         (apr_int64_t)((spent() - before) / 1000), size);
    }
    if (result == 0) {
        *start = (size_t)match.rm_so;
        *end = (size_t)match.rm_eo;
    }
    return result == 0;
}

static void release(void *regex)
{
    pattern *made = regex;

    ap_regfree(&made->regex);
    free(made);
}

static const chat_filter_patterns patterns = { compile, find, release };

static apr_status_t destroy(void *filter)
{
    act_filter_destroy(filter);
    return APR_SUCCESS;
}

/* The filters of this configuration by their paths. */
static apr_hash_t *kept_in(apr_pool_t *pool)
{
    void *kept = NULL;

    (void)apr_pool_userdata_get(&kept, KEPT_KEY, pool);
    if (!kept) {
        kept = apr_hash_make(pool);
        (void)apr_pool_userdata_setn(kept, KEPT_KEY, NULL, pool);
    }
    return kept;
}

/* At start httpd reads its configuration twice. */
static bool is_rehearsal(void)
{
    return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG
           && ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_NORMAL;
}

static act_filter *open_filter(httpd_arguments *given, const char *path)
{
    chat_filter_fault fault;
    const char *why = NULL;
    base_bytes text = BASE_BYTES_INIT;
    act_filter *made = act_filter_create(path, &patterns, &fault, &why);

    if (!made) {
        given->why = apr_psprintf(given->pool, "cannot read %s: %s", path, why);
        return NULL;
    }
    if (fault.why && !is_rehearsal()) {
        chat_filter_tell(&fault, &text);
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, given->cmd->server,
                     "CW0725: %s: %.*s", path, (int)text.len,
                     (const char *)text.data);
        base_bytes_free(&text);
    }
    apr_pool_cleanup_register(given->pool, made, destroy,
                              apr_pool_cleanup_null);
    return made;
}

bool httpd_filter_parse(httpd_arguments *given)
{
    httpd_dir_config *dir = given->record;
    apr_hash_t *kept = kept_in(given->pool);
    const char *action = given->count == 2 ? given->words[1] : "mask";
    const char *path;

    if (given->count < 1 || given->count > 2
        || (strcasecmp(action, "mask") != 0
            && strcasecmp(action, "reject") != 0)) {
        return false;
    }
    path = ap_server_root_relative(given->pool, given->words[0]);
    if (!path) {
        return false;
    }
    dir->settings.filter_rejects = strcasecmp(action, "reject") == 0;
    dir->settings.filter = apr_hash_get(kept, path, APR_HASH_KEY_STRING);
    if (!dir->settings.filter) {
        dir->settings.filter = open_filter(given, path);
        apr_hash_set(kept, path, APR_HASH_KEY_STRING, dir->settings.filter);
    }
    return dir->settings.filter != NULL;
}

static uint64_t name_of(const char *path)
{
    static const base_hash_key no_secret;

    return base_hash(&no_secret, path, strlen(path)) | 1;
}

/* A configuration has few. */
uint64_t httpd_filter_name(apr_pool_t *pconf, const struct act_filter *filter)
{
    for (apr_hash_index_t *at = apr_hash_first(NULL, kept_in(pconf)); at;
         at = apr_hash_next(at)) {
        if (apr_hash_this_val(at) == filter) {
            return name_of(apr_hash_this_key(at));
        }
    }
    return 0;
}

struct act_filter *httpd_filter_named(apr_pool_t *pconf, uint64_t name)
{
    for (apr_hash_index_t *at = apr_hash_first(NULL, kept_in(pconf)); at;
         at = apr_hash_next(at)) {
        if (name_of(apr_hash_this_key(at)) == name) {
            return apr_hash_this_val(at);
        }
    }
    return NULL;
}
