/* ws_handshake.h - the opening handshake (RFC 6455 section 4.2): may this
 * request become a WebSocket, and with which words is it answered?
 *
 * Called by httpd/, which writes the response, with a 100 in front of the 101
 * if the client expects one. Who may enter, and Origin, are decided there too.
 * Pure; lists are read once, left to right.
 */
#ifndef CHATWS_WS_HANDSHAKE_H
#define CHATWS_WS_HANDSHAKE_H

#include <stdbool.h>

/* The request; header values as httpd merges them ("a, b" when a header is
 * repeated), NULL when absent; the method never is. All texts stay the
 * caller's. */
typedef struct {
    const char *method;
    bool http11; /* the request says HTTP/1.1 or above */
    const char *upgrade;
    const char *connection;
    const char *version;   /* Sec-WebSocket-Version */
    const char *key;       /* Sec-WebSocket-Key */
    const char *protocols; /* Sec-WebSocket-Protocol */
    const char *content_length;
    const char *transfer_encoding;
} ws_handshake_request;

#define WS_HANDSHAKE_ACCEPT_SIZE 29 /* with its NUL */

/* Everything but `status` and `sentence` is for status 101 only. No byte of the
 * request is echoed but in the hash. */
typedef struct {
    int status;           /* 101, 400, 426; 500 when libcrypto lacks SHA-1 */
    const char *sentence; /* static; why not, for the client and the log */
    char accept[WS_HANDSHAKE_ACCEPT_SIZE]; /* Sec-WebSocket-Accept */
    const char *protocol; /* one of the caller's; NULL: send no header */
} ws_handshake_answer;

/* True when the request asks for WebSocket: its Upgrade header (or NULL) lists
 * `websocket`, in any case, beside whatever else. */
bool ws_handshake_asked(const char *upgrade);

/* Decides. `protocols`: the subprotocols that we speak, ended by NULL; the
 * first that the client offers and we speak is chosen (names are
 * case-sensitive), and without such a one the answer is 101 all the same.
 *
 * In this order:
 *  - 400: a method other than GET, HTTP/1.0, Transfer-Encoding, or a
 *    Content-Length other than 0;
 *  - 426: Upgrade does not list `websocket`;
 *  - 400: Connection does not list `upgrade` (a proxy in between has not
 *    agreed to the upgrade, RFC 9110 section 7.8);
 *  - 426: no Sec-WebSocket-Version or one other than 13; 400: several;
 *  - 400: Sec-WebSocket-Key is missing, repeated, or not 22 characters of
 *    base64 and "==", which are 16 bytes.
 * The caller adds `Sec-WebSocket-Version: 13` and `Upgrade: websocket` to
 * a 426, and closes the connection after every refusal. */
void ws_handshake_decide(const ws_handshake_request *request,
                         const char *const *protocols,
                         ws_handshake_answer *answer);

#endif
