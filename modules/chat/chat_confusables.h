/* chat_confusables.h - the table of characters that look alike, of Unicode
 * Technical Standard 39. Read by chat_skeleton only.
 */
#ifndef CHATWS_CHAT_CONFUSABLES_H
#define CHATWS_CHAT_CONFUSABLES_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t source; /* a code point */
    uint16_t target; /* where in chat_confusables_targets its prototype is */
} chat_confusable;

/* In the order of their code points. */
extern const chat_confusable chat_confusables_sources[];
extern const size_t chat_confusables_count;

/* For each prototype how many code points it has, and these. */
extern const uint32_t chat_confusables_targets[];

#endif
