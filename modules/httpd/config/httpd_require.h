/* httpd_require.h - ChatSpeakers, ChatModerators, ChatCreators: who may.
 *
 * A line takes what httpd's Require takes, and the same providers are asked,
 * found by httpd's own interface (mod_auth.h). This is the parser of the table
 * in httpd_directives.c; httpd_rights.c asks. Called at start, and by a worker
 * thread that reads .htaccess.
 */
#ifndef CHATWS_HTTPD_REQUIRE_H
#define CHATWS_HTTPD_REQUIRE_H

#include <stdbool.h>
#include <stdint.h>

#include <httpd.h>
#include <http_config.h>
#include <mod_auth.h>

#include "httpd/config/httpd_arguments.h"
#include "httpd/config/httpd_config.h"

/* One line: [not] PROVIDER ARGUMENTS. */
typedef struct {
    const char *name; /* of the provider, or of an alias */
    const char *arguments;
    const authz_provider *provider;
    const void *parsed; /* what its parser made of the arguments */
    bool negated;
} httpd_require_line;

/* All lines of one directive in one section. */
struct httpd_require {
    apr_array_header_t *lines; /* of httpd_require_line */
    const char *directive;
    const char *htaccess; /* the file, if it is one; else NULL */
    uint64_t section;     /* hash of where it stands, as it is written there,
                             which is never 0: its folder for an .htaccess */
    const void *block;    /* tells the section from all others while its
                             configuration holds; NULL: none, or an .htaccess */
};

/* Adds a line to those of the section. */
bool httpd_require_parse(httpd_arguments *given);

/* That of the directive that is being read. */
const void *httpd_require_block(const cmd_parms *cmd);

/* Whether ChatModerators stands in the section that says what its place is, in
 * the server's configuration. */
bool httpd_require_with_role(const httpd_dir_config *config);

/* The .htaccess file that is being read; NULL: it is none. */
const char *httpd_require_htaccess(const cmd_parms *cmd);

#endif
