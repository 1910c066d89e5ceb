/* base_hash.h - a keyed hash (SipHash-2-4) for tables whose keys come from the
 * network: nobody outside can choose keys that collide. Pure.
 */
#ifndef CHATWS_BASE_HASH_H
#define CHATWS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* 128 random bits; made once per segment. */
typedef struct {
    uint64_t k0;
    uint64_t k1;
} base_hash_key;

/* The 64-bit SipHash-2-4 of `size` bytes. */
uint64_t base_hash(const base_hash_key *key, const void *data, size_t size);

#endif
