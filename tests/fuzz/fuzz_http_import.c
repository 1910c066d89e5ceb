/* fuzz_http_import.c - any bytes as a JavaScript module: what it imports lies
 * within it, in order, and whatever imports or exports is a module.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base_check.h"
#include "http/http_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    http_slice text = { (const char *)data, size };
    http_slice rest = text;
    http_slice specifier;
    const char *last = text.data;

    while (http_import_next(&rest, &specifier)) {
        BASE_CHECK(specifier.data > last);
        BASE_CHECK(specifier.size <= (size_t)(text.data + size
                                              - specifier.data));
        BASE_CHECK(specifier.data[0] == '.');
        last = specifier.data;
    }
    BASE_CHECK(rest.size == 0);
    if (http_import_has_default(text)) {
        BASE_CHECK(memchr(data, 'd', size) != NULL);
    }
    (void)http_import_is_module(text);
    return 0;
}
