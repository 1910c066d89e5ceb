/* httpd_config.c - the records that hold for a request or a server; see
 * httpd_config.h. */
#include "httpd/config/httpd_config.h"

APLOG_USE_MODULE(chatws);

const httpd_dir_config *httpd_config_of(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &chatws_module);
}

const httpd_server_config *httpd_config_server(const server_rec *main_server)
{
    return ap_get_module_config(main_server->module_config, &chatws_module);
}
