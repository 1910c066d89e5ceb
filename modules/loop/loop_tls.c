/* loop_tls.c - TLS records on a non-blocking socket; see loop_tls.h.
 *
 * OpenSSL writes through a BIO of ours that always takes everything: what the
 * socket does not take is kept here. So SSL_write never asks to be repeated
 * with the same bytes, and a caller whose bytes change meanwhile (a cursor
 * into a room's log) knows exactly how far it is.
 */
#include "loop/loop_tls.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>

#include "base/base_bytes.h"
#include "base/base_check.h"
#include "base/base_log.h"
#include "loop/loop_socket.h"

enum {
    RECORD = 16384, /* plain bytes of one TLS record (RFC 8446, 5.1) */
    /* A record and what OpenSSL answers by itself fit; more comes only from a
     * peer that provokes answers and does not read them. */
    MOST_UNSENT = 65536,
    /* A peer may send records without data (key updates, empty ones, alerts)
     * as fast as it can, and OpenSSL reads on until there is data; a key update
     * costs as much as 100 messages. So one read takes so many records, no more
     * than so many bytes ahead of the record that it is in, ... */
    MOST_RECORDS = 16,
    AHEAD = 2048,
    /* ... and so many more records than data come from no honest peer: an
     * update is due after 2^24 records (RFC 8446, 5.5). */
    MOST_HOLLOW = 1000
};

struct loop_tls {
    SSL *ssl;
    base_bytes unsent; /* ciphertext; owns nothing when empty */
    int fd;
    unsigned records;    /* that this read has come across */
    unsigned hollow;     /* records without data, less those with */
    size_t expected;     /* bytes of the record that is being read */
    bool unread;         /* the last read left bytes inside the SSL */
    bool ended;          /* the peer's FIN was seen */
    bool failed;         /* OpenSSL allows no more reads and writes */
    bool finished;       /* close_notify was made */
};

/* How much of `size` bytes is read at once. */
static size_t ration(const loop_tls *tls, size_t size)
{
    size_t most = tls->expected > AHEAD ? tls->expected : AHEAD;

    return size < most ? size : most;
}

static int bio_read(BIO *bio, char *buf, int size)
{
    loop_tls *tls = BIO_get_data(bio);
    loop_io io = LOOP_IO_AGAIN;
    size_t got = 0;

    BIO_clear_retry_flags(bio);
    if (size <= 0) {
        return 0;
    }
    if (tls->records < MOST_RECORDS) {
        io = loop_socket_recv(tls->fd, buf, ration(tls, (size_t)size), false,
                              &got);
        tls->expected -= got < tls->expected ? got : tls->expected;
    }
    if (io == LOOP_IO_AGAIN) {
        BIO_set_retry_read(bio);
        return -1;
    }
    if (io == LOOP_IO_END) {
        tls->ended = true;
        return 0;
    }
    return io == LOOP_IO_OK ? (int)got : -1;
}

static int bio_write(BIO *bio, const char *data, int size)
{
    loop_tls *tls = BIO_get_data(bio);
    struct iovec part = { (void *)data, size > 0 ? (size_t)size : 0 };
    loop_io io;
    size_t sent = 0;

    BIO_clear_retry_flags(bio);
    if (part.iov_len == 0) {
        return 0;
    }
    /* Behind what is kept already: records must not overtake each other. */
    if (tls->unsent.len == 0) {
        io = loop_socket_send(tls->fd, &part, 1, false, &sent);
        if (io == LOOP_IO_ERROR) {
            return -1;
        }
    }
    if (tls->unsent.len + (part.iov_len - sent) > MOST_UNSENT) {
        return -1;
    }
    base_bytes_append(&tls->unsent, data + sent, part.iov_len - sent);
    return size;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    /* OpenSSL flushes behind each flight and takes 0 for a failure; there is
     * nothing that we keep for it. */
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/* Made once a process and kept. */
static BIO_METHOD *bio_method(void)
{
    static BIO_METHOD *method;

    if (method == NULL) {
        method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
                              "chatws socket");
        BASE_CHECK(method != NULL);
        BIO_meth_set_read(method, bio_read);
        BIO_meth_set_write(method, bio_write);
        BIO_meth_set_ctrl(method, bio_ctrl);
    }
    return method;
}

/* Stands in front of the SSL_CTX's callback, which is the former owner's and
 * would be called if this one were NULL. */
static void ignore_info(const SSL *ssl, int where, int value)
{
    (void)ssl;
    (void)where;
    (void)value;
}

/* Called by OpenSSL for the header of each record and the messages in it. */
static void note_record(int sent, int version, int type, const void *data,
                        size_t size, SSL *ssl, void *context)
{
    const unsigned char *header = data;
    loop_tls *tls = context;

    (void)version;
    (void)ssl;
    if (!sent && type == SSL3_RT_HEADER && size == SSL3_RT_HEADER_LENGTH) {
        tls->records++;
        tls->hollow++;
        tls->expected = (size_t)header[3] << 8 | header[4];
    }
}

/* Everything of the SSL that points to its former owner goes; what it allows
 * and keeps is reduced to what a stream needs. */
static void adopt(loop_tls *tls)
{
    SSL *ssl = tls->ssl;
    BIO *bio = BIO_new(bio_method());

    BASE_CHECK(bio != NULL);
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_app_data(ssl, NULL);
    SSL_set_info_callback(ssl, ignore_info);
    SSL_set_msg_callback(ssl, note_record);
    SSL_set_msg_callback_arg(ssl, tls);
    /* The handshake is over; a callback of mod_ssl's must never be called. */
    SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_shutdown(ssl, 0);
    SSL_set_quiet_shutdown(ssl, 0);
    SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
    SSL_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY |
                          SSL_MODE_ENABLE_PARTIAL_WRITE |
                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* One recv() a record instead of two. */
    SSL_set_read_ahead(ssl, 1);
}

loop_tls *loop_tls_create(int fd, SSL *ssl)
{
    loop_tls *tls = calloc(1, sizeof(*tls));

    BASE_CHECK(tls != NULL);
    tls->ssl = ssl;
    tls->fd = fd;
    adopt(tls);
    tls->unread = SSL_has_pending(ssl) == 1;
    return tls;
}

void loop_tls_destroy(loop_tls *tls)
{
    /* Without these flags SSL_free would take the session for broken and
     * remove it from the cache. */
    SSL_set_quiet_shutdown(tls->ssl, 1);
    SSL_set_shutdown(tls->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(tls->ssl);
    base_bytes_free(&tls->unsent);
    free(tls);
}

/* No further call of OpenSSL is allowed but SSL_free. */
static loop_io fail(loop_tls *tls, const char *doing)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    base_log(BASE_LOG_DEBUG, "CW0401", "TLS %s failed: %s", doing,
             reason ? reason
             : loop_tls_flooded(tls) ? "nothing but records without data"
                                     : "the socket is broken");
    ERR_clear_error();
    tls->failed = true;
    return LOOP_IO_ERROR;
}

loop_io loop_tls_read(loop_tls *tls, void *buf, size_t size, size_t *got)
{
    int error;

    *got = 0;
    tls->unread = false;
    if (tls->failed) {
        return LOOP_IO_ERROR;
    }
    tls->records = 0;
    ERR_clear_error();
    if (SSL_read_ex(tls->ssl, buf, size, got)) {
        /* TLS 1.0 puts an empty record in front of each with data. */
        tls->hollow -= tls->hollow > 1 ? 2 : tls->hollow;
        tls->unread = SSL_has_pending(tls->ssl) == 1;
        return LOOP_IO_OK;
    }
    *got = 0;
    error = SSL_get_error(tls->ssl, 0);
    if (error == SSL_ERROR_WANT_READ) {
        if (loop_tls_flooded(tls)) {
            return fail(tls, "read");
        }
        tls->unread = tls->records >= MOST_RECORDS;
        return LOOP_IO_AGAIN;
    }
    if (error == SSL_ERROR_ZERO_RETURN || tls->ended) {
        return LOOP_IO_END;
    }
    return fail(tls, "read");
}

bool loop_tls_unread(const loop_tls *tls)
{
    return tls->unread;
}

bool loop_tls_flooded(const loop_tls *tls)
{
    return tls->hollow > MOST_HOLLOW;
}

/* The next bytes of the parts from `skip` on, for one record: in place when
 * they lie in one piece that fills it or is the last, else copied together. */
static size_t gather(const struct iovec *parts, int count, size_t skip,
                     const void **data)
{
    /* A child has one loop thread, and nobody keeps it. */
    static unsigned char scratch[RECORD];
    size_t size = 0;

    for (int i = 0; i < count && size < RECORD; i++) {
        const unsigned char *from = parts[i].iov_base;
        size_t length = parts[i].iov_len;

        if (skip >= length) {
            skip -= length;
            continue;
        }
        from += skip;
        length -= skip;
        skip = 0;
        if (size == 0 && (length >= RECORD || i == count - 1)) {
            *data = from;
            return length < RECORD ? length : RECORD;
        }
        length = length < RECORD - size ? length : RECORD - size;
        memcpy(scratch + size, from, length);
        size += length;
    }
    *data = scratch;
    return size;
}

loop_io loop_tls_write(loop_tls *tls, const struct iovec *parts, int count,
                       size_t *sent)
{
    loop_io io;

    *sent = 0;
    io = loop_tls_flush(tls);
    while (io == LOOP_IO_OK && tls->unsent.len == 0) {
        const void *data;
        size_t size = gather(parts, count, *sent, &data);
        size_t taken;

        if (size == 0) {
            break;
        }
        /* What is in OpenSSL's list of errors would only mislead SSL_get_error,
         * which is not asked here; to clear that took 9 % of all this. */
        if (!SSL_write_ex(tls->ssl, data, size, &taken)) {
            /* Asking for input counts as failed as well: only a peer that
             * cuts a message of its own into records leads here. */
            return fail(tls, "write");
        }
        *sent += taken;
    }
    return io;
}

bool loop_tls_unsent(const loop_tls *tls)
{
    return tls->unsent.len > 0;
}

loop_io loop_tls_flush(loop_tls *tls)
{
    struct iovec part = { tls->unsent.data, tls->unsent.len };
    size_t sent;
    loop_io io;

    if (tls->failed) {
        return LOOP_IO_ERROR;
    }
    if (part.iov_len == 0) {
        return LOOP_IO_OK;
    }
    io = loop_socket_send(tls->fd, &part, 1, false, &sent);
    if (io != LOOP_IO_OK) {
        tls->failed = io == LOOP_IO_ERROR;
        return io;
    }
    base_bytes_drop(&tls->unsent, sent);
    if (tls->unsent.len > 0) {
        return LOOP_IO_AGAIN;
    }
    base_bytes_free(&tls->unsent);
    return LOOP_IO_OK;
}

loop_io loop_tls_finish(loop_tls *tls)
{
    if (!tls->failed && !tls->finished) {
        tls->finished = true;
        ERR_clear_error();
        if (SSL_shutdown(tls->ssl) < 0) {
            return fail(tls, "shutdown");
        }
    }
    return loop_tls_flush(tls);
}
