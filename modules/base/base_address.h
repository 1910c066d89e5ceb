/* base_address.h - a client's IP address, and the network that is limited as
 * one. Pure.
 *
 * Used by httpd/ (whose address a request has), hub/ (log lines) and room/
 * (who holds what in the segment).
 */
#ifndef CHATWS_BASE_ADDRESS_H
#define CHATWS_BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* Longest text of base_address_write, with its NUL. */
#define BASE_ADDRESS_TEXT 52

/* IPv6, or IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). All zero: not known. */
typedef struct {
    unsigned char bytes[16];
} base_address;

/* Sets it to 4 bytes of IPv4 or 16 of IPv6, in network order; an IPv6 address
 * that stands for an IPv4 one (mapped, or behind a translator: 64:ff9b::/96,
 * RFC 6052) becomes that one. Any other size: not known. */
void base_address_set(base_address *address, const void *bytes, size_t size);

/* True when the address may be reached from the whole Internet. False for
 * loopback, link-local and private ones (RFC 1918, RFC 4193), those shared
 * behind a carrier's or a cloud's translator (100.64.0.0/10, RFC 6598), and
 * when it is not known. */
bool base_address_is_global(const base_address *address);

/* Writes what one subscriber has: of IPv6 the /64, of IPv4 the address. */
void base_address_network(const base_address *address, unsigned char out[16]);

/* Writes the address as text; with `network` what base_address_network keeps:
 * "2001:db8:1:2::/64", "203.0.113.7". "?" when it is not known. */
void base_address_write(const base_address *address, bool network,
                        char text[BASE_ADDRESS_TEXT]);

#endif
