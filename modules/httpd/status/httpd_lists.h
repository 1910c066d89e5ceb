/* httpd_lists.h - the lists of the status page, ?format=json&list=WORDS: what
 * is wrong, and for whom httpd_guard lets in, rooms, members, connections and
 * sanctions. On the worker's thread; waits for locks.
 */
#ifndef CHATWS_HTTPD_LISTS_H
#define CHATWS_HTTPD_LISTS_H

#include <stdbool.h>

#include <httpd.h>

#include "base/base_bytes.h"
#include "httpd/config/httpd_config.h"
#include "httpd/rows/httpd_answer.h"
#include "httpd/status/httpd_snapshot.h"

/* Appends to the object of httpd_figures_json the members that `list` asks for,
 * which the query has. False, with `why` filled in: a word or a value is not
 * understood (400), or they cannot be had now (503). */
bool httpd_lists_write(request_rec *r, const httpd_dir_config *config,
                       const httpd_snapshot *now, base_bytes *json,
                       httpd_refusal *why);

#endif
