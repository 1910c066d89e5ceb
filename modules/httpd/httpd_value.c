/* httpd_value.c - values of directives; see httpd_value.h. */
#include "httpd/httpd_value.h"

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

bool httpd_value_rate(const char *word, int64_t most, int64_t *value)
{
    return with_unit(word, rates, 1, most, value);
}

static bool is_port(const char *text)
{
    int64_t port;

    return httpd_value_count(text, 1, 65535, &port);
}

bool httpd_value_origin(const char *word)
{
    const char *host;
    size_t size;

    if (strncasecmp(word, "http://", 7) == 0) {
        host = word + 7;
    }
    else if (strncasecmp(word, "https://", 8) == 0) {
        host = word + 8;
    }
    else {
        return false;
    }
    size = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    if (size == 0 || size > strlen(host) || strpbrk(host, "/?#@* \t,")) {
        return false;
    }
    return host[size] == '\0'
           || (host[size] == ':' && is_port(host + size + 1));
}
