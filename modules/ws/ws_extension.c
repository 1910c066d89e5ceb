/* ws_extension.c - the negotiation; see ws_extension.h.
 *
 * The grammar is RFC 6455's, with the white space that RFC 2616 allows between
 * any two words of it, and the empty elements of RFC 9110 5.6.1:
 *
 *     list    = element *( "," element )
 *     element = [ token *( ";" token [ "=" ( token / quoted-string ) ] ) ]
 */
#include "ws/ws_extension.h"

#include <string.h>

#define NAME "permessage-deflate"
#define BOTH_WAYS                                                              \
    NAME "; server_no_context_takeover; client_no_context_takeover"
#define OFFERS_MOST 32

/* No value that means something to us is longer. */
#define VALUE_MAX 3

/* The rest of the field. */
typedef struct {
    const char *at;
    bool broken; /* the grammar */
} scanner;

typedef struct {
    const char *at;
    size_t size;
} slice;

typedef struct {
    slice name;
    bool has_value;
    char value[VALUE_MAX]; /* unquoted; of a longer one the beginning */
    size_t value_size;
} parameter;

typedef enum {
    SERVER_NO_CONTEXT = 1,
    CLIENT_NO_CONTEXT = 2,
    SERVER_BITS = 4,
    CLIENT_BITS = 8
} known;

/* One offer, as far as it was read. */
typedef struct {
    bool ours;     /* it is permessage-deflate, and possible so far */
    unsigned seen; /* which of its parameters were there */
    unsigned bits; /* of SERVER_BITS */
} offer;

static bool is_token(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z')
           || (byte >= 'A' && byte <= 'Z')
           || (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

static void skip_space(scanner *in)
{
    while (*in->at == ' ' || *in->at == '\t') {
        in->at++;
    }
}

/* Takes one character, if it is the next; with the white space around it. */
static bool take(scanner *in, char byte)
{
    skip_space(in);
    if (*in->at != byte) {
        return false;
    }
    in->at++;
    skip_space(in);
    return true;
}

static slice take_token(scanner *in)
{
    slice token = { in->at, 0 };

    while (is_token(*in->at)) {
        in->at++;
    }
    token.size = (size_t)(in->at - token.at);
    in->broken = in->broken || token.size == 0;
    return token;
}

static void add_to_value(parameter *to, char byte)
{
    if (to->value_size < VALUE_MAX) {
        to->value[to->value_size++] = byte;
    }
}

/* What is quoted has to be a token all the same: any other byte makes a value
 * that no parameter has. A NUL ends the field. */
static void take_quoted(scanner *in, parameter *to)
{
    for (in->at++; *in->at != '"'; in->at++) {
        in->at += *in->at == '\\';
        if ((unsigned char)*in->at < ' ' && *in->at != '\t') {
            in->broken = true;
            return;
        }
        add_to_value(to, *in->at);
    }
    in->at++;
}

static parameter take_parameter(scanner *in)
{
    parameter taken = { .name = take_token(in) };
    slice value;

    if (!take(in, '=')) {
        return taken;
    }
    taken.has_value = true;
    if (*in->at == '"') {
        take_quoted(in, &taken);
        return taken;
    }
    value = take_token(in);
    for (size_t i = 0; i < value.size; i++) {
        add_to_value(&taken, value.at[i]);
    }
    return taken;
}

static bool is(slice text, const char *name)
{
    return text.size == strlen(name) && memcmp(text.at, name, text.size) == 0;
}

/* 0: RFC 7692 has no such parameter. */
static unsigned find(slice name)
{
    return is(name, "server_no_context_takeover")   ? SERVER_NO_CONTEXT
           : is(name, "client_no_context_takeover") ? CLIENT_NO_CONTEXT
           : is(name, "server_max_window_bits")     ? SERVER_BITS
           : is(name, "client_max_window_bits")     ? CLIENT_BITS
                                                    : 0;
}

/* 8 to 15, in decimal without a leading zero (RFC 7692 section 7.1.2); else
 * 0. */
static unsigned bits_of(const parameter *one)
{
    if (one->value_size == 1 && (*one->value == '8' || *one->value == '9')) {
        return (unsigned)(*one->value - '0');
    }
    if (one->value_size == 2 && one->value[0] == '1' && one->value[1] >= '0'
        && one->value[1] <= '5') {
        return 10 + (unsigned)(one->value[1] - '0');
    }
    return 0;
}

/* False: with it the offer cannot be kept. zlib has no window of 8 bits for raw
 * deflate; to inflate from one it needs no less than for any other, so that
 * what the client says of its own is checked, and does not matter. */
static bool suits(offer *one, const parameter *given)
{
    unsigned which = find(given->name);
    unsigned bits = bits_of(given);

    if (which == 0 || (one->seen & which)) {
        return false;
    }
    one->seen |= which;
    switch (which) {
    case SERVER_BITS:
        one->bits = bits;
        return bits >= WS_EXTENSION_BITS_LEAST;
    case CLIENT_BITS: return !given->has_value || bits > 0;
    default: return !given->has_value;
    }
}

/* The name counts to the letter: whoever offers it in others may not know the
 * answer. */
static offer take_offer(scanner *in)
{
    offer taken = { .ours = is(take_token(in), NAME) };

    while (!in->broken && take(in, ';')) {
        parameter given = take_parameter(in);

        taken.ours = taken.ours && suits(&taken, &given);
    }
    return taken;
}

/* The first offer that suits; the grammar of those behind it counts as well. */
static ws_extension choose(const char *offers)
{
    ws_extension chosen = { 0, false };
    scanner in = { offers, false };

    for (int count = 0; count < OFFERS_MOST; count++) {
        offer one;

        while (take(&in, ',')) {
            continue;
        }
        skip_space(&in);
        if (*in.at == '\0') {
            break;
        }
        one = take_offer(&in);
        skip_space(&in);
        if (in.broken || (*in.at != ',' && *in.at != '\0')) {
            return (ws_extension){ 0, false };
        }
        if (one.ours && chosen.window_bits == 0) {
            chosen.told = one.bits > 0;
            chosen.window_bits =
                (uint8_t)(chosen.told ? one.bits : WS_EXTENSION_BITS_MOST);
        }
    }
    return chosen;
}

void ws_extension_choose(const char *offers, ws_extension *chosen)
{
    *chosen = (ws_extension){ 0, false };
    if (offers) {
        *chosen = choose(offers);
    }
}

size_t ws_extension_write(const ws_extension *chosen,
                          char out[WS_EXTENSION_MAX])
{
    static const char bits[] = "; server_max_window_bits=";
    size_t size = sizeof(BOTH_WAYS) - 1;

    if (chosen->window_bits == 0) {
        return 0;
    }
    memcpy(out, BOTH_WAYS, size);
    if (chosen->told) {
        memcpy(out + size, bits, sizeof(bits) - 1);
        size += sizeof(bits) - 1;
        if (chosen->window_bits >= 10) {
            out[size++] = '1';
        }
        out[size++] = (char)('0' + chosen->window_bits % 10);
    }
    return size;
}
