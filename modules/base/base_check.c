/* base_check.c - the end of a process that found itself broken. */
#include "base/base_check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void base_check_failed(const char *condition, const char *file,
                                 int line)
{
    /* Not through base_log, whose hook may be what is broken: httpd's error log
     * is also its stderr. */
    fprintf(stderr, "CW0001: mod_chatws: broken promise: %s (%s:%d)\n",
            condition, file, line);
    abort();
}
