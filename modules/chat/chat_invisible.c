/* chat_invisible.c - characters that show nothing; see chat_invisible.h. */
#include "chat/chat_invisible.h"

#include <stddef.h>

#include <utf8proc.h>

typedef struct {
    int32_t first;
    int32_t last;
} range;

/* What utf8proc's tables do not tell: it knows no properties of code points
 * that are not assigned, and the rest is ignorable nowhere but blank in every
 * font. */
static const range others[] = {
    { 0x2065, 0x2065 },   /* unassigned, ignorable */
    { 0x2800, 0x2800 },   /* BRAILLE PATTERN BLANK */
    { 0xFDD0, 0xFDEF },   /* noncharacters */
    { 0xFFF0, 0xFFF8 },   /* unassigned, ignorable */
    { 0xFFF9, 0xFFFB },   /* interlinear annotation */
    { 0x13430, 0x13440 }, /* Egyptian hieroglyph format controls */
    { 0x13441, 0x13442 }, /* EGYPTIAN HIEROGLYPH FULL BLANK, HALF BLANK */
    { 0x1D159, 0x1D159 }, /* MUSICAL SYMBOL NULL NOTEHEAD */
    { 0xE0000, 0xE0FFF }, /* tags, variation selectors, unassigned */
};

bool chat_invisible_point(int32_t point)
{
    if ((point & 0xFFFE) == 0xFFFE) {
        return true; /* the last two of each plane are noncharacters */
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (point >= others[i].first && point <= others[i].last) {
            return true;
        }
    }
    return utf8proc_get_property(point)->ignorable;
}
