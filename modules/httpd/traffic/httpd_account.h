/* httpd_account.h - what was counted on a connection, and to whom.
 *
 * The account is a part of the connection's record (httpd_connection.h); the
 * files of this folder keep it. On the worker's thread; over HTTP/2 streams end
 * on several of them, and then its lock is held.
 */
#ifndef CHATWS_HTTPD_ACCOUNT_H
#define CHATWS_HTTPD_ACCOUNT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <httpd.h>

#include "act/act_traffic.h"
#include "base/base_traffic.h"

struct httpd_streams;

/* To whom something is counted. */
typedef struct {
    uint64_t key; /* of ?meter=; 0: to nobody but all together */
    uint16_t tag;
    act_traffic line;
} httpd_account_owner;

typedef struct {
    pthread_mutex_t lock;
    base_traffic opening; /* before the first request */
    bool paid;            /* `opening` was counted, */
    httpd_account_owner payer; /* as that of this one's */
    base_traffic last;    /* at the end of the last request */
    uint64_t last_data;   /* packets with payload that had come by then, */
    uint64_t last_sent;   /* and that had been sent */
    uint64_t plain_sent;  /* what TLS carries, as the filter sees it */
    uint64_t plain_received;
    struct httpd_streams *streams; /* NULL: no HTTP/2 */
    bool known;           /* the filter has seen what is spoken, */
    bool blind;           /* and that it need not see more */
    bool other;           /* the last request was not counted */
    bool followed;        /* the hub counts what comes since `last` */
    bool polled;          /* what follows is of the last request: */
    httpd_account_owner owner;
} httpd_account;

/* The key of the request's ?meter=, 16 lower-case hexadecimal digits; 0 when
 * there is none or it is anything else. */
uint64_t httpd_account_key(const request_rec *r);

/* Whose a request is. */
httpd_account_owner httpd_account_owner_of(request_rec *r, act_traffic line);

/* Adds figures to their owner's and everybody's; there are rooms. Any thread.
 */
void httpd_account_add(const httpd_account_owner *owner,
                       const room_meter_figures *more);

#endif
