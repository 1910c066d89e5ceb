/* base_address.c - see base_address.h. */
#include "base/base_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* The subnet of an IPv6 host: the first 64 bits (RFC 4291 2.5.4). */
#define PREFIX_BYTES 8

typedef struct {
    unsigned char bytes[16];
    unsigned bits;
} range;

static const range mapped = { { [10] = 0xff, [11] = 0xff }, 96 };
static const range translated = { { 0x00, 0x64, 0xff, 0x9b }, 96 };

#define IPV4(a, b) { [10] = 0xff, [11] = 0xff, (a), (b) }

/* What does not lead to the Internet. */
static const range inside[] = {
    { IPV4(127, 0), 104 },                  /* loopback */
    { IPV4(10, 0), 104 },                   /* private, RFC 1918 */
    { IPV4(172, 16), 108 },
    { IPV4(192, 168), 112 },
    { IPV4(169, 254), 112 },                /* link-local */
    { IPV4(100, 64), 106 },                 /* shared, RFC 6598 */
    { { [15] = 1 }, 128 },                  /* loopback */
    { { 0xfe, 0x80 }, 10 },                 /* link-local */
    { { 0xfc }, 7 },                        /* private, RFC 4193 */
    { { 0 }, 128 },                         /* not known */
};

static bool is_in(const unsigned char *bytes, const range *of)
{
    unsigned whole = of->bits / 8;
    unsigned char mask = (unsigned char)(0xff00 >> of->bits % 8);

    return memcmp(bytes, of->bytes, whole) == 0
           && (of->bits % 8 == 0
               || (bytes[whole] & mask) == (of->bytes[whole] & mask));
}

void base_address_set(base_address *address, const void *bytes, size_t size)
{
    memset(address, 0, sizeof(*address));
    if (size == 16) {
        memcpy(address->bytes, bytes, size);
        if (is_in(address->bytes, &translated)) {
            memcpy(address->bytes, mapped.bytes, 12);
        }
    }
    else if (size == 4) {
        memcpy(address->bytes, mapped.bytes, 12);
        memcpy(address->bytes + 12, bytes, size);
    }
}

bool base_address_is_global(const base_address *address)
{
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
        if (is_in(address->bytes, &inside[i])) {
            return false;
        }
    }
    return true;
}

void base_address_network(const base_address *address, unsigned char out[16])
{
    memcpy(out, address->bytes, 16);
    if (!is_in(address->bytes, &mapped)) {
        memset(out + PREFIX_BYTES, 0, 16 - PREFIX_BYTES);
    }
}

void base_address_write(const base_address *address, bool network,
                        char text[BASE_ADDRESS_TEXT])
{
    static const base_address unknown;
    unsigned char bytes[16];
    bool is_ipv4 = is_in(address->bytes, &mapped);

    strcpy(text, "?");
    if (memcmp(address, &unknown, sizeof(unknown)) == 0) {
        return;
    }
    if (network) {
        base_address_network(address, bytes);
    }
    else {
        memcpy(bytes, address->bytes, sizeof(bytes));
    }
    inet_ntop(is_ipv4 ? AF_INET : AF_INET6, bytes + (is_ipv4 ? 12 : 0), text,
              BASE_ADDRESS_TEXT);
    if (network && !is_ipv4) {
        strcat(text, "/64");
    }
}
