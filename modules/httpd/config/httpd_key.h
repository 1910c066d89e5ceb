/* httpd_key.h - the keys that sign tokens: ChatTokenKey.
 *
 * A file is read when the configuration is, as root, so that it need not be
 * readable for the children: at start and at each restart. Which algorithm a
 * key is for is a matter of the key alone.
 */
#ifndef CHATWS_HTTPD_KEY_H
#define CHATWS_HTTPD_KEY_H

#include <stdbool.h>

#include "http/http_token.h"
#include "httpd/config/httpd_arguments.h"

#define HTTPD_KEY_LEAST 32 /* bytes of a secret: those of its HMAC */

typedef struct {
    http_token_alg alg;
    const char *data; /* the secret, or the public key as PEM */
    int size;
} httpd_key;

/* Parser of the directive: adds the key in a file to those of the section, or
 * with `none` leaves out those of the section around. A file that is not there,
 * that everybody may read, or that has no key that we can use is an error with
 * a sentence. */
bool httpd_key_parse(httpd_arguments *given);

/* Whether one of the keys (of httpd_key; NULL: none) with this algorithm has
 * signed the token, whose header http_token_head has read. Any thread. */
bool httpd_key_signed(const apr_array_header_t *keys, http_token_alg alg,
                      const char *token);

#endif
