/* ws_handshake.c - the opening handshake; see ws_handshake.h. */
#include "ws/ws_handshake.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define KEY_SIZE 24 /* base64 of 16 bytes, with its padding */
#define KEY_DIGITS 22

/* A part of a header value; without surrounding white space. */
typedef struct {
    const char *at;
    size_t size;
} slice;

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

static slice trimmed(const char *at, size_t size)
{
    slice part = { at, size };

    while (part.size > 0 && is_space(*part.at)) {
        part.at++;
        part.size--;
    }
    while (part.size > 0 && is_space(part.at[part.size - 1])) {
        part.size--;
    }
    return part;
}

/* Takes the next element off a comma-separated list; false at its end. It may
 * be empty (RFC 9110 5.6.1): then it equals nothing that anybody looks for. */
static bool next_element(const char **list, slice *element)
{
    size_t size;

    if (*list == NULL) {
        return false;
    }
    size = strcspn(*list, ",");
    *element = trimmed(*list, size);
    *list = (*list)[size] == ',' ? *list + size + 1 : NULL;
    return true;
}

static bool lists_token(const char *list, const char *token)
{
    size_t size = strlen(token);
    slice element;

    while (next_element(&list, &element)) {
        if (element.size == size && strncasecmp(element.at, token, size) == 0) {
            return true;
        }
    }
    return false;
}

bool ws_handshake_asked(const char *upgrade)
{
    return lists_token(upgrade, "websocket");
}

static bool has_body(const ws_handshake_request *request)
{
    slice length;

    if (request->transfer_encoding) {
        return true;
    }
    if (!request->content_length) {
        return false;
    }
    /* No bytes are no body, however the zero is written. */
    length = trimmed(request->content_length, strlen(request->content_length));
    return length.size == 0 || strspn(length.at, "0") != length.size;
}

/* httpd joins two headers of one name with a comma, which is no digit here: so
 * a second key is refused. The last digit has four bits to spare; nothing is
 * decoded, so they do not matter. */
static bool is_key(slice key)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    return key.size == KEY_SIZE && strspn(key.at, digits) == KEY_DIGITS
           && memcmp(key.at + KEY_DIGITS, "==", 2) == 0;
}

static EVP_MD *sha1;

/* SHA1() would look it up by name each time. */
static void find_sha1(void)
{
    sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
}

/* RFC 6455 section 4.2.2, step 5.4: it proves that this is a WebSocket server
 * and no other one that was tricked into answering, and is no secret. */
static bool make_accept(slice key, char accept[WS_HANDSHAKE_ACCEPT_SIZE])
{
    static const char guid[36] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char text[KEY_SIZE + sizeof(guid)];
    unsigned char digest[SHA_DIGEST_LENGTH];
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, find_sha1);
    memcpy(text, key.at, KEY_SIZE);
    memcpy(text + KEY_SIZE, guid, sizeof(guid));
    return sha1 && EVP_Digest(text, sizeof(text), digest, NULL, sha1, NULL)
           && EVP_EncodeBlock((unsigned char *)accept, digest, sizeof(digest))
                  == WS_HANDSHAKE_ACCEPT_SIZE - 1;
}

/* Byte by byte: unlike HTTP's tokens, the names of subprotocols have a case. */
static const char *find_protocol(slice offered, const char *const *protocols)
{
    for (; *protocols; protocols++) {
        if (strlen(*protocols) == offered.size
            && memcmp(*protocols, offered.at, offered.size) == 0) {
            return *protocols;
        }
    }
    return NULL;
}

/* The first offer that is one of ours: the client's order says what it would
 * rather speak (RFC 6455 section 4.1). */
static const char *choose_protocol(const char *list,
                                   const char *const *protocols)
{
    const char *chosen = NULL;
    slice offered;

    while (!chosen && next_element(&list, &offered)) {
        chosen = find_protocol(offered, protocols);
    }
    return chosen;
}

static int refuse(ws_handshake_answer *answer, int status, const char *sentence)
{
    answer->sentence = sentence;
    return status;
}

/* What does not depend on the version; 0 when all is well. A request without
 * Upgrade, such as a browser's that was given this URL, is told with 426 what
 * to ask for (RFC 9110 15.5.22). */
static int check_request(const ws_handshake_request *request,
                         ws_handshake_answer *answer)
{
    if (strcmp(request->method, "GET") != 0) {
        return refuse(answer, 400, "A WebSocket handshake must be a GET.");
    }
    if (!request->http11) {
        return refuse(answer, 400, "A WebSocket handshake needs HTTP/1.1.");
    }
    if (has_body(request)) {
        return refuse(answer, 400,
                      "A WebSocket handshake must not have a body.");
    }
    if (!ws_handshake_asked(request->upgrade)) {
        return refuse(answer, 426, "Only WebSocket is spoken here.");
    }
    if (!lists_token(request->connection, "upgrade")) {
        return refuse(answer, 400,
                      "The Connection header must contain \"Upgrade\".");
    }
    return 0;
}

static int check_version(const char *version, ws_handshake_answer *answer)
{
    slice value;

    if (!version) {
        return refuse(answer, 426,
                      "Sec-WebSocket-Version is missing; it must be 13.");
    }
    /* Given twice is malformed; another version is not, and 426 names ours. */
    if (strchr(version, ',')) {
        return refuse(answer, 400, "Sec-WebSocket-Version must be given once.");
    }
    value = trimmed(version, strlen(version));
    if (value.size != 2 || memcmp(value.at, "13", 2) != 0) {
        return refuse(answer, 426, "Only WebSocket version 13 is spoken here.");
    }
    return 0;
}

static int check_key(const char *key, ws_handshake_answer *answer)
{
    slice value;

    if (!key) {
        return refuse(answer, 400, "Sec-WebSocket-Key is missing.");
    }
    value = trimmed(key, strlen(key));
    if (!is_key(value)) {
        return refuse(answer, 400,
                      "Sec-WebSocket-Key must be given once, as "
                      "16 bytes in base64.");
    }
    /* Where a policy has turned SHA-1 off in OpenSSL. */
    if (!make_accept(value, answer->accept)) {
        return refuse(answer, 500, "The server cannot compute SHA-1.");
    }
    return 0;
}

void ws_handshake_decide(const ws_handshake_request *request,
                         const char *const *protocols,
                         ws_handshake_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    answer->status = check_request(request, answer);
    if (answer->status == 0) {
        answer->status = check_version(request->version, answer);
    }
    if (answer->status == 0) {
        answer->status = check_key(request->key, answer);
    }
    if (answer->status != 0) {
        return;
    }
    answer->status = 101;
    answer->sentence = "The connection becomes a WebSocket.";
    answer->protocol = choose_protocol(request->protocols, protocols);
}
