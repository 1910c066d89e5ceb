/* base_file.h - a file's name: which file it means, and that it means
 * one. Any thread.
 */
#ifndef CHATWS_BASE_FILE_H
#define CHATWS_BASE_FILE_H

#include <stdint.h>

#define BASE_FILE_HIDDEN UINT64_C(2) /* it cannot be looked at now */

/* The same as long as the name means the same file: another number when it was
 * deleted and made anew, or another one was put in its place, while somebody
 * has it open. 0: there is none. Opens nothing: SQLite's locks would end with
 * the descriptor. */
uint64_t base_file_number(const char *path);

/* Makes it, empty and for nobody but this user, unless it is there. */
void base_file_make(const char *path);

#endif
