/* http_repeat.h - the same request again: a long-poll that differs from the one
 * before on its connection in `after` and `wait` alone.
 *
 * A mark stands for the whole head of a request without these two values: a sum
 * of keyed hashes of its request line and of each field, 128 bits. As it is a
 * sum, httpd's table of fields and the bytes of the wire have the same mark,
 * whatever their order. Whoever does not know the keys cannot make two heads
 * with one mark.
 *
 * A head on the wire is read strictly: whatever httpd might understand in
 * another way is OTHER. A field that comes twice has another mark than what
 * httpd makes of it, one field with both values.
 *
 * httpd/ makes the first mark, hub/ compares it with what comes. Pure.
 */
#ifndef CHATWS_HTTP_REPEAT_H
#define CHATWS_HTTP_REPEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_hash.h"
#include "http/http_field.h"

/* A longer head is OTHER. */
#define HTTP_REPEAT_MOST 8192

typedef struct {
    base_hash_key of[2];
} http_repeat_keys;

typedef struct {
    uint64_t parts[2];
} http_repeat_mark;

typedef struct {
    http_repeat_mark mark; /* zero at first */
    http_slice after;      /* of digits and `-`, at least one */
    http_slice wait;       /* of digits, at least one */
} http_repeat;

typedef enum {
    HTTP_REPEAT_MORE, /* it may become such a head: it is not whole */
    HTTP_REPEAT_HEAD, /* a whole head, of a request without a body */
    HTTP_REPEAT_OTHER /* it can be no such request */
} http_repeat_result;

/* Two keys of one's own, made from a secret. */
http_repeat_keys http_repeat_keys_of(const base_hash_key *secret);

/* Adds the request line: GET, the target, HTTP/1.1. False: the target is no
 * path with a query in which `after` and `wait` stand once each, written as
 * above. */
bool http_repeat_target(const http_repeat_keys *keys, http_slice target,
                        http_repeat *request);

/* Adds a field; its value is trimmed. False: a request that has this field is
 * none to be repeated here, since it may have a body or wants to change what is
 * spoken. */
bool http_repeat_field(const http_repeat_keys *keys, http_slice name,
                       http_slice value, http_repeat *request);

/* Reads the head that `data` begins with, and its size into `*head`; both say
 * nothing unless the result is HEAD. */
http_repeat_result http_repeat_read(const http_repeat_keys *keys,
                                    http_slice data, http_repeat *request,
                                    size_t *head);

/* True when the marks are the same; takes as long when they are not. */
bool http_repeat_is(const http_repeat_mark *mark,
                    const http_repeat_mark *other);

#endif
