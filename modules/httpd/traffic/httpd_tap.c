/* httpd_tap.c - see httpd_tap.h. */
#include "httpd/traffic/httpd_tap.h"

#include <string.h>

#include <http_core.h>
#include <http_protocol.h>
#include <http_ssl.h>
#include <util_filter.h>

#include "httpd/httpd_connection.h"
#include "httpd/traffic/httpd_streams.h"

#define FILTER "CHATWS_TAP"

/* Above mod_ssl's two, which are 4 and 5. */
#define ABOVE_TLS (AP_FTYPE_CONNECTION + 3)

#define PREFACE (sizeof(HTTP_FRAMES_PREFACE) - 1)

static ap_filter_rec_t *input_filter;
static ap_filter_rec_t *output_filter;

/* What is spoken here. Without TLS mod_http2 has seen all of the preface before
 * it reads it, while HTTP/1.1 reads one line, in however many buckets that is.
 * Of plain HTTP/1.1 the kernel knows as much as we do. */
static void find_out(conn_rec *c, httpd_account *account,
                     apr_bucket_brigade *brigade)
{
    char data[PREFACE];
    apr_size_t size = sizeof(data);

    if (apr_brigade_flatten(brigade, data, &size) != APR_SUCCESS || size == 0) {
        return;
    }
    account->known = true;
    if (strcmp(ap_get_protocol(c), "h2") == 0
        || (size == PREFACE
            && memcmp(data, HTTP_FRAMES_PREFACE, PREFACE) == 0)) {
        account->streams = httpd_streams_create(c->pool);
    }
    account->blind = !account->streams && !ap_ssl_conn_is_ssl(c);
}

/* The bytes of a bucket, told to the streams. What only is skipped is not
 * read: it may be of a file. */
static void tell_streams(httpd_streams *streams, bool out, apr_bucket *bucket)
{
    const char *data = NULL;
    apr_size_t size = bucket->length;
    apr_size_t at = 0;

    while (at < size) {
        if (!data && !httpd_streams_skips(streams, out)
            && apr_bucket_read(bucket, &data, &size, APR_BLOCK_READ)
                   != APR_SUCCESS) {
            return;
        }
        if (at < size) {
            at += httpd_streams_take(streams, out, data ? data + at : NULL,
                                     size - at);
        }
    }
}

/* The kernel has counted these bytes already. So what came before them is
 * settled first (httpd_streams_wake): or the frames before would pay for these.
 */
static void see_input(conn_rec *c, httpd_account *account,
                      apr_bucket_brigade *brigade)
{
    bool woken = false;

    if (!account->known) {
        find_out(c, account, brigade);
    }
    for (apr_bucket *bucket = APR_BRIGADE_FIRST(brigade);
         bucket != APR_BRIGADE_SENTINEL(brigade);
         bucket = APR_BUCKET_NEXT(bucket)) {
        const char *data;
        apr_size_t size;

        if (APR_BUCKET_IS_METADATA(bucket)
            || apr_bucket_read(bucket, &data, &size, APR_NONBLOCK_READ)
                   != APR_SUCCESS
            || size == 0) {
            continue;
        }
        if (account->streams && !woken) {
            woken = true;
            httpd_streams_wake(c, account);
        }
        account->plain_received += size;
        if (account->streams) {
            tell_streams(account->streams, false, bucket);
        }
    }
    if (woken) {
        httpd_streams_heard(c, account);
    }
}

static apr_status_t filter_input(ap_filter_t *filter,
                                 apr_bucket_brigade *brigade,
                                 ap_input_mode_t mode, apr_read_type_e block,
                                 apr_off_t most)
{
    conn_rec *c = filter->c;
    httpd_account *account = httpd_connection_account(c);
    apr_status_t status = ap_get_brigade(filter->next, brigade, mode, block,
                                         most);

    /* What is only looked at comes again, when it is read. */
    if (status != APR_SUCCESS || mode == AP_MODE_SPECULATIVE
        || mode == AP_MODE_INIT || !account || account->blind) {
        return status;
    }
    pthread_mutex_lock(&account->lock);
    see_input(c, account, brigade);
    pthread_mutex_unlock(&account->lock);
    return status;
}

/* Before they are passed on: then their buckets are gone. A pipe of unknown
 * length (nph- programs) is not read here, where nobody would get what came
 * before; HTTP/2 has none. True: when they are passed on, the streams have to
 * be settled. Without a flush they wait somewhere. */
static bool see_output(httpd_account *account, apr_bucket_brigade *brigade)
{
    for (apr_bucket *bucket = APR_BRIGADE_FIRST(brigade);
         bucket != APR_BRIGADE_SENTINEL(brigade);
         bucket = APR_BUCKET_NEXT(bucket)) {
        if (APR_BUCKET_IS_METADATA(bucket)
            || bucket->length == (apr_size_t)-1) {
            continue;
        }
        if (account->streams) {
            tell_streams(account->streams, true, bucket);
        }
        account->plain_sent += bucket->length;
    }
    return account->streams && httpd_streams_due(account->streams)
           && !APR_BRIGADE_EMPTY(brigade)
           && APR_BUCKET_IS_FLUSH(APR_BRIGADE_LAST(brigade));
}

static apr_status_t filter_output(ap_filter_t *filter,
                                  apr_bucket_brigade *brigade)
{
    conn_rec *c = filter->c;
    httpd_account *account = httpd_connection_account(c);
    apr_status_t status;
    bool due = false;

    if (account && !account->blind) {
        pthread_mutex_lock(&account->lock);
        due = see_output(account, brigade);
        pthread_mutex_unlock(&account->lock);
    }
    /* Not under the lock: it may block until the client reads. */
    status = ap_pass_brigade(filter->next, brigade);
    if (due) {
        pthread_mutex_lock(&account->lock);
        httpd_streams_settle(c, account);
        pthread_mutex_unlock(&account->lock);
    }
    return status;
}

void httpd_tap_register(void)
{
    input_filter = ap_register_input_filter(FILTER, filter_input, NULL,
                                            ABOVE_TLS);
    output_filter = ap_register_output_filter(FILTER, filter_output, NULL,
                                              ABOVE_TLS);
}

void httpd_tap_add(conn_rec *c)
{
    ap_add_input_filter_handle(input_filter, NULL, NULL, c);
    ap_add_output_filter_handle(output_filter, NULL, NULL, c);
}
