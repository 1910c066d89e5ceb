/* httpd_parse.h - the directives that take more than plain values.
 *
 * Parsers of the table in httpd_directives.c, called by httpd_arguments.c. All
 * give false for words that they do not understand, some with given->why.
 */
#ifndef CHATWS_HTTPD_PARSE_H
#define CHATWS_HTTPD_PARSE_H

#include <stdbool.h>

#include "httpd/config/httpd_arguments.h"

/* ChatAssets: a path that is a folder. */
bool httpd_parse_assets(httpd_arguments *given);

/* ChatAddressRooms: NUMBER/h and its like, a number and its period. */
bool httpd_parse_address_rooms(httpd_arguments *given);

/* ChatCompression: `on` and perhaps a size, where zlib is. */
bool httpd_parse_compression(httpd_arguments *given);

/* ChatOrigin: `any`, or a list of origins. */
bool httpd_parse_origin(httpd_arguments *given);

/* ChatUser: one expression. */
bool httpd_parse_user(httpd_arguments *given);

/* ChatTokenAudience: one word. */
bool httpd_parse_audience(httpd_arguments *given);

/* ChatReservedNames: words. */
bool httpd_parse_reserved_names(httpd_arguments *given);

#endif
