/* test_http_token.c - what may stand in a token, and whom it is for. */
#include "test_http.h"

#include <stdio.h>

#include <jansson.h>

#include "http/http_token.h"

#define HS256 "{\"alg\":\"HS256\"}"
#define GOOD "\"sub\":\"ann\",\"exp\":2000000000"
#define NOW 1900000000.0

static size_t encode(const char *text, size_t size, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned long bits = 0;
    int have = 0;
    size_t at = 0;

    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | (unsigned char)text[i];
        for (have += 8; have >= 6; have -= 6) {
            out[at++] = digits[bits >> (have - 6) & 63];
        }
    }
    if (have > 0) {
        out[at++] = digits[bits << (6 - have) & 63];
    }
    return at;
}

/* The token of a header and claims, in front of a page that nobody may touch;
 * its signature is no business of this file. */
static http_slice token_of(const char *header, const char *claims)
{
    char text[4 * HTTP_TOKEN_BYTES];
    size_t size = encode(header, strlen(header), text);

    text[size++] = '.';
    size += encode(claims, strlen(claims), text + size);
    memcpy(text + size, ".c2ln", 6);
    return guarded(text);
}

static void check_why(const char *what, const char *why, const char *want)
{
    if ((why != NULL) != (want != NULL) || (want && !strstr(why, want))) {
        fail_msg("%s: %s, not %s", what, why ? why : "good",
                 want ? want : "good");
    }
}

/* The text, and what the reason says; NULL: it is well formed. */
static const char *const forms[][2] = {
    { "", "three parts" },
    { ".", "three parts" },
    { "..", "base64url" },
    { "e30.e30", "three parts" },
    { "e30.e30.", "base64url" },
    { "e30..e30", "base64url" },
    { ".e30.e30", "base64url" },
    { "e30.e30.e30.e30", "three parts" },
    { "e30.e30.e30.e30.e30", "three parts" },
    { "e30.e30.e30.", "three parts" },
    { "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", NULL },
    { "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbg==", "base64url" },
    { "eyJhbGciOiJIUzI1NiJ9.e30=.c2ln", "base64url" },
    { " eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "base64url" },
    { "eyJhbGciOiJIUzI1NiJ9 .e30.c2ln", "base64url" },
    { "eyJhbGciOiJIUzI1NiJ9.e30.c2l/", "base64url" },
    { "eyJhbGciOiJIUzI1NiJ9.e30.c2l+", "base64url" },
    { "eyJhbGciOiJIUzI1NiJ9.e30.c2lnA", "base64url" }, /* no such length */
    { "eyJhbGciOiJIUzI1NiJ9.e31.c2ln", "base64url" }, /* bits left over */
    { "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbh", "base64url" },
    { "bm90IGpzb24.e30.c2ln", "not JSON" },
    { "W10.e30.c2ln", "no JSON object" },
    { "bnVsbA.e30.c2ln", "not JSON" },
};

static void test_form(void **state)
{
    http_token_alg alg;

    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        check_why(forms[i][0], http_token_head(guarded(forms[i][0]), &alg),
                  forms[i][1]);
        guard_page_free_all();
    }
}

static const char *const headers[][2] = {
    { HS256, NULL },
    { "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"7\"}", NULL },
    { "{\"alg\":\"ES256\",\"typ\":\"jwt\",\"x5u\":[1]}", NULL },
    { "{}", "alg" },
    { "{\"alg\":\"none\"}", "alg" },
    { "{\"alg\":\"None\"}", "alg" },
    { "{\"alg\":\"hs256\"}", "alg" },
    { "{\"alg\":\"HS384\"}", "alg" },
    { "{\"alg\":\"RS512\"}", "alg" },
    { "{\"alg\":\"EdDSA\"}", "alg" },
    { "{\"alg\":256}", "alg" },
    { "{\"alg\":[\"HS256\"]}", "alg" },
    { "{\"alg\":\"HS256\\u0000\"}", "not JSON" },
    { "{\"Alg\":\"HS256\"}", "alg" },
    { "{\"alg\":\"none\",\"alg\":\"HS256\"}", "twice" },
    { "{\"alg\":\"HS256\",\"alg\":\"HS256\"}", "twice" },
    { "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", "crit" },
    { "{\"alg\":\"HS256\",\"crit\":null}", "crit" },
    { "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", "typ" },
    { "{\"alg\":\"HS256\"} x", "not JSON" },
};

static void test_header(void **state)
{
    http_token_alg alg;

    (void)state;
    for (size_t i = 0; i < COUNT(headers); i++) {
        check_why(headers[i][0],
                  http_token_head(token_of(headers[i][0], "{}"), &alg),
                  headers[i][1]);
        guard_page_free_all();
    }
    assert_null(http_token_head(token_of(headers[1][0], "{}"), &alg));
    assert_int_equal(alg, HTTP_TOKEN_RS256);
    assert_null(http_token_head(token_of(headers[2][0], "{}"), &alg));
    assert_int_equal(alg, HTTP_TOKEN_ES256);
    guard_page_free_all();
}

static const char *const claims[][2] = {
    { "{" GOOD "}", NULL },
    { "{" GOOD ",\"iss\":1,\"iat\":\"x\",\"jti\":null,\"more\":{}}", NULL },
    { "{\"sub\":\"ann\",\"exp\":2000000000.5,\"nbf\":1.5e9}", NULL },
    { "{" GOOD ",\"name\":\"Ann\",\"role\":\"reader\",\"rooms\":[]}", NULL },
    { "{" GOOD ",\"rooms\":[\"/a\",\"/b/*\",\"*\"],\"aud\":[]}", NULL },
    { "[]", "no JSON object" },
    { "{", "not JSON" },
    { "{\"sub\":\"ann\",\"exp\":1e999}", "not JSON" },
    { "{" GOOD ",\"sub\":\"ben\"}", "twice" },
    { "{" GOOD ",\"more\":{\"a\":1,\"a\":2}}", "twice" },
    { "{\"sub\":\"ann\"}", "no exp" },
    { "{\"sub\":\"ann\",\"exp\":\"2000000000\"}", "no number" },
    { "{\"sub\":\"ann\",\"exp\":null}", "no number" },
    { "{" GOOD ",\"nbf\":\"0\"}", "no number" },
    { "{\"exp\":2000000000}", "sub" },
    { "{\"exp\":2000000000,\"sub\":42}", "number: make it a string" },
    { "{\"exp\":2000000000,\"sub\":true}", "sub" },
    { "{\"exp\":2000000000,\"sub\":\"\"}", "sub" },
    { "{\"exp\":2000000000,\"sub\":[\"ann\"]}", "sub" },
    { "{\"exp\":2000000000,\"sub\":\"a\\u0000b\"}", "not JSON" },
    { "{\"exp\":2000000000,\"sub\":\"a\xff\"}", "not JSON" },
    { "{" GOOD ",\"name\":7}", "name" },
    { "{" GOOD ",\"name\":null}", "name" },
    { "{" GOOD ",\"name\":\"\"}", "name" },
    { "{" GOOD ",\"role\":\"admin\"}", "role" },
    { "{" GOOD ",\"role\":\"Moderator\"}", "role" },
    { "{" GOOD ",\"role\":[\"reader\"]}", "role" },
    { "{" GOOD ",\"role\":\"\"}", "role" },
    { "{" GOOD ",\"rooms\":\"/a\"}", "rooms" },
    { "{" GOOD ",\"rooms\":[7]}", "rooms" },
    { "{" GOOD ",\"rooms\":{\"a\":\"/a\"}}", "rooms" },
    { "{" GOOD ",\"rooms\":[\"/*/a\"]}", "rooms" },
    { "{" GOOD ",\"rooms\":[\"/a**\"]}", "rooms" },
    { "{" GOOD ",\"aud\":7}", "aud" },
    { "{" GOOD ",\"aud\":[\"a\",7]}", "aud" },
};

static void test_claims(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(claims); i++) {
        http_token token;

        check_why(claims[i][0],
                  http_token_read(token_of(HS256, claims[i][0]), &token),
                  claims[i][1]);
        http_token_destroy(&token);
        guard_page_free_all();
    }
}

static void read(const char *text, http_token *token)
{
    assert_null(http_token_read(token_of(HS256, text), token));
    guard_page_free_all();
}

static void test_values(void **state)
{
    http_token token;

    (void)state;
    read("{\"sub\":\"42\",\"name\":\"\\u00c4nn\",\"exp\":2e9,"
         "\"role\":\"moderator\"}", &token);
    check_slice(token.sub, "42");
    check_slice(token.name, "\xC3\x84nn");
    assert_int_equal(token.role, HTTP_TOKEN_ROLE_MODERATOR);
    assert_true(token.exp > 1999999999.0 && token.exp < 2000000001.0);
    http_token_destroy(&token);
    read("{" GOOD "}", &token);
    assert_null(token.name.data);
    assert_int_equal(token.role, HTTP_TOKEN_ROLE_NONE);
    http_token_destroy(&token);
}

/* At exp it is over; what begins within a minute holds already. */
static void test_when(void **state)
{
    static const struct {
        const char *claims;
        const char *why;
    } rows[] = {
        { "\"exp\":1900000001", NULL },
        { "\"exp\":1900000000.5", NULL },
        { "\"exp\":1900000000", "exp" },
        { "\"exp\":1899999999.999", "exp" },
        { "\"exp\":-5", "exp" },
        { "\"exp\":2e9,\"nbf\":1900000060", NULL },
        { "\"exp\":2e9,\"nbf\":1900000060.5", "nbf" },
        { "\"exp\":2e9,\"nbf\":1e300", "nbf" },
        { "\"exp\":1e300,\"nbf\":-1e300", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[128];
        http_token token;

        snprintf(text, sizeof(text), "{\"sub\":\"a\",%s}", rows[i].claims);
        read(text, &token);
        check_why(text, http_token_when(&token, NOW), rows[i].why);
        http_token_destroy(&token);
    }
}

static void test_whom(void **state)
{
    static const struct {
        const char *aud; /* NULL: there is none */
        const char *audience;
        const char *why;
    } rows[] = {
        { NULL, NULL, NULL },
        { NULL, "us", "has no aud" },
        { "\"us\"", "us", NULL },
        { "\"us\"", NULL, "say with ChatTokenAudience" },
        { "\"Us\"", "us", "not that" },
        { "\"us2\"", "us", "not that" },
        { "[\"them\",\"us\"]", "us", NULL },
        { "[\"them\"]", "us", "not that" },
        { "[]", "us", "not that" },
        { "[]", NULL, "say with ChatTokenAudience" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[128];
        http_token token;

        snprintf(text, sizeof(text), "{" GOOD "%s%s}",
                 rows[i].aud ? ",\"aud\":" : "",
                 rows[i].aud ? rows[i].aud : "");
        read(text, &token);
        check_why(text, http_token_whom(&token, rows[i].audience),
                  rows[i].why);
        http_token_destroy(&token);
    }
}

static void test_where(void **state)
{
    static const struct {
        const char *rooms; /* NULL: there are none */
        const char *path;
        bool in;
    } rows[] = {
        { NULL, "/chat/lobby", true },
        { "[]", "/chat/lobby", false },
        { "[\"/chat/lobby\"]", "/chat/lobby", true },
        { "[\"/chat/lobby\"]", "/chat/Lobby", false },
        { "[\"/chat/lobby\"]", "/chat/lobby2", false },
        { "[\"/chat/lobby\"]", "/chat/lobb", false },
        { "[\"/x\",\"/chat/lobby\"]", "/chat/lobby", true },
        { "[\"/chat/*\"]", "/chat/lobby", true },
        { "[\"/chat/*\"]", "/chat/a/b", true },
        { "[\"/chat/*\"]", "/chat/", true },
        { "[\"/chat/*\"]", "/chat", false },
        { "[\"/chat/lob*\"]", "/chat/lobby", true },
        { "[\"/chat/lobby*\"]", "/chat/lobby", true },
        { "[\"*\"]", "/chat/lobby", true },
        { "[\"/chat/*\"]", "/chatter/x", false },
        { "[\"\"]", "/chat/lobby", false },
        { "[\"/caf\\u00e9\"]", "/caf\xC3\xA9", true },
        { "[\"/caf%C3%A9\"]", "/caf\xC3\xA9", false }, /* it is decoded */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[128];
        http_token token;

        snprintf(text, sizeof(text), "{" GOOD "%s%s}",
                 rows[i].rooms ? ",\"rooms\":" : "",
                 rows[i].rooms ? rows[i].rooms : "");
        read(text, &token);
        if (http_token_where(&token, http_field_of(rows[i].path))
            != rows[i].in) {
            fail_msg("%s in %s", rows[i].path, text);
        }
        http_token_destroy(&token);
    }
}

/* 4096 bytes may be read, and no more; whatever they nest. */
static void test_longest(void **state)
{
    char text[HTTP_TOKEN_BYTES + 2];
    http_token token;
    http_token_alg alg;
    size_t size;

    (void)state;
    memcpy(text, "eyJhbGciOiJIUzI1NiJ9.", 21);
    memset(text + 21, 'W', sizeof(text) - 21); /* [[[... and more */
    size = HTTP_TOKEN_BYTES;
    memcpy(text + size - 6, "Q.c2ln", 6); /* no bits left over */
    text[size] = '\0';
    assert_null(http_token_head(guarded(text), &alg));
    check_why("deep", http_token_read(guarded(text), &token), "not JSON");
    http_token_destroy(&token);
    memcpy(text + size - 5, "WWWWW", 5);
    memcpy(text + size - 4, ".c2ln", 6);
    check_why("long", http_token_head(guarded(text), &alg), "4096");
    check_why("long", http_token_read(guarded(text), &token), "4096");
    http_token_destroy(&token);
    guard_page_free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),   cmocka_unit_test(test_header),
        cmocka_unit_test(test_claims), cmocka_unit_test(test_values),
        cmocka_unit_test(test_when),   cmocka_unit_test(test_whom),
        cmocka_unit_test(test_where),  cmocka_unit_test(test_longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
