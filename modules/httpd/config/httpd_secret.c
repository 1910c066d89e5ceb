/* httpd_secret.c - see httpd_secret.h. */
#include "httpd/config/httpd_secret.h"

#include <apr_file_io.h>
#include <apr_strings.h>

#define OTHERS (APR_FPROT_WREAD | APR_FPROT_WWRITE | APR_FPROT_WEXECUTE)

/* NULL with a reason. */
static apr_file_t *open_file(httpd_arguments *given, const char *path,
                             apr_finfo_t *info)
{
    apr_file_t *file = NULL;
    apr_status_t status = apr_stat(info, path, APR_FINFO_NORM, given->pool);

    /* Not a pipe: to open one waits. */
    if (status == APR_SUCCESS && info->filetype != APR_REG) {
        status = APR_EINVAL;
    }
    if (status == APR_SUCCESS) {
        status = apr_file_open(&file, path, APR_FOPEN_READ, 0, given->pool);
    }
    if (status == APR_SUCCESS) {
        status = apr_file_info_get(info, APR_FINFO_NORM, file);
    }
    if (status != APR_SUCCESS) {
        char text[120];

        given->why = apr_psprintf(given->pool, "%s cannot be read: %s", path,
                                  apr_strerror(status, text, sizeof(text)));
        return NULL;
    }
    if (info->protection & OTHERS) {
        given->why = apr_psprintf(given->pool,
                                  "%s is open to everybody on this machine: "
                                  "close it with chmod o= %s", path, path);
        apr_file_close(file);
        return NULL;
    }
    return file;
}

bool httpd_secret_read(httpd_arguments *given, const char *path, char *out,
                       size_t most, size_t *size)
{
    apr_finfo_t info;
    apr_file_t *file = open_file(given, path, &info);
    apr_status_t status;

    if (!file) {
        return false;
    }
    *size = 0;
    status = apr_file_read_full(file, out, most, size);
    apr_file_close(file);
    if ((status != APR_SUCCESS && status != APR_EOF) || *size >= most) {
        given->why = apr_psprintf(given->pool, "%s is longer than %d bytes, or "
                                  "cannot be read", path, (int)most - 1);
        return false;
    }
    return true;
}
