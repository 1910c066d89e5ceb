/* relay_none.c - relay_resp.h without hiredis: nobody comes here, because
 * ChatRedis is refused then (relay_available).
 */
#include <stdio.h>

#include "relay/link/relay_resp.h"

bool relay_resp_available(char *why, size_t why_size)
{
    snprintf(why, why_size, "mod_chatws was built without hiredis: install the"
                            " Debian package libhiredis-dev and build it"
                            " anew");
    return false;
}

relay_resp *relay_resp_create(void)
{
    return NULL;
}

void relay_resp_free(relay_resp *resp)
{
    (void)resp;
}

bool relay_resp_feed(relay_resp *resp, const void *data, size_t size)
{
    (void)resp;
    (void)data;
    (void)size;
    return false;
}

relay_resp_result relay_resp_next(relay_resp *resp, relay_answer *answer)
{
    (void)resp;
    (void)answer;
    return RELAY_RESP_BAD;
}
