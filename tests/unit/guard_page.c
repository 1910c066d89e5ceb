/* guard_page.c - memory that ends at a forbidden page; see guard_page.h. */
#include "guard_page.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/base_check.h"

/* A region is kept and used again: a test makes many thousands of copies. */
typedef struct region {
    struct region *next;
    unsigned char *start;
    size_t size; /* without the forbidden page */
} region;

static region *in_use;
static region *spare;

static region *make_region(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    region *made = malloc(sizeof(*made));

    BASE_CHECK(made != NULL);
    made->size = (size / page + 1) * page;
    made->start = mmap(NULL, made->size + page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    BASE_CHECK(made->start != MAP_FAILED);
    BASE_CHECK(mprotect(made->start + made->size, page, PROT_NONE) == 0);
    return made;
}

unsigned char *guard_page_copy(const void *data, size_t size)
{
    region **link = &spare;
    region *taken;
    unsigned char *copy;

    while (*link && (*link)->size < size) {
        link = &(*link)->next;
    }
    taken = *link;
    if (taken) {
        *link = taken->next;
    }
    else {
        taken = make_region(size);
    }
    taken->next = in_use;
    in_use = taken;
    copy = taken->start + taken->size - size;
    if (size > 0) {
        memcpy(copy, data, size);
    }
    return copy;
}

char *guard_page_text(const char *text)
{
    return text ? (char *)guard_page_copy(text, strlen(text) + 1) : NULL;
}

void guard_page_free_all(void)
{
    while (in_use) {
        region *freed = in_use;

        in_use = freed->next;
        freed->next = spare;
        spare = freed;
    }
}
