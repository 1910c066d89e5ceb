/* act_filter.h - the list of unwanted words as its file has it now.
 *
 * Made by httpd/ for each file that ChatFilter names, before there are threads
 * or children; then used by the workers and the loop of each child at once.
 */
#ifndef CHATWS_ACT_FILTER_H
#define CHATWS_ACT_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base_bytes.h"
#include "chat/filter/chat_filter.h"

/* The longest file. */
#define ACT_FILTER_BYTES (4 * 1024 * 1024)

typedef struct act_filter act_filter;

/* Reads the file for the first time. NULL: it cannot be read, and `*why` is the
 * reason, a constant or strerror's. `path` and `patterns` are the caller's and
 * stay; it gives the filter to act_filter_destroy. */
act_filter *act_filter_create(const char *path,
                              const chat_filter_patterns *patterns,
                              chat_filter_fault *fault, const char **why);

/* The same as those of chat_filter.h, with what the file says by now: it is
 * looked at at most once a second, by one of the callers, on its thread; the
 * others go on with the list that there was. So they do when it cannot be read,
 * which is logged. */
bool act_filter_finds(act_filter *filter, const void *text, size_t size);
bool act_filter_mask(act_filter *filter, base_bytes *text);

/* When nobody uses it any more. */
void act_filter_destroy(act_filter *filter);

#endif
