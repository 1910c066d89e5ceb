/* fuzz_ws_handshake.c - the fields of an opening handshake.
 *
 * Input: a byte of flags, one a field: taken from the input, or as in a good
 * request; then the taken fields in the order of `good`, ended by newlines; an
 * odd number of bytes behind them makes it HTTP/1.0.
 * Fields come whole from httpd, so there is no chunk size here.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base_check.h"
#include "ws/ws_handshake.h"

#define FIELDS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const good[FIELDS] = {
    "websocket", "Upgrade", "13", "dGhlIHNhbXBsZSBub25jZQ==",
    NULL,        NULL,      NULL, "GET",
};

static const char *const ours[] = { "chatws.v1", "other", NULL };

/* A text of its exact size: up to a newline, without bytes that httpd never
 * lets through. */
static char *take_field(const uint8_t **data, size_t *size)
{
    const uint8_t *end = *size ? memchr(*data, '\n', *size) : NULL;
    size_t length = end ? (size_t)(end - *data) : *size;
    char *field = malloc(length + 1);

    BASE_CHECK(field != NULL);
    for (size_t i = 0; i < length; i++) {
        field[i] = (*data)[i] ? (char)(*data)[i] : ' ';
    }
    field[length] = '\0';
    *data += length + (end != NULL);
    *size -= length + (end != NULL);
    return field;
}

static void check_accepted(const ws_handshake_request *request,
                           const ws_handshake_answer *answer)
{
    BASE_CHECK(strcmp(request->method, "GET") == 0 && request->http11);
    BASE_CHECK(request->upgrade && strcasestr(request->upgrade, "websocket"));
    BASE_CHECK(request->connection
               && strcasestr(request->connection, "upgrade"));
    BASE_CHECK(request->version && strstr(request->version, "13")
               && !strchr(request->version, ','));
    BASE_CHECK(request->key && !strchr(request->key, ','));
    BASE_CHECK(!request->transfer_encoding);
    BASE_CHECK(!request->content_length
               || !strpbrk(request->content_length, "123456789"));
    BASE_CHECK(strlen(answer->accept) == WS_HANDSHAKE_ACCEPT_SIZE - 1);
    BASE_CHECK(!answer->protocol || answer->protocol == ours[0]
               || answer->protocol == ours[1]);
    BASE_CHECK(!answer->protocol
               || strstr(request->protocols, answer->protocol));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *values[FIELDS];
    char *taken[FIELDS] = { NULL };
    ws_handshake_request request;
    ws_handshake_answer answer;
    unsigned flags;

    if (size == 0) {
        return 0;
    }
    flags = *data++;
    size--;
    for (size_t i = 0; i < FIELDS; i++) {
        if (flags >> i & 1) {
            taken[i] = take_field(&data, &size);
        }
        values[i] = taken[i] ? taken[i] : good[i];
    }
    request = (ws_handshake_request){
        values[7], size % 2 == 0, values[0], values[1], values[2],
        values[3], values[4],     values[5], values[6],
    };
    ws_handshake_decide(&request, ours, &answer);
    BASE_CHECK(answer.sentence && *answer.sentence);
    if (answer.status == 101) {
        check_accepted(&request, &answer);
    }
    else {
        BASE_CHECK(answer.status == 400 || answer.status == 426);
        BASE_CHECK(!answer.accept[0] && !answer.protocol);
    }
    for (size_t i = 0; i < FIELDS; i++) {
        free(taken[i]);
    }
    return 0;
}
