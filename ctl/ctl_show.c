/* ctl_show.c - see ctl_show.h. */
#include "ctl_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <jansson.h>

static bool progress_shown;

void ctl_show_progress(const ctl_options *options, const char *text)
{
    if (options->quiet || !isatty(STDERR_FILENO)
        || (!*text && !progress_shown)) {
        return;
    }
    fprintf(stderr, "\r%s\033[K", text);
    fflush(stderr);
    progress_shown = *text != '\0';
}

/* Nothing that somebody has typed may steer the terminal. */
static void put_text(const char *text)
{
    for (const unsigned char *at = (const void *)text; *at; at++) {
        bool c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;

        if (*at < 0x20 || *at == 0x7f || c1) {
            putchar('?');
            at += c1;
        }
        else {
            putchar(*at);
        }
    }
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static void show_person(const json_t *person)
{
    put_text(text_of(person, "id"));
    printf(" (");
    put_text(text_of(person, "name"));
    printf(")");
}

static void show_sanctions(const json_t *root)
{
    const json_t *list = json_object_get(root, "sanctions");
    const char *room = text_of(root, "room");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const json_t *rest = json_object_get(one, "for");

        printf("%s ", text_of(one, "kind"));
        show_person(json_object_get(one, "user"));
        printf(" in ");
        put_text(*room ? room : text_of(root, "realm"));
        if (rest) {
            printf(" for %.0f s", json_number_value(rest));
        }
        printf(" by ");
        show_person(json_object_get(one, "by"));
        if (*text_of(one, "reason")) {
            printf(": ");
            put_text(text_of(one, "reason"));
        }
        printf("\n");
    }
}

static void show_room(const json_t *root)
{
    const json_t *members = json_object_get(root, "members");

    put_text(text_of(root, "room"));
    if (members) {
        printf("\t%" JSON_INTEGER_FORMAT " members\t%" JSON_INTEGER_FORMAT
               " messages kept", json_integer_value(members),
               json_integer_value(json_object_get(root, "kept")));
    }
    else if (json_is_true(json_object_get(root, "archived"))) {
        printf("\tin the archive only");
    }
    printf("\n");
}

static void show_status(json_t *root)
{
    const char *name;
    json_t *value;

    json_object_foreach(root, name, value) {
        if (json_is_integer(value)) {
            printf("%-36s %" JSON_INTEGER_FORMAT "\n", name,
                   json_integer_value(value));
        }
        else {
            printf("%-36s %s\n", name, text_of(root, name));
        }
    }
}

static void show_looked(const ctl_options *options, const json_t *root)
{
    char text[120];

    snprintf(text, sizeof(text),
             "about %" JSON_INTEGER_FORMAT " events looked at, %"
             JSON_INTEGER_FORMAT " erased",
             json_integer_value(json_object_get(root, "looked")),
             json_integer_value(json_object_get(root, "erased")));
    ctl_show_progress(options, text);
}

static int show_error(const json_t *root)
{
    static const struct {
        const char *code;
        int status;
    } codes[] = {
        { "bad_request", EX_USAGE },
        { "bad_member", EX_USAGE },
        { "not_found", EX_NOINPUT },
        { "unavailable", EX_TEMPFAIL },
    };
    const char *code = text_of(root, "error");

    fprintf(stderr, "chatwsctl: %s\n", text_of(root, "text"));
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (strcmp(codes[i].code, code) == 0) {
            return codes[i].status;
        }
    }
    return EX_NOPERM;
}

/* What a person wants to know at the end. */
static int show_end(const ctl_options *options, const json_t *root)
{
    const json_t *erased = json_object_get(root, "erased");
    const json_t *realms = json_object_get(root, "realms");

    if (options->json) {
        return EX_OK;
    }
    if (erased) {
        printf("erased: %" JSON_INTEGER_FORMAT " messages and events\n",
               json_integer_value(erased));
    }
    else if (realms && json_integer_value(realms) == 0) {
        printf("nothing to pardon\n");
    }
    return EX_OK;
}

static void show(const ctl_options *options, json_t *root)
{
    if (json_object_get(root, "looked")) {
        show_looked(options, root);
    }
    else if (strcmp(options->command, "status") == 0) {
        show_status(root);
    }
    else if (json_object_get(root, "sanctions")) {
        show_sanctions(root);
    }
    else {
        show_room(root);
    }
}

static void put_raw(const char *line, size_t size)
{
    fwrite(line, 1, size, stdout);
    putchar('\n');
}

int ctl_show_line(const ctl_options *options, const char *line, size_t size)
{
    static const char event[] = "{\"type\":";
    json_t *root;
    int status = -1;

    if (size >= sizeof(event) - 1
        && memcmp(line, event, sizeof(event) - 1) == 0) {
        put_raw(line, size); /* of an export, which may have millions */
        return -1;
    }
    root = json_loadb(line, size, JSON_ALLOW_NUL, NULL);
    if (json_object_get(root, "error")) {
        ctl_show_progress(options, "");
        status = show_error(root);
    }
    else if (json_is_true(json_object_get(root, "end"))) {
        ctl_show_progress(options, "");
        status = show_end(options, root);
    }
    else if (options->json) {
        put_raw(line, size);
    }
    else {
        show(options, root);
    }
    json_decref(root);
    return status;
}

int ctl_show_finish(int status)
{
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == EX_OK) {
        fprintf(stderr, "chatwsctl: the output could not be written\n");
        return EX_IOERR;
    }
    return status;
}
