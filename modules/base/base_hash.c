/* base_hash.c - SipHash-2-4 (Aumasson and Bernstein, 2012); see base_hash.h. */
#include "base/base_hash.h"

static uint64_t rotated(uint64_t value, int bits)
{
    return (value << bits) | (value >> (64 - bits));
}

static void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotated(v[1], 13) ^ v[0];
    v[0] = rotated(v[0], 32);
    v[2] += v[3];
    v[3] = rotated(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotated(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotated(v[1], 17) ^ v[2];
    v[2] = rotated(v[2], 32);
}

/* Byte by byte: the data may lie anywhere, and a hash that is stored must be
 * the same on every machine. A compiler makes one load of eight. */
static uint64_t little_endian(const unsigned char *from, size_t size)
{
    uint64_t word = 0;

    for (size_t i = 0; i < size; i++) {
        word |= (uint64_t)from[i] << (8 * i);
    }
    return word;
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v);
    mix(v);
    v[0] ^= word;
}

uint64_t base_hash(const base_hash_key *key, const void *data, size_t size)
{
    const unsigned char *at = data;
    /* The constants are SipHash's: "somepseudorandomlygeneratedbytes". */
    uint64_t v[4] = {
        key->k0 ^ UINT64_C(0x736f6d6570736575),
        key->k1 ^ UINT64_C(0x646f72616e646f6d),
        key->k0 ^ UINT64_C(0x6c7967656e657261),
        key->k1 ^ UINT64_C(0x7465646279746573),
    };
    size_t left = size;

    for (; left >= 8; left -= 8, at += 8) {
        absorb(v, little_endian(at, 8));
    }
    /* The last word has the size on top, so that zeros at the end count. */
    absorb(v, little_endian(at, left) | ((uint64_t)size << 56));
    v[2] ^= 0xff;
    for (int round = 0; round < 4; round++) {
        mix(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
