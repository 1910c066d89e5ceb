/* heard_log.h - what is logged while a test runs, for it to look at. Any thread
 * may log.
 */
#ifndef CHATWS_HEARD_LOG_H
#define CHATWS_HEARD_LOG_H

#include "base/base_log.h"

/* Notes what is logged by any thread, from this level on; begins anew; ends.
 * The first and the last while no other thread runs. */
void heard_log_begin(base_log_level level);
void heard_log_forget(void);
void heard_log_end(void);

/* How often the text is in what was noted; each line ends with a \n. */
unsigned heard_log_count(const char *text);

#endif
