/* http_token.c - see http_token.h. */
#include "http/http_token.h"

#include <string.h>
#include <strings.h>

#include <jansson.h>

/* The parts of the compact form. */
enum { HEADER, CLAIMS, SIGNATURE, PARTS };

static const char *const algs[] = {
    [HTTP_TOKEN_HS256] = "HS256",
    [HTTP_TOKEN_RS256] = "RS256",
    [HTTP_TOKEN_ES256] = "ES256",
};

static const char *const roles[] = {
    [HTTP_TOKEN_ROLE_READER] = "reader",
    [HTTP_TOKEN_ROLE_SPEAKER] = "speaker",
    [HTTP_TOKEN_ROLE_MODERATOR] = "moderator",
};

/* The six bits of a character (RFC 4648 5), or -1. */
static int bits_of(char byte)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = byte ? strchr(digits, byte) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* base64url without padding (RFC 7515 2): nothing else is one, nor are bits
 * behind the last byte that are not zero. Both sizes are known then. */
static bool is_base64url(http_slice part)
{
    size_t rest = part.size % 4;

    for (size_t i = 0; i < part.size; i++) {
        if (bits_of(part.data[i]) < 0) {
            return false;
        }
    }
    return part.size > 0 && rest != 1
           && (rest == 0
               || (bits_of(part.data[part.size - 1]) & (rest == 2 ? 15 : 3))
                      == 0);
}

static const char *split(http_slice text, http_slice parts[PARTS])
{
    http_slice rest = text;
    size_t count = 0;
    const char *dot = "";

    if (text.size > HTTP_TOKEN_BYTES) {
        return "it is longer than 4096 bytes";
    }
    for (; dot && count < PARTS; count++) {
        dot = memchr(rest.data, '.', rest.size);
        parts[count] = rest;
        if (dot) {
            parts[count].size = (size_t)(dot - rest.data);
            rest.data = dot + 1;
            rest.size -= parts[count].size + 1;
        }
    }
    if (dot || count < PARTS) {
        return "it has not three parts";
    }
    for (size_t i = 0; i < PARTS; i++) {
        if (!is_base64url(parts[i])) {
            return "a part of it is not base64url without padding";
        }
    }
    return NULL;
}

static size_t decode(http_slice part, char *out)
{
    unsigned long bits = 0;
    size_t size = 0;

    for (size_t i = 0; i < part.size; i++) {
        bits = bits << 6 | (unsigned)bits_of(part.data[i]);
        if (i % 4 != 0) {
            out[size++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
        }
    }
    return size;
}

/* One JSON object. All numbers are doubles: a fraction is one as well. */
static const char *load(http_slice part, json_t **object)
{
    char text[HTTP_TOKEN_BYTES];
    json_error_t error;

    *object = json_loadb(text, decode(part, text),
                         JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL,
                         &error);
    if (!*object) {
        return strstr(error.text, "duplicate") ? "a member stands in it twice"
                                               : "a part of it is not JSON";
    }
    return json_is_object(*object) ? NULL : "a part of it is no JSON object";
}

/* Never what the token likes: what is not said here is none of ours. */
static const char *find_alg(const json_t *header, http_token_alg *alg)
{
    const char *name = json_string_value(json_object_get(header, "alg"));

    for (size_t i = 0; name && i < sizeof(algs) / sizeof(algs[0]); i++) {
        if (strcmp(name, algs[i]) == 0) {
            *alg = (http_token_alg)i;
            return NULL;
        }
    }
    return "its alg is not HS256, RS256 or ES256";
}

/* It means nothing to us, but libjwt takes no other one. */
static const char *check_typ(const json_t *header)
{
    const char *typ = json_string_value(json_object_get(header, "typ"));

    return !typ || strcasecmp(typ, "JWT") == 0 ? NULL : "its typ is not JWT";
}

const char *http_token_head(http_slice text, http_token_alg *alg)
{
    http_slice parts[PARTS];
    const char *why = split(text, parts);
    json_t *header = NULL;

    if (!why) {
        why = load(parts[HEADER], &header);
    }
    /* RFC 7515 4.1.11: who does not understand what it names must refuse. */
    if (!why && json_object_get(header, "crit")) {
        why = "it has crit";
    }
    if (!why) {
        why = find_alg(header, alg);
    }
    if (!why) {
        why = check_typ(header);
    }
    json_decref(header);
    return why;
}

static http_slice slice_of(const json_t *string)
{
    return (http_slice){ json_string_value(string),
                         json_string_length(string) };
}

static const char *read_names(http_token *token)
{
    const json_t *sub = json_object_get(token->claims, "sub");
    const json_t *name = json_object_get(token->claims, "name");

    if (json_is_number(sub)) {
        return "its sub is a number: make it a string, such as \"42\"";
    }
    if (!json_is_string(sub) || json_string_length(sub) == 0) {
        return "its sub is no string, or empty";
    }
    token->sub = slice_of(sub);
    if (name && (!json_is_string(name) || json_string_length(name) == 0)) {
        return "its name is no string, or empty";
    }
    if (name) {
        token->name = slice_of(name);
    }
    return NULL;
}

static const char *read_times(http_token *token)
{
    const json_t *exp = json_object_get(token->claims, "exp");
    const json_t *nbf = json_object_get(token->claims, "nbf");

    if (!exp) {
        return "it has no exp";
    }
    if (!json_is_number(exp) || (nbf && !json_is_number(nbf))) {
        return "its exp or nbf is no number: it is a time in seconds";
    }
    token->exp = json_number_value(exp);
    token->nbf = json_number_value(nbf); /* 0 of what is not there */
    return NULL;
}

static const char *read_role(http_token *token)
{
    const json_t *role = json_object_get(token->claims, "role");
    const char *name = json_string_value(role);

    if (!role) {
        return NULL;
    }
    for (size_t i = HTTP_TOKEN_ROLE_READER;
         name && i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (strcmp(name, roles[i]) == 0) {
            token->role = (http_token_role)i;
            return NULL;
        }
    }
    return "its role is not reader, speaker or moderator";
}

/* The only star of a path is its last character. */
static bool is_path(const json_t *path)
{
    const char *text = json_string_value(path);
    const char *star = text ? strchr(text, '*') : NULL;

    return text && (!star || star[1] == '\0');
}

static bool are_strings(const json_t *list, bool (*is_good)(const json_t *one))
{
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one) {
        if (!is_good(one)) {
            return false;
        }
    }
    return json_is_array(list);
}

static bool is_string(const json_t *one)
{
    return json_is_string(one);
}

static const char *read_lists(const http_token *token)
{
    const json_t *rooms = json_object_get(token->claims, "rooms");
    const json_t *aud = json_object_get(token->claims, "aud");

    if (rooms && !are_strings(rooms, is_path)) {
        return "its rooms are no list of paths, with * at their ends only";
    }
    if (aud && !json_is_string(aud) && !are_strings(aud, is_string)) {
        return "its aud is no string and no list of them";
    }
    return NULL;
}

const char *http_token_read(http_slice text, http_token *token)
{
    static const char *(*const readers[])(http_token *) = {
        read_names, read_times, read_role
    };
    http_slice parts[PARTS];
    const char *why = split(text, parts);

    memset(token, 0, sizeof(*token));
    if (!why) {
        why = load(parts[CLAIMS], &token->claims);
    }
    for (size_t i = 0; !why && i < sizeof(readers) / sizeof(readers[0]); i++) {
        why = readers[i](token);
    }
    return why ? why : read_lists(token);
}

void http_token_destroy(http_token *token)
{
    json_decref(token->claims);
    token->claims = NULL;
}

const char *http_token_when(const http_token *token, double now)
{
    if (!(token->exp > now)) {
        return "its exp is over";
    }
    return token->nbf > now + HTTP_TOKEN_EARLY_S ? "its nbf is still to come"
                                                 : NULL;
}

const char *http_token_whom(const http_token *token, const char *audience)
{
    const json_t *aud = json_object_get(token->claims, "aud");
    size_t i;
    json_t *one;

    if (!aud) {
        return audience ? "it has no aud, and ChatTokenAudience is set" : NULL;
    }
    if (!audience) {
        return "it has an aud: say with ChatTokenAudience which one is ours";
    }
    if (json_is_string(aud) && strcmp(json_string_value(aud), audience) == 0) {
        return NULL;
    }
    json_array_foreach(aud, i, one) {
        if (strcmp(json_string_value(one), audience) == 0) {
            return NULL;
        }
    }
    return "its aud is not that of ChatTokenAudience";
}

static bool matches(http_slice pattern, http_slice path)
{
    if (pattern.size > 0 && pattern.data[pattern.size - 1] == '*') {
        pattern.size--;
        return path.size >= pattern.size
               && memcmp(path.data, pattern.data, pattern.size) == 0;
    }
    return path.size == pattern.size
           && memcmp(path.data, pattern.data, pattern.size) == 0;
}

bool http_token_where(const http_token *token, http_slice path)
{
    const json_t *rooms = json_object_get(token->claims, "rooms");
    size_t i;
    json_t *one;

    json_array_foreach(rooms, i, one) {
        if (matches(slice_of(one), path)) {
            return true;
        }
    }
    return !rooms;
}
