/* ctl_database.h - what the commands that need no server have in common. */
#ifndef CHATWS_CTL_DATABASE_H
#define CHATWS_CTL_DATABASE_H

#include <stdio.h>

#include "archive/archive.h"
#include "chat/control/chat_control.h"
#include "ctl_options.h"

typedef struct {
    const ctl_options *options;
    archive *archive;
    FILE *input; /* of an import */
    chat_control asked; /* what --site and a room mean */
} ctl_database;

/* Each returns the program's exit status. */
int ctl_database_export(ctl_database *it);
int ctl_database_erase(ctl_database *it);

/* The exit status for this, after the log has said on stderr what it was. */
int ctl_database_status(archive_status status);

#endif
