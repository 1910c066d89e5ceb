/* ctl_import.h - brings what was exported into a database. */
#ifndef CHATWS_CTL_IMPORT_H
#define CHATWS_CTL_IMPORT_H

#include <stdio.h>

#include "ctl_database.h"

/* The file that the command line names, or standard input; NULL, with a word on
 * stderr: it cannot be read. It stays open to the program's end. */
FILE *ctl_import_input(const ctl_options *options);

/* Reads the database's `input`. Returns the program's exit status. */
int ctl_import_obey(ctl_database *database);

#endif
