/* httpd_account.c - see httpd_account.h. */
#include "httpd/traffic/httpd_account.h"

#include <string.h>

#include "base/base_clock.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/gate/httpd_field.h"
#include "httpd/httpd_life.h"

#define KEY_SIZE 16

/* What is no key counts as none: a message is not refused for what only
 * measures it. */
uint64_t httpd_account_key(const request_rec *r)
{
    http_slice value;
    uint64_t key = 0;

    if (httpd_field_query(r, "meter", &value) != HTTP_QUERY_FOUND
        || value.size != KEY_SIZE
        || strspn(value.data, "0123456789abcdef") != KEY_SIZE) {
        return 0;
    }
    for (size_t i = 0; i < KEY_SIZE; i++) {
        char digit = value.data[i];

        key = key << 4 | (uint64_t)(digit <= '9' ? digit - '0'
                                                 : digit - 'a' + 10);
    }
    return key;
}

httpd_account_owner httpd_account_owner_of(request_rec *r, act_traffic line)
{
    return (httpd_account_owner){ .key = httpd_account_key(r),
                                  .tag = httpd_address_tag(r),
                                  .line = line };
}

void httpd_account_add(const httpd_account_owner *owner,
                       const room_meter_figures *more)
{
    room_meter_add(httpd_life_store(), owner->key, owner->tag,
                   owner->line, more, base_clock_mono());
}
