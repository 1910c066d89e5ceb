/* descriptors.h - how many this process has open, with one for the counting.
 */
#ifndef CHATWS_UNIT_DESCRIPTORS_H
#define CHATWS_UNIT_DESCRIPTORS_H

#include <dirent.h>

static inline int descriptors_count(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    assert_non_null(folder);
    while (readdir(folder)) {
        count++;
    }
    closedir(folder);
    return count;
}

#endif
