/* archive_watch.h - a server that does not answer must not keep threads for
 * ever. Private to archive/; any thread.
 *
 * The clients of PostgreSQL and MariaDB wait for an answer without an end when
 * the server was stopped, or its network was cut while it had nothing to send.
 * One thread of a process looks after all connections: whoever has waited too
 * long finds his connection shut down.
 */
#ifndef CHATWS_ARCHIVE_WATCH_H
#define CHATWS_ARCHIVE_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/base_list.h"

struct apr_dbd_driver_t;
struct apr_dbd_t;

/* A connection. All zero: none. */
typedef struct {
    base_list link;
    int fd;                   /* of ours, beside the client's */
    bool added;
    _Atomic int64_t until_us; /* the answer must be there; 0: none is asked */
    _Atomic bool cut;         /* it was not there */
} archive_watched;

/* The connection is open: of a server's whose socket is not known nothing is
 * done. It stays where it is until archive_watch_remove. */
void archive_watch_add(archive_watched *it,
                       const struct apr_dbd_driver_t *driver,
                       struct apr_dbd_t *handle);

/* Before it is closed. */
void archive_watch_remove(archive_watched *it);

/* It is asked something, which may take `within_us`; it was answered. */
void archive_watch_begin(archive_watched *it, int64_t within_us);
void archive_watch_end(archive_watched *it);

#endif
