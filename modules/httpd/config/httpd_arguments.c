/* httpd_arguments.c - from words to a record; see httpd_arguments.h. */
#include "httpd/config/httpd_arguments.h"

#include <string.h>
#include <strings.h>

#include "base/base_check.h"

static bool read_word(const char *word, const httpd_member *member,
                      int64_t *value)
{
    if (!member->names) {
        return member->read(word, member->least, member->most, value);
    }
    for (*value = 0; member->names[*value]; (*value)++) {
        if (strcasecmp(member->names[*value], word) == 0) {
            return true;
        }
    }
    return false;
}

/* A member is an int64_t or a uint32_t, or what is as long as one of these: a
 * size_t, an enum. */
static void keep(void *record, const httpd_member *member, int64_t value)
{
    char *at = (char *)record + member->offset;
    int64_t wide = member->unit ? value / member->unit : value;
    uint32_t narrow = (uint32_t)wide;

    if (member->size == sizeof(wide)) {
        memcpy(at, &wide, sizeof(wide));
    }
    else if (member->size > 0) { /* 0: a fixed word, see httpd_member */
        BASE_CHECK(member->size == sizeof(narrow));
        memcpy(at, &narrow, sizeof(narrow));
    }
}

static void clear(const httpd_directive *directive, void *record)
{
    for (int i = 0; i < HTTPD_ARGUMENTS_MEMBERS; i++) {
        memset((char *)record + directive->members[i].offset, 0,
               directive->members[i].size);
    }
}

static int count_members(const httpd_directive *directive)
{
    int count = 0;

    while (count < HTTPD_ARGUMENTS_MEMBERS
           && (directive->members[count].read
               || directive->members[count].names)) {
        count++;
    }
    return count;
}

/* A word for each member; the last ones may be missing, and their members are
 * left as they are. */
bool httpd_arguments_members(httpd_arguments *given)
{
    const httpd_directive *directive = given->directive;
    int most = count_members(directive);

    if (given->count > most || given->count < most - directive->optional) {
        return false;
    }
    for (int i = 0; i < given->count; i++) {
        int64_t value;

        if (!read_word(given->words[i], &directive->members[i], &value)) {
            return false;
        }
        keep(given->record, &directive->members[i], value);
    }
    return true;
}

bool httpd_arguments_read(httpd_arguments *given, const char *line)
{
    const httpd_directive *directive = given->directive;

    given->line = line;
    if (directive->adds) {
        return directive->parse(given);
    }
    while (*line && given->count < HTTPD_ARGUMENTS_MOST) {
        given->words[given->count++] = ap_getword_conf(given->pool, &line);
    }
    if (*line) { /* more words than any directive takes */
        return false;
    }
    if (given->count == 1 && directive->zero
        && strcasecmp(given->words[0], directive->zero) == 0) {
        clear(directive, given->record);
        return true;
    }
    return directive->parse ? directive->parse(given)
                            : httpd_arguments_members(given);
}

void httpd_arguments_copy(const httpd_directive *directive, void *to,
                          const void *from)
{
    for (int i = 0; i < HTTPD_ARGUMENTS_MEMBERS; i++) {
        const httpd_member *member = &directive->members[i];

        memcpy((char *)to + member->offset,
               (const char *)from + member->offset, member->size);
    }
}
