/* httpd_login.c - httpd's own login; see httpd_login.h. */
#include "httpd/gate/httpd_login.h"

#include <string.h>

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_session.h>

/* The location's way to log in; NULL: none. */
static const char *way_of(request_rec *r)
{
    const char *type = ap_auth_type(r);

    return type && ap_cstr_casecmp(type, "None") != 0 ? type : NULL;
}

bool httpd_login_is(request_rec *r)
{
    return way_of(r) != NULL;
}

/* A credential of another scheme is meant for something else, as by a script
 * that adds its own to every request: whoever may be a guest is not refused for
 * that. What a module of somebody else's takes is not known here. */
static bool fits(request_rec *r, const char *type, const char *credential)
{
    const char *rest = credential;
    const char *scheme = ap_getword_white(r->pool, &rest);

    return (ap_cstr_casecmp(type, "Basic") != 0
            && ap_cstr_casecmp(type, "Digest") != 0)
           || ap_cstr_casecmp(type, scheme) == 0;
}

/* As mod_auth_form keeps it, by which session and realm name the user. */
static bool has_session(request_rec *r)
{
    APR_OPTIONAL_FN_TYPE(ap_session_load) *load
        = APR_RETRIEVE_OPTIONAL_FN(ap_session_load);
    APR_OPTIONAL_FN_TYPE(ap_session_get) *get
        = APR_RETRIEVE_OPTIONAL_FN(ap_session_get);
    const char *realm = ap_auth_name(r);
    const char *user = NULL;
    session_rec *session = NULL;

    if (!load || !get || !realm || load(r, &session) != APR_SUCCESS
        || !session) {
        return false;
    }
    get(r, session, apr_pstrcat(r->pool, realm, "-" MOD_SESSION_USER, NULL),
        &user);
    return user != NULL;
}

/* As httpd does it for a location that requires a user; mod_authn_core logs it
 * if no module looks at that AuthType. Some set r->user before they look. */
static int check_user(request_rec *r)
{
    int status = ap_run_check_user_id(r);

    if (status != OK) {
        r->user = NULL;
    }
    return status == DECLINED ? HTTP_INTERNAL_SERVER_ERROR : status;
}

int httpd_login_look(request_rec *r)
{
    const char *type = r->user ? NULL : way_of(r);
    const char *credential = apr_table_get(r->headers_in, "Authorization");

    if (type && ((credential && fits(r, type, credential))
                 || has_session(r))) {
        return check_user(r);
    }
    return OK;
}

int httpd_login_answer(request_rec *r, const httpd_dir_config *config,
                       const httpd_room *room)
{
    /* With two slashes in front it would be another host. */
    const char *path = r->uri + strspn(r->uri, "/") - 1;
    int status = !r->user && way_of(r) ? check_user(r) : OK;

    (void)config;
    (void)room;
    if (status != OK) {
        return status;
    }
    if (!r->user) {
        return httpd_answer_refuse(r, &(httpd_refusal){
            .error = CHAT_NOT_FOUND,
            .sentence = "There is no login at this place (AuthType)." });
    }
    apr_table_setn(r->headers_out, "Location", ap_escape_uri(r->pool, path));
    httpd_answer_headers(r);
    ap_set_content_length(r, 0);
    r->status = HTTP_SEE_OTHER;
    return OK;
}
