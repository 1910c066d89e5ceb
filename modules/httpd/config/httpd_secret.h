/* httpd_secret.h - a file with a secret that a directive names.
 *
 * Read as root when httpd starts, before anybody is served.
 */
#ifndef CHATWS_HTTPD_SECRET_H
#define CHATWS_HTTPD_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "httpd/config/httpd_arguments.h"

/* Reads a file of which nobody but its owner and group knows anything. False,
 * with a reason in `given`: it cannot be read, is open to everybody, or has
 * `most` bytes or more. */
bool httpd_secret_read(httpd_arguments *given, const char *path, char *out,
                       size_t most, size_t *size);

#endif
