/* fuzz_relay_addresses.c - any bytes as what another host tells of its
 * connections by address. All of it is gone from the segment when that host is
 * forgotten, and what makes no sense has changed nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/base_check.h"
#include "relay/people/relay_addresses.h"
#include "room/people/room_address.h"
#include "room/relay/room_reader.h"

#define SIZE ((size_t)1 << 20)
#define KEY 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static room_store *open_store(void)
{
    static room_store *store;
    room_store_options options = { .rooms = 2, .slots = 2, .gauges = 1,
                                   .relay = 1 };
    char why[200];
    void *memory;

    if (!store) {
        memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        BASE_CHECK(memory != MAP_FAILED
                   && room_store_over(memory, SIZE, &options, &store, why,
                                      sizeof(why)));
    }
    return store;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char before[] = "0000000000000007:5";
    static const relay_settings settings;
    relay_bus bus = { .store = open_store(), .settings = &settings };
    relay_addresses *it = relay_addresses_create(&bus);
    relay_line told = { (const char *)data, size };
    base_bytes own = BASE_BYTES_INIT;

    relay_addresses_hear(it, 0, (relay_line){ before, sizeof(before) - 1 }, 1);
    relay_addresses_tick(it, true, 1);
    BASE_CHECK(room_address_count_all(bus.store, KEY) == 5);
    relay_addresses_hear(it, 1, told, 1);
    relay_addresses_tick(it, true, 1);
    BASE_CHECK(room_address_count_all(bus.store, KEY) >= 5);
    /* It is not told as this host's own. */
    BASE_CHECK(room_address_list(bus.store, 1, &own) && own.len == 0);
    relay_addresses_hear(it, 0, told, 1);
    relay_addresses_away(it);
    BASE_CHECK(room_address_count_all(bus.store, KEY) == 0);
    relay_addresses_destroy(it);
    base_bytes_free(&own);
    return 0;
}
