/* http_import.h - what a JavaScript module imports and exports (ECMA-262 16.2),
 * as far as our own files say it: each static import or export stands at the
 * beginning of a line.
 *
 * Used by the versions of the bundled files. Pure.
 */
#ifndef CHATWS_HTTP_IMPORT_H
#define CHATWS_HTTP_IMPORT_H

#include <stdbool.h>

#include "http/http_field.h"

/* Takes the next static import of a relative file ("./x.js", "../x.js") from
 * the front of `text`. False when there is none left. What is imported
 * dynamically is loaded only when it is needed, and does not count. */
bool http_import_next(http_slice *text, http_slice *specifier);

/* True for a module: it imports or exports something. */
bool http_import_is_module(http_slice text);

/* True when it has a default export, which `export *` leaves out. */
bool http_import_has_default(http_slice text);

#endif
