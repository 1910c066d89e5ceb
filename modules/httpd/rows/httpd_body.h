/* httpd_body.h - a request's body, whole and bounded. Used by httpd_post. */
#ifndef CHATWS_HTTPD_BODY_H
#define CHATWS_HTTPD_BODY_H

#include <stddef.h>

#include <httpd.h>

#include "base/base_bytes.h"

/* Appends the body to `body`, which the caller frees. OK; 413 as soon as it is
 * known to be longer than `most` bytes; 415 when it has a content coding (RFC
 * 9110 8.4) that no input filter takes off, such as mod_deflate's DEFLATE; 400
 * or 408 when it cannot be read; AP_FILTER_ERROR when an input filter has
 * answered already. Blocks. */
int httpd_body_read(request_rec *r, size_t most, base_bytes *body);

#endif
