/* test_http_media.c - media types and charsets of posted bodies. */
#include "test_http.h"

#include "http/http_media.h"

typedef struct {
    const char *field;
    http_media media;
} example;

static const example examples[] = {
    { NULL, HTTP_MEDIA_OTHER },
    { "", HTTP_MEDIA_OTHER },
    { "application/json", HTTP_MEDIA_JSON },
    { " Application/JSON ;x", HTTP_MEDIA_JSON },
    { "application/json; charset=utf-16", HTTP_MEDIA_JSON },
    { "application/json;charset=iso-8859-1", HTTP_MEDIA_JSON },
    { "application/json;", HTTP_MEDIA_JSON },
    { "application/jsonx", HTTP_MEDIA_OTHER },
    { "application/json, application/json", HTTP_MEDIA_OTHER },
    { "application/ld+json", HTTP_MEDIA_OTHER },
    { "text/plain", HTTP_MEDIA_TEXT },
    { "text/plain;charset=UTF-8", HTTP_MEDIA_TEXT },
    { "text/plain; charset=utf8", HTTP_MEDIA_TEXT },
    { "text/plain; charset='utf-8'", HTTP_MEDIA_TEXT },
    { "text/plain; Charset=\"UTF-8\"", HTTP_MEDIA_TEXT },
    { "text/plain; charset=\"utf8\"; format=flowed", HTTP_MEDIA_TEXT },
    { "text/plain; format=flowed; charset=us-ascii", HTTP_MEDIA_TEXT },
    { "text/plain; charset=", HTTP_MEDIA_TEXT },
    { "text/plain; charset=\"\"", HTTP_MEDIA_TEXT },
    { "text/plain; charset", HTTP_MEDIA_TEXT },
    { "text/plain; charset = utf-8", HTTP_MEDIA_TEXT },
    { "text/plain; x=\"charset=latin1\"", HTTP_MEDIA_TEXT },
    { "text/plain; x=\"a; charset=latin1\"", HTTP_MEDIA_TEXT },
    { "text/plain; xcharset=latin1", HTTP_MEDIA_TEXT },
    { "text/plain; charset=utf-8; charset=latin1", HTTP_MEDIA_TEXT },
    { "text/plain; charset=latin1; charset=utf-8", HTTP_MEDIA_OTHER },
    { "text/plain; charset=iso-8859-1", HTTP_MEDIA_OTHER },
    { "text/plain; charset=utf-16", HTTP_MEDIA_OTHER },
    { "text/plain; charset=utf-8x", HTTP_MEDIA_OTHER },
    { "text/plain; charset='utf-8", HTTP_MEDIA_OTHER },
    { "text/html", HTTP_MEDIA_OTHER },
    { "application/x-www-form-urlencoded", HTTP_MEDIA_FORM },
    { "application/x-www-form-urlencoded; charset=UTF-8", HTTP_MEDIA_FORM },
    { "application/x-www-form-urlencoded;charset=latin1", HTTP_MEDIA_OTHER },
    { "multipart/form-data; boundary=x", HTTP_MEDIA_OTHER },
};

static void test_types_and_charsets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++) {
        if (http_media_of(guarded(examples[i].field)) != examples[i].media) {
            fail_msg("Content-Type: %s", examples[i].field);
        }
        guard_page_free_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_and_charsets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
