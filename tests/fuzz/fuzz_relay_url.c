/* fuzz_relay_url.c - any bytes as the words of ChatRedis, one a line. What is
 * taken is whole and bounded, what is refused has a sentence.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "relay/relay_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS 6

static void check_taken(const relay_settings *settings)
{
    BASE_CHECK(settings->node_count > 0
               && settings->node_count <= RELAY_NODES_MOST);
    for (unsigned i = 0; i < settings->node_count; i++) {
        const relay_node *node = &settings->nodes[i];

        BASE_CHECK(*node->host && strlen(node->host) <= RELAY_NAME_MOST);
        BASE_CHECK(node->port <= 65535);
        BASE_CHECK((node->port == 0) == (*node->host == '/'));
        BASE_CHECK(node->port > 0 || settings->node_count == 1);
    }
    BASE_CHECK(strlen(settings->user) <= RELAY_NAME_MOST
               && !strchr(settings->user, ':'));
    BASE_CHECK(strlen(settings->prefix) <= RELAY_PREFIX_MOST
               && !strpbrk(settings->prefix, "{}\n "));
    BASE_CHECK(settings->password[0] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *words[WORDS];
    relay_settings settings;
    size_t count = 0;
    char why[256] = "";
    char *text = malloc(size + 1);
    char *line = text;

    BASE_CHECK(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    while (line && count < WORDS) {
        words[count++] = line;
        line = strchr(line, '\n');
        if (line) {
            *line++ = '\0';
        }
    }
    if (relay_url_parse(words, count, &settings, why, sizeof(why))) {
        check_taken(&settings);
    }
    else {
        BASE_CHECK(strlen(why) > 10 && strlen(why) < sizeof(why) - 1);
    }
    free(text);
    return 0;
}
