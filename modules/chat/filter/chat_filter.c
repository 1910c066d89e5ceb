/* chat_filter.c - unwanted words; see chat_filter.h. */
#include "chat/filter/chat_filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_utf8.h"
#include "chat/chat_unicode.h"
#include "chat/filter/chat_folded.h"
#include "chat/filter/chat_letters.h"
#include "chat/filter/chat_trie.h"

struct chat_filter {
    chat_trie *at_start; /* words that begin where a word begins */
    chat_trie *anywhere; /* those that begin within one, too */
    const chat_filter_patterns *patterns;
    base_bytes regexes; /* of void * */
};

/* A list that is being read. */
typedef struct {
    chat_filter *filter;
    base_bytes letters;  /* of all words, one after the other */
    base_bytes words[2]; /* of entry: at_start, anywhere */
    size_t count;
} reader;

typedef struct {
    size_t at; /* in the letters */
    size_t size;
    int ends;
} entry;

/* A text that is looked at. */
typedef struct {
    const chat_filter *filter;
    chat_folded folded;
    unsigned char *marks; /* for each byte of the original: 1, unwanted; or
                             NULL: the first one found is enough */
    size_t start;         /* of the letters that were found last: nothing is */
    size_t end;           /* marked again for each word within a long one */
    bool found;
} search;

static const char *add_regex(reader *into, const char *line, size_t size)
{
    const chat_filter_patterns *patterns = into->filter->patterns;
    void *regex = NULL;
    char *pattern;

    if (size < 3 || line[size - 1] != '/') {
        return "a pattern ends with a slash: /regex/";
    }
    if (memchr(line, '\0', size)) {
        return "it has a NUL";
    }
    pattern = strndup(line + 1, size - 2);
    BASE_CHECK(pattern != NULL);
    regex = patterns ? patterns->compile(pattern) : NULL;
    free(pattern);
    if (!regex) {
        return "this is no regular expression";
    }
    base_bytes_append(&into->filter->regexes, &regex, sizeof(regex));
    return NULL;
}

/* A script without spaces has no whole words: what is written in it is found
 * anywhere, and nothing around it belongs to it. */
static const char *add_letters(reader *into, const base_bytes *letters,
                               bool open_start, bool open_end)
{
    size_t last = letters->len;
    entry word = { .at = into->letters.len, .size = letters->len };

    if (letters->len == 0) {
        return "it has no letter and no digit";
    }
    if (letters->len > CHAT_FILTER_WORD_BYTES) {
        return "it is too long";
    }
    do { /* the last character */
        last--;
    } while ((letters->data[last] & 0xC0) == 0x80);
    open_start = open_start || chat_letters_unspaced(letters, 0);
    open_end = open_end || chat_letters_unspaced(letters, last);
    word.ends = open_end ? CHAT_TRIE_OPEN : CHAT_TRIE_CLOSED;
    base_bytes_append(&into->letters, letters->data, letters->len);
    base_bytes_append(&into->words[open_start], &word, sizeof(word));
    into->count++;
    return NULL;
}

static const char *add_word(reader *into, const char *line, size_t size)
{
    bool open_start = line[0] == '*';
    bool open_end = size > 1 && line[size - 1] == '*';
    const char *why;
    chat_folded folded;
    chat_letters letters;

    line += open_start;
    size -= (size_t)open_start + (size_t)open_end;
    if (memchr(line, '*', size)) {
        return "\"*\" stands at the beginning or the end only";
    }
    if (into->count == CHAT_FILTER_WORDS) {
        return "the list is too long";
    }
    chat_folded_init(&folded, line, size);
    chat_letters_init(&letters, &folded.text, true);
    why = add_letters(into, &letters.text, open_start, open_end);
    chat_letters_destroy(&letters);
    chat_folded_destroy(&folded);
    return why;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f'
           || byte == '\v';
}

/* NULL, or why the line is left out. */
static const char *add_line(reader *into, const char *line, size_t size)
{
    while (size > 0 && is_blank(line[size - 1])) {
        size--;
    }
    while (size > 0 && is_blank(*line)) {
        line++;
        size--;
    }
    if (size == 0 || *line == '#') {
        return NULL;
    }
    if (!base_utf8_valid(line, size)) {
        return "it is no UTF-8";
    }
    return *line == '/' ? add_regex(into, line, size)
                        : add_word(into, line, size);
}

static chat_trie *build(const reader *from, bool anywhere)
{
    const entry *entries
        = (const entry *)(const void *)from->words[anywhere].data;
    size_t count = from->words[anywhere].len / sizeof(entry);
    chat_trie_word *words = calloc(count + 1, sizeof(*words));
    chat_trie *trie;

    BASE_CHECK(words != NULL);
    for (size_t i = 0; i < count; i++) {
        words[i] = (chat_trie_word){ from->letters.data + entries[i].at,
                                     entries[i].size, entries[i].ends };
    }
    trie = chat_trie_build(words, count);
    free(words);
    return trie;
}

static void add_lines(reader *into, const char *at, const char *end,
                      chat_filter_fault *fault)
{
    for (unsigned number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *why;

        stop = stop ? stop : end;
        why = add_line(into, at, (size_t)(stop - at));
        if (why && fault->lines++ == 0) {
            fault->line = number;
            fault->why = why;
        }
        at = stop + 1;
    }
}

chat_filter *chat_filter_read(const void *text, size_t size,
                              const chat_filter_patterns *patterns,
                              chat_filter_fault *fault)
{
    size_t mark = base_utf8_mark(text, size);
    reader into = { .filter = calloc(1, sizeof(chat_filter)) };

    BASE_CHECK(into.filter != NULL);
    into.filter->patterns = patterns;
    *fault = (chat_filter_fault){ 0, 0, NULL };
    add_lines(&into, (const char *)text + mark, (const char *)text + size,
              fault);
    into.filter->at_start = build(&into, false);
    into.filter->anywhere = build(&into, true);
    base_bytes_free(&into.letters);
    base_bytes_free(&into.words[false]);
    base_bytes_free(&into.words[true]);
    return into.filter;
}

void chat_filter_tell(const chat_filter_fault *fault, base_bytes *text)
{
    base_bytes_append_format(text, "%u line%s line %u: %s", fault->lines,
                             fault->lines == 1 ? " is left out:"
                                               : "s are left out; the first is",
                             fault->line, fault->why);
}

/* The bytes of the folded text are unwanted. */
static void mark(search *in, size_t start, size_t end)
{
    size_t from;
    size_t to;

    in->found = true;
    if (in->marks) {
        chat_folded_origin(&in->folded, start, end, &from, &to);
        memset(in->marks + from, 1, to - from);
    }
}

/* A word of the list stands there. With a "*" it is one with what is around it,
 * up to the ends of the word in the text. */
static void mark_word(search *in, const chat_letters *letters, size_t start,
                      size_t end, bool inside, bool open)
{
    const base_bytes *text = &letters->text;
    size_t last = end;
    size_t from;
    size_t to;

    if (start >= in->start && end <= in->end) {
        return;
    }
    do {
        last--;
    } while ((text->data[last] & 0xC0) == 0x80);
    if (inside && !chat_letters_unspaced(text, start)) {
        while (start > 0 && text->data[start - 1] != ' ') {
            start--;
        }
    }
    if (open && !chat_letters_unspaced(text, last)) {
        while (end < text->len && text->data[end] != ' ') {
            end++;
        }
    }
    in->start = start;
    in->end = end;
    chat_letters_origin(letters, start, end, &from, &to);
    mark(in, from, to);
}

static void find_in(search *in, const chat_trie *trie,
                    const chat_letters *letters, size_t at)
{
    bool open = false;
    size_t end = trie ? chat_trie_find(trie, letters->text.data,
                                       letters->text.len, at, &open)
                      : at;

    if (end > at) {
        mark_word(in, letters, at, end, trie == in->filter->anywhere, open);
    }
}

static void find_words(search *in, const chat_letters *letters)
{
    const unsigned char *text = letters->text.data;
    bool first = true; /* a word begins here */

    in->start = in->end = 0;
    for (size_t at = 0; at < letters->text.len; at++) {
        if (in->found && !in->marks) {
            return;
        }
        if (text[at] != ' ' && first) {
            find_in(in, in->filter->at_start, letters, at);
        }
        if (text[at] != ' ' && (text[at] & 0xC0) != 0x80) {
            find_in(in, in->filter->anywhere, letters, at);
        }
        first = text[at] == ' ';
    }
}

static void find_patterns(search *in)
{
    const chat_filter_patterns *patterns = in->filter->patterns;
    void *const *regexes
        = (void *const *)(const void *)in->filter->regexes.data;
    const char *text = (const char *)in->folded.text.data;
    size_t size = in->folded.text.len;

    for (size_t i = 0; i < in->filter->regexes.len / sizeof(void *); i++) {
        size_t start;
        size_t end;
        size_t at = 0;

        while (at < size && !(in->found && !in->marks)
               && patterns->find(regexes[i], text + at, size - at, at > 0,
                                 &start, &end)) {
            if (end > start) {
                mark(in, at + start, at + end);
            }
            at += end > start ? end : end + 1; /* an empty match is none */
            while (at < size && (text[at] & 0xC0) == 0x80) {
                at++;
            }
        }
    }
}

/* Twice: the sign of "damn!" is none of the word, those of "d@mn" are. */
static void find_all(search *in, const void *text, size_t size)
{
    chat_letters letters;
    bool again;

    chat_folded_init(&in->folded, text, size);
    chat_letters_init(&letters, &in->folded.text, false);
    again = letters.signs;
    find_words(in, &letters);
    chat_letters_destroy(&letters);
    if (again) {
        chat_letters_init(&letters, &in->folded.text, true);
        find_words(in, &letters);
        chat_letters_destroy(&letters);
    }
    base_bytes_append(&in->folded.text, "", 1);
    in->folded.text.len--;
    find_patterns(in);
    chat_folded_destroy(&in->folded);
}

bool chat_filter_finds(const chat_filter *filter, const void *text, size_t size)
{
    search in = { .filter = filter };

    find_all(&in, text, size);
    return in.found;
}

/* In place: '*' is no longer than any character. */
static void write_stars(base_bytes *text, const unsigned char *marks)
{
    size_t to = 0;

    for (size_t at = 0; at < text->len; at++) {
        if (!marks[at]) {
            text->data[to++] = text->data[at];
        }
        else if ((text->data[at] & 0xC0) != 0x80) {
            text->data[to++] = '*';
        }
    }
    text->len = to;
}

bool chat_filter_mask(const chat_filter *filter, base_bytes *text)
{
    search in = { .filter = filter, .marks = calloc(1, text->len + 1) };

    BASE_CHECK(in.marks != NULL);
    find_all(&in, text->data, text->len);
    if (in.found) {
        write_stars(text, in.marks);
    }
    free(in.marks);
    return in.found;
}

void chat_filter_free(chat_filter *filter)
{
    void **regexes;

    if (!filter) {
        return;
    }
    regexes = (void **)(void *)filter->regexes.data;
    for (size_t i = 0; i < filter->regexes.len / sizeof(void *); i++) {
        filter->patterns->release(regexes[i]);
    }
    base_bytes_free(&filter->regexes);
    chat_trie_free(filter->at_start);
    chat_trie_free(filter->anywhere);
    free(filter);
}
