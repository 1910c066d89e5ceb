/* base_check.h - assertions that are always on.
 *
 * For bugs of ours only: input from the network never reaches one (the codecs
 * answer it with a close code or a status). Used on every floor.
 */
#ifndef CHATWS_BASE_CHECK_H
#define CHATWS_BASE_CHECK_H

/* Writes the broken condition to stderr (httpd's error log) and aborts. */
_Noreturn void base_check_failed(const char *condition, const char *file,
                                 int line);

#define BASE_CHECK(condition)                                   \
    ((condition) ? (void)0                                      \
                 : base_check_failed(#condition, __FILE__, __LINE__))

#endif
