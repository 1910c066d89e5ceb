/* http_media.h - what a posted body is, by its Content-Type (RFC 9110 8.3).
 *
 * Used by POST. Pure.
 */
#ifndef CHATWS_HTTP_MEDIA_H
#define CHATWS_HTTP_MEDIA_H

#include "http/http_field.h"

typedef enum {
    HTTP_MEDIA_OTHER, /* also text or a form in another charset than UTF-8 */
    HTTP_MEDIA_JSON,
    HTTP_MEDIA_TEXT,
    HTTP_MEDIA_FORM
} http_media;

/* Reads the field. A charset counts for text and forms only: JSON has none, it
 * is UTF-8 whatever is said of it (RFC 8259 8.1). A charset that is empty says
 * nothing, of several the first counts (WHATWG MIME 4.4), and one in single
 * quotes means what it would without. */
http_media http_media_of(http_slice content_type);

#endif
