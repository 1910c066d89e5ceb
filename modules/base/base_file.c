/* base_file.c - see base_file.h. */
#include "base/base_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base_hash.h"

uint64_t base_file_number(const char *path)
{
    static const base_hash_key no_key = { 0, 0 };
    struct stat found;
    uint64_t names[2];

    if (stat(path, &found) != 0) {
        return errno == ENOENT || errno == ENOTDIR ? 0 : BASE_FILE_HIDDEN;
    }
    names[0] = (uint64_t)found.st_dev;
    names[1] = (uint64_t)found.st_ino;
    return base_hash(&no_key, names, sizeof(names)) | 1;
}

void base_file_make(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0) {
        close(fd);
    }
}
