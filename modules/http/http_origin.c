/* http_origin.c - scheme, host and port of a page; see http_origin.h. */
#include "http/http_origin.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Bytes that no host of a URL can have, but for controls and what is not ASCII
 * (WHATWG URL 3.1, forbidden host code points), and two that lists and patterns
 * are made of. */
#define NEVER_IN_A_HOST " #/:<>?@[\\]^|,*\"%"

/* Longer than any address in brackets. */
#define ADDRESS_MOST 64

static bool parse_port(http_slice text, unsigned *port)
{
    unsigned sum = 0;

    if (text.size == 0 || text.size > 5) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (!isdigit((unsigned char)text.data[i])) {
            return false;
        }
        sum = sum * 10 + (unsigned)(text.data[i] - '0');
    }
    *port = sum;
    return sum > 0 && sum < 65536;
}

/* The address in brackets or without; false when it is none. */
static bool parse_address(http_slice host, int family, void *address)
{
    char text[ADDRESS_MOST];

    if (family == AF_INET6) {
        if (host.size < 2 || host.data[0] != '['
            || host.data[host.size - 1] != ']') {
            return false;
        }
        host.data++;
        host.size -= 2;
    }
    /* inet_pton would not look at what is behind a NUL. */
    if (host.size >= sizeof(text) || memchr(host.data, '\0', host.size)) {
        return false;
    }
    memcpy(text, host.data, host.size);
    text[host.size] = '\0';
    return inet_pton(family, text, address) == 1;
}

static bool is_name(http_slice host)
{
    for (size_t i = 0; i < host.size; i++) {
        char byte = host.data[i];

        if (byte <= ' ' || byte > '~' || strchr(NEVER_IN_A_HOST, byte)) {
            return false;
        }
    }
    return host.size > 0;
}

bool http_origin_parse_host(http_slice text, http_origin *out)
{
    const char *end = NULL;
    http_slice rest;

    if (!text.data || text.size == 0) {
        return false;
    }
    if (text.data[0] == '[') {
        end = memchr(text.data, ']', text.size);
        end = end ? end + 1 : NULL;
    }
    else {
        end = memchr(text.data, ':', text.size);
        end = end ? end : text.data + text.size;
    }
    if (!end) {
        return false;
    }
    *out = (http_origin){ .host = { text.data, (size_t)(end - text.data) } };
    rest = (http_slice){ end, text.size - out->host.size };
    if (text.data[0] == '[') {
        struct in6_addr address;

        if (!parse_address(out->host, AF_INET6, &address)) {
            return false;
        }
    }
    else if (!is_name(out->host)) {
        return false;
    }
    return rest.size == 0
           || (*rest.data == ':'
               && parse_port((http_slice){ rest.data + 1, rest.size - 1 },
                             &out->port));
}

static bool is_scheme(http_slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];

        if (!(isalnum(byte) || (byte && strchr("+-.", byte)))) {
            return false;
        }
    }
    return text.size > 0 && isalpha((unsigned char)text.data[0]);
}

bool http_origin_parse(http_slice text, http_origin *out)
{
    const char *colon = text.size ? memchr(text.data, ':', text.size) : NULL;
    http_slice scheme;
    http_slice host;

    if (!colon || text.data + text.size - colon < 3 || colon[1] != '/'
        || colon[2] != '/') {
        return false;
    }
    scheme = (http_slice){ text.data, (size_t)(colon - text.data) };
    host = (http_slice){ colon + 3, text.size - scheme.size - 3 };
    if (!is_scheme(scheme)) {
        return false;
    }
    /* The page of an app, which is a file on the visitor's device. */
    if (host.size == 0 && http_field_is(scheme, "file")) {
        *out = (http_origin){ .scheme = scheme, .host = host };
        return true;
    }
    if (!http_origin_parse_host(host, out)) {
        return false;
    }
    out->scheme = scheme;
    return true;
}

/* The scheme of the page behind a WebSocket's, which some clients send. */
static http_slice page_scheme(http_slice scheme)
{
    return http_field_is(scheme, "ws")    ? http_field_of("http")
           : http_field_is(scheme, "wss") ? http_field_of("https")
                                          : scheme;
}

static bool is_same_text(http_slice one, http_slice other)
{
    return one.size == other.size
           && (one.size == 0
               || strncasecmp(one.data, other.data, one.size) == 0);
}

/* An IPv6 address has many spellings. */
static bool is_same_host(const http_origin *one, const http_origin *other)
{
    struct in6_addr left;
    struct in6_addr right;

    if (parse_address(one->host, AF_INET6, &left)
        && parse_address(other->host, AF_INET6, &right)) {
        return memcmp(&left, &right, sizeof(left)) == 0;
    }
    return is_same_text(one->host, other->host);
}

static unsigned port_of(const http_origin *one)
{
    http_slice scheme = page_scheme(one->scheme);

    return one->port                       ? one->port
           : http_field_is(scheme, "http")  ? 80
           : http_field_is(scheme, "https") ? 443
                                            : 0;
}

bool http_origin_equal(const http_origin *one, const http_origin *other)
{
    return is_same_text(page_scheme(one->scheme), page_scheme(other->scheme))
           && is_same_host(one, other) && port_of(one) == port_of(other);
}

/* Where a proxy does the TLS, this server is asked over http for a page of
 * https: the Host may have either default port, or none. */
static unsigned port_without_scheme(const http_origin *one)
{
    return one->port == 80 || one->port == 443 ? 0 : one->port;
}

bool http_origin_is_at(const http_origin *origin, const http_origin *host)
{
    http_slice scheme = page_scheme(origin->scheme);

    return (http_field_is(scheme, "http") || http_field_is(scheme, "https"))
           && is_same_host(origin, host)
           && port_without_scheme(origin) == port_without_scheme(host);
}

bool http_origin_is_address(const http_origin *host)
{
    struct in6_addr address;

    return parse_address(host->host, AF_INET6, &address)
           || parse_address(host->host, AF_INET, &address);
}
