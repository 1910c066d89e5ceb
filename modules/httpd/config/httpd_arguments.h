/* httpd_arguments.h - what a directive takes, and where that is kept.
 *
 * The table of all directives is in httpd_directives.c. Most take plain values,
 * one word for each member of a record, and need no parser of their own; those
 * of the others are in httpd_parse.c. Called at start, and by a worker thread
 * that reads .htaccess.
 */
#ifndef CHATWS_HTTPD_ARGUMENTS_H
#define CHATWS_HTTPD_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <httpd.h>
#include <http_config.h>

#include "httpd/config/httpd_value.h"

#define HTTPD_ARGUMENTS_MOST 64   /* words */
#define HTTPD_ARGUMENTS_MEMBERS 2 /* that a directive sets */

typedef struct httpd_directive httpd_directive;

/* What one directive's parser works on. */
typedef struct {
    const httpd_directive *directive;
    apr_pool_t *pool; /* of the record */
    cmd_parms *cmd;   /* NULL: it is the default that is read */
    void *record;     /* httpd_dir_config or httpd_server_config */
    const char *line; /* as it is written */
    const char *words[HTTPD_ARGUMENTS_MOST]; /* unless the directive `adds` */
    int count;
    const char *why; /* a better reason than the table's form, or NULL */
} httpd_arguments;

/* A value of a directive. */
typedef struct {
    size_t offset; /* in its record */
    size_t size;   /* 0: the word is fixed and not kept */
    httpd_value_read *read;
    int64_t least; /* in what `read` gives */
    int64_t most;
    int64_t unit;             /* what one of the record is in that; 0: one */
    const char *const *names; /* instead of `read`: the value is the index */
} httpd_member;

struct httpd_directive {
    const char *preset; /* the default, as one would write it */
    const char *zero;   /* alone it sets all bytes of the members to 0 */
    int optional;       /* so many of the last words may be left out */
    bool adds; /* each line of a section adds to those before, and `parse` reads
                  it as it is written; else the last one counts */
    bool (*parse)(httpd_arguments *given); /* NULL: a word for each member */
    bool (*loosens)(const void *outer, const void *inner); /* lets somebody do
                  what the record of the section around does not; NULL: that
                  does not matter to an .htaccess */
    httpd_member members[HTTPD_ARGUMENTS_MEMBERS];
};

/* Reads the line into the directive's members of the record. False: it is not
 * understood, and the record must not be used. */
bool httpd_arguments_read(httpd_arguments *given, const char *line);

/* The same for a parser of the directive's own that first wants a word for each
 * member. */
bool httpd_arguments_members(httpd_arguments *given);

/* Copies the directive's members from one record to another. */
void httpd_arguments_copy(const httpd_directive *directive, void *to,
                          const void *from);

#endif
