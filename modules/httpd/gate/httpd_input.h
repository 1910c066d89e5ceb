/* httpd_input.h - the bytes that a client sends: a request's body, or what
 * comes ahead of the answer. Whole, or bounded. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_INPUT_H
#define CHATWS_HTTPD_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include <httpd.h>

#include "base/base_bytes.h"

/* Appends the body to `body`, which the caller frees. OK; 413 as soon as it is
 * known to be longer than `most` bytes; 415 when it has a content coding (RFC
 * 9110 8.4) that no input filter takes off, such as mod_deflate's DEFLATE; 400
 * or 408 when it cannot be read; AP_FILTER_ERROR when an input filter has
 * answered already. Blocks. */
int httpd_input_body(request_rec *r, size_t most, base_bytes *body);

/* Appends to `early`, which the caller frees, what the connection's filters
 * have read behind the request, or can read at once. False when that is more
 * than `most` bytes. After true they hold nothing: what comes later stays in
 * the kernel (or, half a record of TLS, in the SSL object). An end or an error
 * is found again by whoever reads next. */
bool httpd_input_early(request_rec *r, size_t most, base_bytes *early);

#endif
