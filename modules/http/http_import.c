/* http_import.c - imports and exports of a module; see http_import.h. */
#include "http/http_import.h"

#include <string.h>

/* Removes spaces and line ends from the front. */
static void skip_space(http_slice *text)
{
    while (text->size && strchr(" \t\r\n", text->data[0])) {
        text->data++;
        text->size--;
    }
}

static bool begins(http_slice text, const char *word)
{
    size_t size = strlen(word);

    return text.size >= size && memcmp(text.data, word, size) == 0;
}

static void skip(http_slice *text, size_t size)
{
    text->data += size;
    text->size -= size;
}

/* To the begin of the next line; false at the end of the text. */
static bool next_line(http_slice *text)
{
    const char *end = text->size ? memchr(text->data, '\n', text->size) : NULL;

    if (!end) {
        return false;
    }
    skip(text, (size_t)(end - text->data) + 1);
    return true;
}

/* The text in quotes at the front, if it is the name of a file beside. */
static bool take_specifier(http_slice text, http_slice *specifier)
{
    const char *end;

    skip_space(&text);
    if (!text.size || (text.data[0] != '\'' && text.data[0] != '"')) {
        return false;
    }
    end = memchr(text.data + 1, text.data[0], text.size - 1);
    if (!end) {
        return false;
    }
    specifier->data = text.data + 1;
    specifier->size = (size_t)(end - specifier->data);
    return !memchr(specifier->data, '\n', specifier->size)
           && (begins(*specifier, "./") || begins(*specifier, "../"));
}

static bool begins_statement(http_slice line)
{
    return begins(line, "import") || begins(line, "export");
}

/* What follows `from` in "{ a, b } from './x.js'" or "* as x from './x.js'". A
 * statement that ends before, also without a semicolon, has none. The text has
 * something in front of it. */
static bool find_from(http_slice text, http_slice *specifier)
{
    while (text.size && !strchr(";=('\"", text.data[0])) {
        if (text.data[-1] == '\n' && begins_statement(text)) {
            return false;
        }
        if (begins(text, "from") && text.size > 4
            && strchr(" '\"\r\n", text.data[4])) {
            skip(&text, 4);
            return take_specifier(text, specifier);
        }
        skip(&text, 1);
    }
    return false;
}

static bool read_statement(http_slice line, http_slice *specifier)
{
    bool imports = begins(line, "import");

    /* Six letters, then what cannot go on a word: "imports", "import(". */
    if (!begins_statement(line) || line.size < 7
        || !strchr(" \t\r\n{*'\"", line.data[6])) {
        return false;
    }
    skip(&line, 6);
    skip_space(&line);
    if (imports && take_specifier(line, specifier)) {
        return true;
    }
    if (!imports && !begins(line, "{") && !begins(line, "*")) {
        return false; /* it exports something of its own */
    }
    return find_from(line, specifier);
}

bool http_import_next(http_slice *text, http_slice *specifier)
{
    while (text->size) {
        bool found = read_statement(*text, specifier);

        if (!next_line(text)) {
            text->size = 0;
        }
        if (found) {
            return true;
        }
    }
    return false;
}

bool http_import_is_module(http_slice text)
{
    do {
        if (begins(text, "import ") || begins(text, "import{")
            || begins(text, "import'") || begins(text, "import\"")
            || begins(text, "export ") || begins(text, "export{")
            || begins(text, "export*")) {
            return true;
        }
    } while (next_line(&text));
    return false;
}

/* True when the braces at the front name it: "x as default", "default". */
static bool names_default(http_slice text)
{
    skip_space(&text);
    if (!begins(text, "{")) {
        return false;
    }
    for (; text.size && text.data[0] != '}'; skip(&text, 1)) {
        if (begins(text, "default") && !begins(text, "default as ")) {
            return true;
        }
    }
    return false;
}

bool http_import_has_default(http_slice text)
{
    do {
        http_slice rest = text;

        if (!begins(rest, "export")) {
            continue;
        }
        skip(&rest, 6);
        if (begins(rest, " default") || names_default(rest)) {
            return true;
        }
    } while (next_line(&text));
    return false;
}
