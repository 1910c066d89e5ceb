/* httpd_tree.c - one version of the bundled files; see httpd_tree.h. */
#include "httpd/assets/httpd_tree.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_sha1.h>
#include <apr_strings.h>

#include "base/base_hash.h"
#include "http/http_import.h"

#define PLAIN "abcdefghijklmnopqrstuvwxyz0123456789_.-"
#define PRELOAD "<link rel=\"modulepreload\" href=\""

/* An owner's own files: larger ones are not kept in memory, and more are not
 * served. */
#define BODY_MOST (1 << 20)
#define FILES_MOST 2000

/* Part of each version: another one when the texts that are made here change.
 */
#define FORM "1"

/* Files with any other extension are not served. */
static const struct {
    const char *extension;
    const char *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".json", "application/json" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".ico", "image/x-icon" },
};

/* A walk through the folder. */
typedef struct {
    const char *folder;
    apr_pool_t *pool;
    apr_array_header_t *files; /* of httpd_tree_file */
    httpd_tree_state state;
} walk;

/* A tree that is being made. */
typedef struct {
    httpd_tree *tree;
    bool *seen; /* a mark for each file */
    apr_array_header_t *text; /* of const char *: what is written */
} making;

const char *httpd_tree_type(const char *name)
{
    const char *file = name;
    const char *dot;

    if (name[strspn(name, PLAIN)] == '/') {
        file += strspn(name, PLAIN) + 1;
    }
    dot = strrchr(file, '.');
    if (!dot || name[0] == '.' || file[0] == '.' || file[strspn(file, PLAIN)]) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(dot, types[i].extension) == 0) {
            return types[i].type;
        }
    }
    return NULL;
}

/* The sum does not depend on the order in which the folder is read. */
static void add_state(walk *all, const char *name, const apr_finfo_t *info)
{
    static const base_hash_key key = { 0, 0 };
    struct {
        uint64_t name;
        int64_t size, mtime, ctime;
        uint64_t inode;
    } facts = { .name = base_hash(&key, name, strlen(name)),
                .mtime = info->mtime,
                .ctime = info->ctime };

    if (info->filetype == APR_REG) {
        facts.size = info->size;
        facts.inode = (uint64_t)info->inode;
    }
    all->state.signature += base_hash(&key, &facts, sizeof(facts));
    if (info->ctime > all->state.changed) {
        all->state.changed = info->ctime;
    }
}

static void add_file(walk *all, const char *name, const apr_finfo_t *info)
{
    if (httpd_tree_type(name) && all->files->nelts < FILES_MOST) {
        add_state(all, name, info);
        APR_ARRAY_PUSH(all->files, httpd_tree_file)
            = (httpd_tree_file){ .name = name,
                                 .size = (apr_size_t)info->size,
                                 .mtime = info->mtime };
    }
}

/* Reads a folder and, from the top one, the folders in it. Links are followed:
 * an installation may be one of links to another. */
static bool walk_folder(walk *all, const char *below)
{
    const apr_int32_t wanted = APR_FINFO_TYPE | APR_FINFO_SIZE | APR_FINFO_MTIME
                               | APR_FINFO_CTIME | APR_FINFO_INODE;
    const char *path = apr_pstrcat(all->pool, all->folder, "/", below, NULL);
    apr_finfo_t info;
    apr_dir_t *dir;

    if (apr_stat(&info, path, wanted, all->pool) != APR_SUCCESS
        || apr_dir_open(&dir, path, all->pool) != APR_SUCCESS) {
        return false;
    }
    add_state(all, below, &info);
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        const char *name = apr_pstrcat(all->pool, below, info.name, NULL);

        if (info.name[0] == '.' || info.name[strspn(info.name, PLAIN)]
            || apr_stat(&info,
                        apr_pstrcat(all->pool, all->folder, "/", name, NULL),
                        wanted, all->pool)
                   != APR_SUCCESS) {
            continue;
        }
        if (info.filetype == APR_REG) {
            add_file(all, name, &info);
        }
        else if (info.filetype == APR_DIR && !below[0]) {
            (void)walk_folder(all, apr_pstrcat(all->pool, name, "/", NULL));
        }
    }
    apr_dir_close(dir);
    return true;
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const httpd_tree_file *)one)->name,
                  ((const httpd_tree_file *)other)->name);
}

/* Everything in the folder, without what the files say. */
static bool walk_all(const char *folder, apr_pool_t *pool, walk *all)
{
    *all = (walk){ .folder = folder,
                   .pool = pool,
                   .files = apr_array_make(pool, 100,
                                           sizeof(httpd_tree_file)) };
    if (!walk_folder(all, "") || all->files->nelts == 0) {
        return false;
    }
    qsort(all->files->elts, (size_t)all->files->nelts, sizeof(httpd_tree_file),
          by_name);
    return true;
}

bool httpd_tree_look(const char *folder, apr_pool_t *scratch,
                     httpd_tree_state *state)
{
    walk all;
    bool good = walk_all(folder, scratch, &all);

    *state = all.state;
    return good;
}

const httpd_tree_file *httpd_tree_find(const httpd_tree *tree,
                                       const char *name)
{
    httpd_tree_file wanted = { .name = name };

    return bsearch(&wanted, tree->files, (size_t)tree->count, sizeof(wanted),
                   by_name);
}

/* Reads a file of exactly its size; NUL-terminated. */
static apr_status_t read_body(const char *folder, httpd_tree_file *file,
                              apr_pool_t *pool)
{
    char *body = apr_palloc(pool, file->size + 1);
    apr_file_t *opened;
    apr_size_t got = 0;
    apr_status_t status
        = apr_file_open(&opened,
                        apr_pstrcat(pool, folder, "/", file->name, NULL),
                        APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT,
                        pool);

    if (status == APR_SUCCESS) {
        status = apr_file_read_full(opened, body, file->size, &got);
        apr_file_close(opened);
        body[got] = '\0';
        file->body = body;
    }
    return status;
}

static void add_digest(apr_sha1_ctx_t *sha, const httpd_tree *tree,
                       const httpd_tree_file *file)
{
    const char *facts = apr_psprintf(tree->pool, "%s %" APR_SIZE_T_FMT,
                                     file->name, file->size);

    apr_sha1_update(sha, facts, (unsigned)strlen(facts) + 1);
    if (file->body) {
        apr_sha1_update(sha, file->body, (unsigned)file->size);
    }
    else {
        apr_sha1_update_binary(sha, (const unsigned char *)&file->mtime,
                               sizeof(file->mtime));
    }
}

/* Pages link to one another, and so do modules: a version is a name for all
 * files together, or half of an upgrade could be loaded with half of another.
 *
 * Reads the bodies, and names the version after them. One that somebody else
 * may read only is left out: it would else keep all others as they were. */
static bool read_files(httpd_tree *tree, const char *folder)
{
    unsigned char digest[APR_SHA1_DIGESTSIZE];
    apr_sha1_ctx_t sha;
    int kept = 0;

    apr_sha1_init(&sha);
    apr_sha1_update(&sha, FORM, sizeof(FORM));
    for (int i = 0; i < tree->count; i++) {
        httpd_tree_file file = tree->files[i];
        apr_status_t status = file.size <= BODY_MOST
                                  ? read_body(folder, &file, tree->pool)
                                  : APR_SUCCESS;

        if (APR_STATUS_IS_EACCES(status)) {
            tree->denied = file.name;
            continue;
        }
        if (status != APR_SUCCESS) {
            return false;
        }
        add_digest(&sha, tree, &file);
        tree->files[kept++] = file;
    }
    tree->count = kept;
    apr_sha1_final(digest, &sha);
    apr_snprintf(tree->version, sizeof(tree->version),
                 "v-%02x%02x%02x%02x%02x%02x%02x%02x", digest[0], digest[1],
                 digest[2], digest[3], digest[4], digest[5], digest[6],
                 digest[7]);
    return kept > 0;
}

/* The texts that have a version's name in them are made once, when it is known,
 * so that to serve a file is to send what lies there. */
static void write_text(making *made, const char *text)
{
    APR_ARRAY_PUSH(made->text, const char *) = text;
}

/* What has been written since, as one text. */
static const char *take_text(making *made, apr_size_t *size)
{
    const char *text = apr_array_pstrcat(made->tree->pool, made->text, '\0');

    *size = strlen(text);
    apr_array_clear(made->text);
    memset(made->seen, 0, (size_t)made->tree->count * sizeof(*made->seen));
    return text;
}

/* The module that `file` means by "./x.js", "../x.js" or "../folder/x.js". */
static const httpd_tree_file *resolve(const httpd_tree *tree,
                                      const httpd_tree_file *file,
                                      http_slice specifier)
{
    const char *slash = strchr(file->name, '/');
    char *name;

    if (specifier.size > 3 && memcmp(specifier.data, "../", 3) == 0) {
        if (!slash) {
            return NULL;
        }
        name = apr_pstrmemdup(tree->pool, specifier.data + 3,
                              specifier.size - 3);
    }
    else {
        name = apr_pstrcat(tree->pool,
                           slash ? apr_pstrmemdup(tree->pool, file->name,
                                                  (apr_size_t)(slash + 1
                                                               - file->name))
                                 : "",
                           apr_pstrmemdup(tree->pool, specifier.data + 2,
                                          specifier.size - 2),
                           NULL);
    }
    return httpd_tree_find(tree, name);
}

/* Writes `before` NAME `after` for the module and for all that it imports. */
static void write_imports(making *made, const httpd_tree_file *file,
                          const char *before, const char *after)
{
    http_slice rest = { file->body, file->size };
    http_slice specifier;

    if (!file->body || made->seen[file - made->tree->files]) {
        return;
    }
    made->seen[file - made->tree->files] = true;
    write_text(made, before);
    write_text(made, file->name);
    write_text(made, after);
    while (http_import_next(&rest, &specifier)) {
        const httpd_tree_file *other = resolve(made->tree, file, specifier);

        if (other) {
            write_imports(made, other, before, after);
        }
    }
}

/* The first import is the module itself: the others are there when it asks for
 * them, in its order. */
static void open_module(making *made, httpd_tree_file *file)
{
    http_slice text = { file->body, file->size };
    const char *path = apr_pstrcat(made->tree->pool, "'",
                                   strchr(file->name, '/') ? "../" : "./",
                                   made->tree->version, "/", NULL);

    if (!http_import_is_module(text)) {
        return; /* a script of an owner */
    }
    write_text(made, "export * from ");
    write_text(made, path);
    write_text(made, file->name);
    write_text(made, "';\n");
    if (http_import_has_default(text)) {
        write_text(made, "export { default } from ");
        write_text(made, path);
        write_text(made, file->name);
        write_text(made, "';\n");
    }
    write_imports(made, file, apr_pstrcat(made->tree->pool, "import ", path,
                                          NULL), "';\n");
    file->open = take_text(made, &file->open_size);
}

/* A line that preloads one module of the version, for all that it imports. Each
 * names what it imports only when it has arrived: a page that names them all
 * saves a round trip for each step of that. */
static bool open_preload(making *made, const char *line)
{
    apr_pool_t *pool = made->tree->pool;
    const char *href = line + strlen(PRELOAD);
    const char *end = strncmp(line, PRELOAD, strlen(PRELOAD)) == 0
                          ? strchr(href, '"') : NULL;
    const char *mark = strstr(line, HTTPD_TREE_MARK "/");
    const char *name = mark ? mark + strlen(HTTPD_TREE_MARK "/") : NULL;
    const httpd_tree_file *file
        = end && name && name < end
              ? httpd_tree_find(made->tree,
                                apr_pstrmemdup(pool, name,
                                               (apr_size_t)(end - name)))
              : NULL;

    if (file) {
        write_imports(made, file,
                      apr_pstrcat(pool,
                                  apr_pstrmemdup(pool, line,
                                                 (apr_size_t)(mark - line)),
                                  made->tree->version, "/", NULL), "\">\n");
    }
    return file != NULL;
}

static void open_line(making *made, char *line)
{
    char *mark;

    if (open_preload(made, line)) {
        return;
    }
    while ((mark = strstr(line, HTTPD_TREE_MARK)) != NULL) {
        *mark = '\0';
        write_text(made, line);
        write_text(made, made->tree->version);
        line = mark + strlen(HTTPD_TREE_MARK);
    }
    write_text(made, line);
    write_text(made, "\n");
}

static void open_page(making *made, httpd_tree_file *file)
{
    char *line = apr_pstrmemdup(made->tree->pool, file->body, file->size);
    char *end;

    while ((end = strchr(line, '\n')) != NULL) {
        *end = '\0';
        open_line(made, line);
        line = end + 1;
    }
    if (*line) {
        open_line(made, line);
    }
    file->open = take_text(made, &file->open_size);
}

static void open_files(httpd_tree *tree)
{
    making made = { .tree = tree };

    made.seen = apr_pcalloc(tree->pool,
                            (apr_size_t)tree->count * sizeof(*made.seen));
    made.text = apr_array_make(tree->pool, 200, sizeof(const char *));
    for (int i = 0; i < tree->count; i++) {
        httpd_tree_file *file = &tree->files[i];
        const char *dot = strrchr(file->name, '.');

        if (file->body && strcmp(dot, ".html") == 0) {
            open_page(&made, file);
        }
        else if (file->body && strcmp(dot, ".js") == 0) {
            open_module(&made, file);
        }
    }
}

httpd_tree *httpd_tree_read(const char *folder, apr_pool_t *parent)
{
    httpd_tree_state after;
    httpd_tree *tree;
    apr_pool_t *pool;
    walk all;

    if (apr_pool_create(&pool, parent) != APR_SUCCESS) {
        return NULL;
    }
    apr_pool_tag(pool, apr_pstrdup(pool, "chatws_assets"));
    tree = apr_pcalloc(pool, sizeof(*tree));
    tree->pool = pool;
    tree->reader = getpid();
    if (walk_all(folder, pool, &all)) {
        tree->files = (httpd_tree_file *)all.files->elts;
        tree->count = all.files->nelts;
        tree->state = all.state;
        if (read_files(tree, folder) && httpd_tree_look(folder, pool, &after)
            && after.signature == tree->state.signature) {
            open_files(tree);
            return tree;
        }
    }
    apr_pool_destroy(pool);
    return NULL;
}
