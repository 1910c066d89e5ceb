/* relay_url.c - see relay_url.h. */
#include "relay/relay_url.h"

#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#define REDIS_PORT 6379
#define SENTINEL_PORT 26379
#define DATABASE_MOST 65535
#define WAIT_MOST 100

#define FORM "redis://[USER@]HOST[:PORT][,HOST[:PORT]...][/DB]," \
             " rediss://... or unix:/PATH[?DB]"

/* A piece of a word. */
typedef struct {
    const char *data;
    size_t size;
} piece;

static bool refuse(char *why, size_t why_size, const char *sentence)
{
    snprintf(why, why_size, "%s", sentence);
    return false;
}

static bool copy(char *out, size_t out_size, piece from)
{
    if (from.size == 0 || from.size >= out_size) {
        return false;
    }
    memcpy(out, from.data, from.size);
    out[from.size] = '\0';
    return true;
}

static bool number_of(piece text, unsigned most, unsigned *out)
{
    unsigned number = 0;

    if (text.size == 0 || text.size > 5) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        number = number * 10 + (unsigned)(text.data[i] - '0');
    }
    *out = number;
    return number <= most;
}

/* Takes what is in front of the first `mark`, and the mark with it; all of it
 * when there is none. */
static piece take(piece *rest, char mark)
{
    const char *at = rest->size ? memchr(rest->data, mark, rest->size) : NULL;
    piece taken = { rest->data, at ? (size_t)(at - rest->data) : rest->size };
    size_t gone = at ? taken.size + 1 : taken.size;

    rest->data += gone;
    rest->size -= gone;
    return taken;
}

static bool begins(piece text, const char *with)
{
    size_t size = strlen(with);

    return text.size >= size && memcmp(text.data, with, size) == 0;
}

static bool only(piece text, const char *allowed)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\0' || !strchr(allowed, text.data[i])) {
            return false;
        }
    }
    return true;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* HOST[:PORT]; an address of IPv6 is in brackets. */
static bool read_node(piece text, unsigned port, relay_node *node)
{
    bool brackets = begins(text, "[");
    size_t skip = brackets ? 1 : 0;
    const char *end = text.size ? memchr(text.data, brackets ? ']' : ':',
                                         text.size) : NULL;
    piece host = { text.data + skip, text.size - skip };
    piece after = { text.data, 0 };

    if (end) {
        host.size = (size_t)(end - host.data);
        after.data = end + skip; /* behind the bracket */
        after.size = text.size - (size_t)(after.data - text.data);
    }
    node->port = port;
    if ((brackets && !end)
        || !only(host, brackets ? LETTERS ".:%" : LETTERS ".-_")
        || !copy(node->host, sizeof(node->host), host)) {
        return false;
    }
    if (after.size == 0) {
        return true;
    }
    take(&after, ':');
    return end[skip] == ':' && number_of(after, 65535, &node->port)
           && node->port > 0;
}

static bool read_nodes(piece text, relay_settings *out)
{
    unsigned port = *out->sentinel ? SENTINEL_PORT : REDIS_PORT;
    bool last = false;

    while (!last) {
        last = text.size == 0 || !memchr(text.data, ',', text.size);
        if (out->node_count == RELAY_NODES_MOST
            || !read_node(take(&text, ','), port,
                          &out->nodes[out->node_count])) {
            return false;
        }
        out->node_count++;
    }
    return true;
}

static bool read_user(piece user, relay_settings *out, char *why,
                      size_t why_size)
{
    if (user.size > 0 && memchr(user.data, ':', user.size)) {
        return refuse(why, why_size, "a password in the URL would stand in"
                      " the configuration: write it into a file, and"
                      " password=FILE behind the URL");
    }
    return copy(out->user, sizeof(out->user), user)
           || refuse(why, why_size, "the user in front of @ is empty or too"
                                    " long");
}

/* Behind "redis://". */
static bool read_hosts(piece text, relay_settings *out, char *why,
                       size_t why_size)
{
    piece hosts;
    bool slash;

    if (text.size > 0 && memchr(text.data, '@', text.size)
        && !read_user(take(&text, '@'), out, why, why_size)) {
        return false;
    }
    slash = text.size > 0 && memchr(text.data, '/', text.size);
    hosts = take(&text, '/');
    if (!read_nodes(hosts, out)
        || (slash && !number_of(text, DATABASE_MOST, &out->database))) {
        return refuse(why, why_size, "the form is " FORM
                                     ", with at most 8 hosts");
    }
    return true;
}

/* Behind "unix:". */
static bool read_path(piece text, relay_settings *out, char *why,
                      size_t why_size)
{
    bool asked = text.size > 0 && memchr(text.data, '?', text.size);
    piece path = take(&text, '?');

    if (!begins(path, "/")
        || path.size >= sizeof(((struct sockaddr_un *)NULL)->sun_path)
        || !copy(out->nodes[0].host, sizeof(out->nodes[0].host), path)
        || (asked && !number_of(text, DATABASE_MOST, &out->database))) {
        return refuse(why, why_size, "a socket is unix:/PATH or unix:/PATH?DB,"
                                     " and its path has at most 107 bytes");
    }
    out->node_count = 1;
    return true;
}

static bool read_place(piece text, relay_settings *out, char *why,
                       size_t why_size)
{
    out->tls = begins(text, "rediss://");
    if (out->tls || begins(text, "redis://")) {
        take(&text, '/');
        take(&text, '/');
        return read_hosts(text, out, why, why_size);
    }
    if (begins(text, "unix:")) {
        take(&text, ':');
        return read_path(text, out, why, why_size);
    }
    return refuse(why, why_size, "the form is " FORM);
}

/* KEY=VALUE. */
static bool read_option(piece text, relay_settings *out, char *why,
                        size_t why_size)
{
    piece value = text;

    take(&value, '=');
    if (begins(text, "password=")) {
        return copy(out->file, sizeof(out->file), value)
               || refuse(why, why_size, "password= takes the path of a file");
    }
    if (begins(text, "prefix=")) {
        return (only(value, LETTERS ".-_")
                && copy(out->prefix, sizeof(out->prefix), value))
               || refuse(why, why_size, "prefix= takes a word of at most 32"
                                        " letters, digits, '.', '-' and '_'");
    }
    if (begins(text, "wait=")) {
        return number_of(value, WAIT_MOST, &out->wait)
               || refuse(why, why_size, "wait= takes the number of replicas, at"
                                        " most 100");
    }
    if (begins(text, "sentinel=")) {
        return (only(value, LETTERS ".-_")
                && copy(out->sentinel, sizeof(out->sentinel), value))
               || refuse(why, why_size, "sentinel= takes the name of the master"
                                        " that the Sentinels know");
    }
    return refuse(why, why_size, "behind the URL may stand password=FILE,"
                                 " prefix=WORD, wait=N and sentinel=NAME");
}

bool relay_url_parse(const char *const *words, size_t count,
                     relay_settings *out, char *why, size_t why_size)
{
    memset(out, 0, sizeof(*out));
    if (count == 0) {
        return refuse(why, why_size, "the form is " FORM);
    }
    for (size_t i = 1; i < count; i++) {
        piece option = { words[i], strlen(words[i]) };

        if (!read_option(option, out, why, why_size)) {
            return false;
        }
    }
    if (!read_place((piece){ words[0], strlen(words[0]) }, out, why,
                    why_size)) {
        return false;
    }
    if (*out->sentinel && out->nodes[0].port == 0) {
        return refuse(why, why_size, "sentinel= goes with redis:// and"
                                     " rediss://: the hosts are Sentinels");
    }
    return true;
}
