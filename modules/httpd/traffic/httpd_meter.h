/* httpd_meter.h - ?meter=KEY: who wants to see the traffic that it causes.
 *
 * KEY is made up by the client, 16 lower-case hexadecimal digits; anything
 * else, and 16 zeros, counts as absent. What others cannot see of a request in
 * a browser, its scripts shall not see here: only the values of headers that
 * are known to hold no secret are shown. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_METER_H
#define CHATWS_HTTPD_METER_H

#include <stdbool.h>

#include <httpd.h>

#include "base/base_bytes.h"
#include "httpd/config/httpd_config.h"

/* The name below PREFIX/_chatws/ that answers with the figures of a key. */
#define HTTPD_METER_FILE "meter"

/* True when the query has `look`, whatever its value, beside a key: the client
 * of a WebSocket wants to be shown its handshake and its first frame. */
bool httpd_meter_look(request_rec *r);

/* Writes the event for a measured WebSocket: the request and the whole head of
 * its 101. */
void httpd_meter_event(request_rec *r, const char *response, base_bytes *out);

/* Answers GET PREFIX/_chatws/meter?meter=KEY; returns what a handler does. */
int httpd_meter_answer(request_rec *r, const httpd_dir_config *config);

#endif
