/* replay.c - the main of a fuzz target without libFuzzer: runs every file of
 * the given folders (or single files) through it once. `make check` does this
 * with the corpus and any compiler; a crash is a failure, and so is an empty
 * folder, which would prove nothing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns the number of inputs: 1. */
static size_t replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat facts;
    uint8_t *data;
    size_t size;

    BASE_CHECK(file != NULL && fstat(fileno(file), &facts) == 0);
    size = (size_t)facts.st_size;
    data = malloc(size ? size : 1);
    BASE_CHECK(data != NULL && fread(data, 1, size, file) == size);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 1;
}

static size_t replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    size_t count = 0;

    BASE_CHECK(folder != NULL);
    while ((entry = readdir(folder)) != NULL) {
        char file[4096];

        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        count += replay_file(file);
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat facts;
        size_t count = 0;

        if (stat(argv[i], &facts) == 0) {
            count = S_ISDIR(facts.st_mode) ? replay_folder(argv[i])
                                           : replay_file(argv[i]);
        }
        printf("%s: %zu inputs\n", argv[i], count);
        if (count == 0) {
            return EXIT_FAILURE;
        }
    }
    return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
