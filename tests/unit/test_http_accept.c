/* test_http_accept.c - who gets the page, who gets JSON, who gets events. */
#include "test_http.h"

#include "http/http_accept.h"

#define FIREFOX "text/html,application/xhtml+xml,application/xml;q=0.9," \
                "image/avif,image/webp,*/*;q=0.8"

typedef struct {
    const char *accept;
    bool html;
    bool events;
} wish;

static const wish wishes[] = {
    { NULL, false, false },
    { "", false, false },
    { "*/*", false, false },
    { FIREFOX, true, false },
    { "text/html", true, false },
    { "TEXT/HTML", true, false },
    { "text/*", true, false },
    { "text/*;q=0.5, application/json;q=0.4", true, false },
    { "application/json", false, false },
    { "application/json, text/html", false, false },
    { "text/html;q=0.9, application/json", false, false },
    { "text/html, application/json;q=0.9", true, false },
    { "text/html;q=0.5, */*;q=0.5", true, false },
    { "text/html;q=0", false, false },
    { "text/html;q=0.000, */*", false, false },
    { "text/html;q=0.001", true, false },
    { "text/html; q = 0", false, false },
    { "text/html;level=1;Q=0.2, application/json;q=0.3", false, false },
    { "text/html;q=nonsense", true, false },
    { "text/html;q=", true, false },
    { "text/html;q=7, application/json;q=0.9", true, false },
    { "text/html;x=\"a,b\";q=0.1, application/json;q=0.2", false, false },
    { "text/htmlx", false, false },
    { ",,text/html,", true, false },
    { "text/event-stream", false, true },
    { "Text/Event-Stream ;q=1", false, true },
    { "text/event-stream;q=0", false, false },
    { "text/event-stream;q=0.0, text/event-stream", false, true },
    { "text/html, text/event-stream", true, true },
    { "text/*", true, false },
    { "x=\"text/event-stream\"", false, false },
    { "\"a, text/event-stream", false, false },
};

static void test_what_is_preferred(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wishes); i++) {
        http_slice accept = guarded(wishes[i].accept);

        if (http_accept_html(accept) != wishes[i].html
            || http_accept_events(accept) != wishes[i].events) {
            fail_msg("Accept: %s", wishes[i].accept);
        }
        guard_page_free_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_preferred),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
