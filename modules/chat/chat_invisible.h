/* chat_invisible.h - which characters show nothing at all. Called by chat_name
 * and chat_text. Pure.
 */
#ifndef CHATWS_CHAT_INVISIBLE_H
#define CHATWS_CHAT_INVISIBLE_H

#include <stdbool.h>
#include <stdint.h>

/* True for a code point that is no white space and yet shows nothing by
 * itself: Default_Ignorable_Code_Point (UAX 44; zero width characters, Hangul
 * fillers, variation selectors, tags, also where Unicode has not assigned a
 * character yet), the other format controls without a glyph, noncharacters,
 * and the letters and symbols that are blank (U+2800, U+1D159, U+13441,
 * U+13442). A combining mark is none of these. */
bool chat_invisible_point(int32_t point);

#endif
