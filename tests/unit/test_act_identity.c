/* test_act_identity.c - act_identity.h: hashes that outlive an upgrade, and ids
 * that lead back to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "act/act_identity.h"
#include "hub_stage.h"

#define KEY "0123456789abcdef0123456789abcdef"
#define BIT (UINT64_C(1) << 31)

static const act_identity_site site = { "chat.example\n/x", 12 };
static const act_identity_site other = { "chat.example.org", 16 };

/* As released: HMAC-SHA-256 of "KIND:SITE\nTEXT", its first eight bytes. */
static uint64_t released(const room_store *store, const char *whole)
{
    const base_hash_key *secret = room_store_secret(store);
    unsigned char digest[EVP_MAX_MD_SIZE];
    uint64_t out = 0;

    assert_non_null(HMAC(EVP_sha256(), secret, sizeof(*secret),
                         (const unsigned char *)whole, strlen(whole), digest,
                         NULL));
    for (int i = 0; i < 8; i++) {
        out = out << 8 | digest[i];
    }
    return out;
}

static void test_hashes_stay(void **state)
{
    hub_stage stage;
    uint64_t guest;
    uint64_t user;
    uint64_t elsewhere;

    (void)state;
    hub_stage_open(&stage, 0);
    assert_true(act_identity_guest(stage.store, site, KEY, 32, &guest));
    assert_true(guest
                == (released(stage.store, "guest:chat.example\n" KEY) & ~BIT));
    assert_true(act_identity_verified(stage.store, site, "ann!", 3, &user));
    assert_true(user
                == (released(stage.store, "user:chat.example\nann") | BIT));
    assert_true(act_identity_verified(stage.store, other, "ann", 3,
                                      &elsewhere));
    assert_int_not_equal(user, elsewhere);
    assert_true(act_identity_verified(NULL, site, "ann", 3, &elsewhere));
    assert_int_not_equal(user, elsewhere);
    assert_true(act_identity_verified(stage.store, site, "ann", 3, &elsewhere));
    assert_int_equal(user, elsewhere); /* the secret is the first one again */
    hub_stage_close(&stage);
}

static void expect_none(const room_store *store, const char *id, size_t size)
{
    uint64_t user;

    if (act_identity_named(store, site, id, size, &user)) {
        fail_msg("\"%.*s\" is somebody", (int)size, id);
    }
}

static void test_ids_lead_back(void **state)
{
    static const char *const bad[] = {
        "", "u", "u-", "g-", "x-ann", "ann", "U-ann", "u-a\nb", "u-\xff",
        "g-0123", "g-0123456789ABCDEF", "g-0123456700000000f",
        "g-0123456 00000000", "g-00000000f0000000",
    };
    char id[2 + 2 * 128];
    hub_stage stage;
    uint64_t known;
    uint64_t named;

    (void)state;
    hub_stage_open(&stage, 0);
    assert_true(act_identity_verified(stage.store, site, "ann", 3, &known));
    assert_true(act_identity_named(stage.store, site, "u-ann", 5, &named));
    assert_true(named == known);
    assert_true(act_identity_guest(stage.store, site, KEY, 32, &known));
    snprintf(id, sizeof(id), "g-%016" PRIx64, known);
    assert_true(act_identity_named(stage.store, site, id, 18, &named));
    assert_true(named == known);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect_none(stage.store, bad[i], strlen(bad[i]));
    }
    memset(id, 'a', sizeof(id));
    memcpy(id, "u-", 2);
    assert_true(act_identity_named(stage.store, site, id, 130, &named));
    expect_none(stage.store, id, 131);
    hub_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes_stay),
        cmocka_unit_test(test_ids_lead_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
