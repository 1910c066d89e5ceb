/* httpd_accept.c - does the asker want a page or JSON? See httpd_accept.h. */
#include "httpd/httpd_accept.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* How well one type is accepted: by the most exact range that names it. */
typedef struct {
    int exact;   /* 3: type/subtype, 2: type and wildcard, 1: any, 0: none */
    int quality; /* thousandths */
} liking;

/* One element of the list. */
typedef struct {
    const char *range;
    size_t size;
    int quality;
} element;

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* A qvalue in thousandths; what is malformed counts as 1. */
static int quality_of(const char *text, const char *end)
{
    int thousandths = 0;
    int place = 100;

    if (text == end || (*text != '0' && *text != '1')) {
        return 1000;
    }
    thousandths = (*text - '0') * 1000;
    text++;
    if (text < end && *text == '.') {
        for (text++; text < end && isdigit((unsigned char)*text); text++) {
            thousandths += (*text - '0') * place;
            place /= 10;
        }
    }
    return thousandths > 1000 ? 1000 : thousandths;
}

/* Splits off the element at `text` and returns where the next one begins. */
static const char *next_element(const char *text, element *out)
{
    const char *end = text + strcspn(text, ",");
    const char *semicolon;

    while (text < end && is_space(*text)) {
        text++;
    }
    out->range = text;
    out->size = strcspn(text, "; \t,");
    out->quality = 1000;
    semicolon = memchr(text, ';', (size_t)(end - text));
    while (semicolon) {
        const char *at = semicolon + 1;

        while (at < end && is_space(*at)) {
            at++;
        }
        if (at + 1 < end && (*at == 'q' || *at == 'Q') && at[1] == '=') {
            out->quality = quality_of(at + 2, end);
        }
        semicolon = memchr(at, ';', (size_t)(end - at));
    }
    return *end ? end + 1 : end;
}

static bool is_range(const element *one, const char *range)
{
    return one->size == strlen(range)
           && strncasecmp(one->range, range, one->size) == 0;
}

static void weigh(const element *one, const char *type, const char *family,
                  liking *sum)
{
    int exact = is_range(one, type)     ? 3
                : is_range(one, family) ? 2
                : is_range(one, "*/*")  ? 1
                                        : 0;

    if (exact > sum->exact) {
        sum->exact = exact;
        sum->quality = one->quality;
    }
    else if (exact && exact == sum->exact && one->quality > sum->quality) {
        sum->quality = one->quality;
    }
}

bool httpd_accept_html(const char *accept)
{
    liking html = { 0, 0 };
    liking json = { 0, 0 };
    element one;

    while (accept && *accept) {
        accept = next_element(accept, &one);
        weigh(&one, "text/html", "text/*", &html);
        weigh(&one, "application/json", "application/*", &json);
    }
    if (html.quality != json.quality) {
        return html.quality > json.quality;
    }
    return html.quality > 0 && html.exact > json.exact;
}

bool httpd_accept_events(const char *accept)
{
    element one;

    while (accept && *accept) {
        accept = next_element(accept, &one);
        if (is_range(&one, "text/event-stream") && one.quality > 0) {
            return true;
        }
    }
    return false;
}
