/* relay_bus.c - see relay_bus.h. */
#include "relay/reader/relay_bus.h"

#include <string.h>

void relay_bus_send(relay_bus *bus, relay_order *order)
{
    bus->send(bus->reader, order);
}

void relay_bus_key(const relay_settings *settings, const char *name,
                   base_bytes *out)
{
    base_bytes_append_text(out, "chatws");
    if (settings->prefix[0] != '\0') {
        base_bytes_append_text(out, "-");
        base_bytes_append_text(out, settings->prefix);
    }
    base_bytes_append_text(out, ":");
    base_bytes_append_text(out, name);
}
