/* fuzz_chat_name.c - any bytes as a name: one that is accepted is accepted
 * again as it is; keys, skeletons and reserved words agree with themselves,
 * whatever the case. Run by libFuzzer, and over the corpus by make check.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_utf8.h"
#include "chat/chat_name.h"
#include "chat/chat_person.h"
#include "chat/chat_reserved.h"
#include "chat/chat_skeleton.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef void form_fn(const void *name, size_t size, base_bytes *out);

static bool equal(const base_bytes *one, const base_bytes *other)
{
    return one->len == other->len
           && (one->len == 0 || memcmp(one->data, other->data, one->len) == 0);
}

/* The form of a form is the form. */
static void check_stable(form_fn *form, const uint8_t *name, size_t size)
{
    base_bytes once = BASE_BYTES_INIT;
    base_bytes twice = BASE_BYTES_INIT;

    form(name, size, &once);
    BASE_CHECK(once.len == 0 || base_utf8_valid(once.data, once.len));
    form(once.data, once.len, &twice);
    BASE_CHECK(equal(&once, &twice));
    base_bytes_free(&once);
    base_bytes_free(&twice);
}

/* With the case of every ASCII letter turned it is the same name, and as good
 * or bad. */
static void check_case(const uint8_t *name, size_t size)
{
    base_bytes turned = BASE_BYTES_INIT;
    base_bytes one = BASE_BYTES_INIT;
    base_bytes other = BASE_BYTES_INIT;

    base_bytes_append(&turned, name, size);
    for (size_t i = 0; i < size; i++) {
        bool letter = (name[i] | 0x20) >= 'a' && (name[i] | 0x20) <= 'z';

        turned.data[i] ^= letter ? 0x20 : 0;
    }
    chat_name_key(name, size, &one);
    chat_name_key(turned.data, size, &other);
    BASE_CHECK(equal(&one, &other));
    base_bytes_free(&turned);
    base_bytes_free(&one);
    base_bytes_free(&other);
}

static void check_good(const base_bytes *name)
{
    uint64_t keys[CHAT_RESERVED_MOST] = { 0 };
    base_bytes again = BASE_BYTES_INIT;

    BASE_CHECK(name->len >= 1 && name->len <= CHAT_NAME_BYTES);
    BASE_CHECK(chat_name_verified(name->data, name->len));
    BASE_CHECK(chat_name_check(name->data, name->len, &again) == CHAT_OK);
    BASE_CHECK(equal(name, &again));
    base_bytes_free(&again);
    keys[CHAT_RESERVED_MOST - 1] = chat_reserved_key(name->data, name->len);
    BASE_CHECK(keys[CHAT_RESERVED_MOST - 1] == 0
               || chat_reserved_name(name->data, name->len, keys));
    keys[CHAT_RESERVED_MOST - 1] = chat_reserved_key("admin", 5);
    (void)chat_reserved_name(name->data, name->len, keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    base_bytes normal = BASE_BYTES_INIT;

    BASE_CHECK(!chat_name_shown(data, size) || chat_name_verified(data, size));
    if (size == 0 || size > 1024 || !base_utf8_valid(data, size)) {
        return 0;
    }
    check_stable(chat_name_key, data, size);
    check_stable(chat_skeleton_write, data, size);
    check_case(data, size);
    if (chat_name_check(data, size, &normal) == CHAT_OK) {
        check_good(&normal);
    }
    else {
        BASE_CHECK(normal.len == 0);
    }
    base_bytes_free(&normal);
    return 0;
}
