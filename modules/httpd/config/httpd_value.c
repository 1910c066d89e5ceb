/* httpd_value.c - values of directives; see httpd_value.h. */
#include "httpd/config/httpd_value.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

typedef struct {
    const char *name;
    int64_t factor;
} unit;

static const unit no_units[] = { { "", 1 }, { NULL, 0 } };

static const unit sizes[] = { { "", 1 },
                              { "K", 1 << 10 },
                              { "M", 1 << 20 },
                              { "G", 1 << 30 },
                              { NULL, 0 } };

static const unit times[] = { { "", INT64_C(1000000) },
                              { "ms", INT64_C(1000) },
                              { "s", INT64_C(1000000) },
                              { "m", INT64_C(60000000) },
                              { "min", INT64_C(60000000) },
                              { "h", INT64_C(3600000000) },
                              { "d", INT64_C(86400000000) },
                              { NULL, 0 } };

static const unit rates[] = { { "/s", 1 }, { NULL, 0 } };

/* No product overflows: a number is compared with `most` after each digit, and
 * with its share of it before it is multiplied. */
static bool with_unit(const char *word, const unit *units, int64_t least,
                      int64_t most, int64_t *value)
{
    int64_t number = 0;
    const char *at = word;

    for (; isdigit((unsigned char)*at); at++) {
        number = number * 10 + (*at - '0');
        if (number > most) {
            return false;
        }
    }
    if (at == word) {
        return false;
    }
    while (units->name && strcasecmp(units->name, at) != 0) {
        units++;
    }
    if (!units->name || number > most / units->factor) {
        return false;
    }
    *value = number * units->factor;
    return *value >= least;
}

bool httpd_value_count(const char *word, int64_t least, int64_t most,
                       int64_t *value)
{
    return with_unit(word, no_units, least, most, value);
}

bool httpd_value_size(const char *word, int64_t least, int64_t most,
                      int64_t *value)
{
    return with_unit(word, sizes, least, most, value);
}

bool httpd_value_time(const char *word, int64_t least, int64_t most,
                      int64_t *value)
{
    return with_unit(word, times, least, most, value);
}

bool httpd_value_rate(const char *word, int64_t least, int64_t most,
                      int64_t *value)
{
    return with_unit(word, rates, least, most, value);
}

bool httpd_value_quota(const char *word, int64_t most, int64_t *value,
                       int64_t *period)
{
    size_t digits = strspn(word, "0123456789");
    char number[16];
    char each[8];

    if (digits >= sizeof(number) || word[digits] != '/'
        || strlen(word + digits) >= sizeof(each)) {
        return false;
    }
    memcpy(number, word, digits);
    number[digits] = '\0';
    /* "/h" is read as "1h". A digit there would make it "12h". */
    each[0] = '1';
    strcpy(each + 1, word + digits + 1);
    return each[1] != '\0' && httpd_value_count(number, 1, most, value)
           && isalpha((unsigned char)each[1])
           && with_unit(each, times, INT64_C(1000000), INT64_MAX, period);
}
