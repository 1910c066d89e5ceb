/* archive_advice.h - what an error of the database means. Private to archive/.
 * Pure.
 *
 * There is nothing but its text: apr_dbd's drivers give no codes that could be
 * told apart.
 */
#ifndef CHATWS_ARCHIVE_ADVICE_H
#define CHATWS_ARCHIVE_ADVICE_H

#include <stdbool.h>

/* What the owner can do about an error with this text; "" when we know of
 * nothing. */
const char *archive_advice_of(const char *error);

/* True when the same may succeed later with the same values: the database was
 * away, full, or somebody else's. */
bool archive_advice_passes(const char *error);

#endif
