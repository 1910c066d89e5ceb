/* guard_page.h - memory that ends at a page nobody may touch: a codec that
 * reads or writes one byte too far crashes the test. Used by the unit tests.
 */
#ifndef CHATWS_UNIT_GUARD_PAGE_H
#define CHATWS_UNIT_GUARD_PAGE_H

#include <stddef.h>

/* Returns a writable copy of `size` bytes, whose end is the end of the memory
 * that may be touched. */
unsigned char *guard_page_copy(const void *data, size_t size);

/* The same for a text with its NUL; NULL stays NULL. */
char *guard_page_text(const char *text);

/* Frees all copies. */
void guard_page_free_all(void);

#endif
