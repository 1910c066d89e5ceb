/* httpd_line.h - a line about the chat on the page of mod_status, where that is
 * loaded. Numbers only: who may see that page is not asked here.
 */
#ifndef CHATWS_HTTPD_LINE_H
#define CHATWS_HTTPD_LINE_H

/* Registers the optional hook; with the hooks of mod_chatws.c. */
void httpd_line_register(void);

#endif
