/* ctl_import.h - brings what was exported into a database. */
#ifndef CHATWS_CTL_IMPORT_H
#define CHATWS_CTL_IMPORT_H

#include "ctl_database.h"

/* Reads the file that the command line names, or standard input. Returns the
 * program's exit status. */
int ctl_import_obey(ctl_database *database);

#endif
