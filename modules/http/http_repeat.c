/* http_repeat.c - the same request again; see http_repeat.h. */
#include "http/http_repeat.h"

#include <string.h>

static const char method[] = "GET ";

/* What a target is hashed behind; a field begins with its name. */
#define TARGET_MARK '\n'

/* A text on its way into a hash. */
typedef struct {
    char data[HTTP_REPEAT_MOST];
    size_t size;
} text;

static bool put(text *to, const char *data, size_t size)
{
    if (size > sizeof(to->data) - to->size) {
        return false;
    }
    memcpy(to->data + to->size, data, size);
    to->size += size;
    return true;
}

static void add(const http_repeat_keys *keys, const text *what,
                http_repeat_mark *mark)
{
    for (int i = 0; i < 2; i++) {
        mark->parts[i] += base_hash(&keys->of[i], what->data, what->size);
    }
}

http_repeat_keys http_repeat_keys_of(const base_hash_key *secret)
{
    static const char labels[4][16] = { "repeat 0", "repeat 1", "repeat 2",
                                        "repeat 3" };
    uint64_t made[4];

    for (int i = 0; i < 4; i++) {
        made[i] = base_hash(secret, labels[i], sizeof(labels[i]));
    }
    return (http_repeat_keys){ { { made[0], made[1] },
                                 { made[2], made[3] } } };
}

bool http_repeat_is(const http_repeat_mark *mark,
                    const http_repeat_mark *other)
{
    return ((mark->parts[0] ^ other->parts[0])
            | (mark->parts[1] ^ other->parts[1])) == 0;
}

/* ------------------------------------------------------------ the target */

static bool is_of(http_slice slice, const char *set)
{
    for (size_t i = 0; i < slice.size; i++) {
        if (!slice.data[i] || !strchr(set, slice.data[i])) {
            return false;
        }
    }
    return slice.size > 0;
}

static bool has_prefix(http_slice slice, const char *prefix)
{
    size_t size = strlen(prefix);

    return slice.size >= size && memcmp(slice.data, prefix, size) == 0;
}

/* Notes the value of a pair that begins with `name`. False: it is there twice,
 * or is no value of this kind. */
static bool take_value(http_slice pair, const char *name, const char *set,
                       http_slice *value)
{
    size_t size = strlen(name);

    if (value->data) {
        return false;
    }
    *value = (http_slice){ pair.data + size, pair.size - size };
    return is_of(*value, set);
}

/* One pair of the query, without the value if that may change. */
static bool take_pair(http_slice pair, http_repeat *request, text *to)
{
    static const char after[] = "after=";
    static const char wait[] = "wait=";

    if (has_prefix(pair, after)) {
        return take_value(pair, after, "0123456789-", &request->after)
               && put(to, after, sizeof(after) - 1);
    }
    if (has_prefix(pair, wait)) {
        return take_value(pair, wait, "0123456789", &request->wait)
               && put(to, wait, sizeof(wait) - 1);
    }
    return put(to, pair.data, pair.size);
}

/* Visible characters; a fragment is no part of a target. */
static bool is_target(http_slice target)
{
    for (size_t i = 0; i < target.size; i++) {
        if (target.data[i] <= ' ' || target.data[i] >= 0x7f
            || target.data[i] == '#') {
            return false;
        }
    }
    return target.size > 0 && target.data[0] == '/';
}

static const char *end_of(const char *from, const char *end, char mark)
{
    const char *found = memchr(from, mark, (size_t)(end - from));

    return found ? found : end;
}

/* A name that is encoded (%61fter) is not found, so that the request is none to
 * be repeated: had it both, httpd has refused it. */
bool http_repeat_target(const http_repeat_keys *keys, http_slice target,
                        http_repeat *request)
{
    text line = { .size = 0 };
    const char mark = TARGET_MARK;
    const char *end = target.data + target.size;
    const char *at;
    bool fits = is_target(target) && put(&line, &mark, 1);

    request->after = request->wait = (http_slice){ NULL, 0 };
    if (!fits) {
        return false;
    }
    at = end_of(target.data, end, '?');
    fits = put(&line, target.data, (size_t)(at - target.data));
    while (fits && at < end) { /* at a `?` or a `&` */
        const char *next = end_of(at + 1, end, '&');

        fits = put(&line, at, 1)
               && take_pair((http_slice){ at + 1, (size_t)(next - at - 1) },
                            request, &line);
        at = next;
    }
    if (!fits || !request->after.data || !request->wait.data) {
        return false;
    }
    add(keys, &line, &request->mark);
    return true;
}

/* ------------------------------------------------------------- the fields */

/* Fields of a body, and those that want something else of the connection. */
static bool is_foreign(http_slice name, http_slice value)
{
    static const char *const foreign[] = {
        "content-length", "transfer-encoding", "upgrade", "expect",
        "trailer", "te", "http2-settings",
    };

    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        if (http_field_is(name, foreign[i])) {
            return true;
        }
    }
    return http_field_is(name, "connection")
           && !http_field_is(value, "keep-alive");
}

bool http_repeat_field(const http_repeat_keys *keys, http_slice name,
                       http_slice value, http_repeat *request)
{
    text line = { .size = 0 };

    value = http_field_trim(value);
    if (is_foreign(name, value) || !put(&line, name.data, name.size)) {
        return false;
    }
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] >= 'A' && line.data[i] <= 'Z') {
            line.data[i] += 'a' - 'A';
        }
    }
    if (!put(&line, ":", 1) || !put(&line, value.data, value.size)) {
        return false;
    }
    add(keys, &line, &request->mark);
    return true;
}

/* --------------------------------------------------------------- the wire */

/* Takes a line off that ends with CR LF, which are no part of it. MORE: it has
 * no end yet. */
static http_repeat_result take_line(http_slice *rest, http_slice *line)
{
    const char *lf = memchr(rest->data, '\n', rest->size);

    if (!lf) {
        return HTTP_REPEAT_MORE;
    }
    if (lf == rest->data || lf[-1] != '\r') {
        return HTTP_REPEAT_OTHER;
    }
    *line = (http_slice){ rest->data, (size_t)(lf - rest->data) - 1 };
    rest->size -= line->size + 2;
    rest->data = lf + 1;
    return HTTP_REPEAT_HEAD;
}

static bool read_request_line(const http_repeat_keys *keys, http_slice line,
                              http_repeat *request)
{
    static const char version[] = " HTTP/1.1";
    const size_t around = sizeof(method) - 1 + sizeof(version) - 1;

    if (line.size < around || !has_prefix(line, method)
        || memcmp(line.data + line.size - (sizeof(version) - 1), version,
                  sizeof(version) - 1) != 0) {
        return false;
    }
    line.data += sizeof(method) - 1;
    line.size -= around;
    return http_repeat_target(keys, line, request);
}

/* RFC 9110 5.6.2 */
static bool is_token(http_slice name)
{
    return is_of(name, "!#$%&'*+-.^_`|~0123456789"
                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static bool is_field_text(http_slice value)
{
    for (size_t i = 0; i < value.size; i++) {
        unsigned char byte = (unsigned char)value.data[i];

        if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool read_field(const http_repeat_keys *keys, http_slice line,
                       http_repeat *request)
{
    const char *colon = memchr(line.data, ':', line.size);
    http_slice name;
    http_slice value;

    if (!colon) {
        return false;
    }
    name = (http_slice){ line.data, (size_t)(colon - line.data) };
    value = (http_slice){ colon + 1, line.size - name.size - 1 };
    return is_token(name) && is_field_text(value)
           && http_repeat_field(keys, name, value, request);
}

/* The lines of a head; of one that is not whole, those that are there. */
static http_repeat_result read_lines(const http_repeat_keys *keys,
                                     http_slice *rest, http_repeat *request)
{
    http_slice line;
    http_repeat_result result = take_line(rest, &line);

    if (result == HTTP_REPEAT_HEAD && !read_request_line(keys, line, request)) {
        return HTTP_REPEAT_OTHER;
    }
    while (result == HTTP_REPEAT_HEAD) {
        result = take_line(rest, &line);
        if (result == HTTP_REPEAT_HEAD && line.size == 0) {
            break;
        }
        if (result == HTTP_REPEAT_HEAD && !read_field(keys, line, request)) {
            result = HTTP_REPEAT_OTHER;
        }
    }
    return result;
}

http_repeat_result http_repeat_read(const http_repeat_keys *keys,
                                    http_slice data, http_repeat *request,
                                    size_t *head)
{
    http_slice rest = data;
    size_t begun = data.size < sizeof(method) - 1 ? data.size
                                                  : sizeof(method) - 1;
    http_repeat_result result;

    if (memcmp(data.data, method, begun) != 0) {
        return HTTP_REPEAT_OTHER; /* before it has sent a line */
    }
    if (rest.size > HTTP_REPEAT_MOST) {
        rest.size = HTTP_REPEAT_MOST;
    }
    *request = (http_repeat){ .mark = { { 0, 0 } } };
    result = read_lines(keys, &rest, request);
    *head = (size_t)(rest.data - data.data);
    return result == HTTP_REPEAT_MORE && data.size >= HTTP_REPEAT_MOST
               ? HTTP_REPEAT_OTHER
               : result;
}
