/* httpd_health.c - see httpd_health.h. */
#include "httpd/status/httpd_health.h"

#include <string.h>

#include "act/control/act_health.h"
#include "chat/chat_text.h"

void httpd_health_write(const httpd_snapshot *now, base_bytes *out)
{
    act_health_input in = {
        .store = now->up ? &now->store : NULL,
        .counts = now->counts,
        .archive = now->archive.on ? &now->archive : NULL,
        .relay = now->relay.on ? &now->relay : NULL,
        .children = now->children,
        .connections_limit = now->connections_limit,
        .uptime = now->uptime,
        .forks = now->forks != 0,
    };
    act_health_finding found[ACT_HEALTH_MOST];
    size_t count = act_health_find(&in, found);

    base_bytes_append_text(out, "\"health\":[");
    for (size_t i = 0; i < count; i++) {
        base_bytes_append_format(out, "%s{\"code\":\"%s\",\"level\":\"%s\","
                                 "\"text\":", i > 0 ? "," : "", found[i].code,
                                 act_health_name(found[i].level));
        chat_text_quote(out, found[i].text, strlen(found[i].text));
        base_bytes_append_format(out, ",\"doc\":\"%s\"}", found[i].doc);
    }
    base_bytes_append_text(out, "]");
}
