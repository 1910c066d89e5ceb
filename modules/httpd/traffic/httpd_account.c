/* httpd_account.c - see httpd_account.h. */
#include "httpd/traffic/httpd_account.h"

#include "base/base_clock.h"
#include "http/http_query.h"
#include "httpd/gate/httpd_address.h"
#include "httpd/httpd_life.h"

/* What is no key counts as none: a message is not refused for what only
 * measures it. */
uint64_t httpd_account_key(const request_rec *r)
{
    return http_query_key(http_field_of(r->args), "meter");
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
