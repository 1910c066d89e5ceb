/* archive_advice.c - see archive_advice.h. */
#include "archive/archive_advice.h"

#include <stddef.h>
#include <string.h>

/* Of what SQLite, PostgreSQL and MariaDB say. */
static const struct {
    const char *part;
    bool passes;
    const char *advice;
} known[] = {
    { "database is locked", true,
      "another program has it locked: end that" },
    { "table is locked", true, "another program has it locked: end that" },
    { "disk is full", true, "make room on that disk" },
    { "No space left", true, "make room on that disk" },
    { "is full", true, "make room on that disk" },
    { "from storage engine", true, "look at the disk, and whether it is full" },
    { "could not extend", true, "look at the disk, and whether it is full" },
    { "could not write", true, "look at the disk, and whether it is full" },
    { "quota", true, "look at the disk, and whether it is full" },
    { "readonly database", true,
      "let httpd's user write the file and its folder" },
    { "read-only", true, "let it be written to" },
    { "unable to open database file", true,
      "make its folder, or let httpd's user write the file and its folder" },
    { "disk I/O error", true, "look at the disk, and whether it is full" },
    { "malformed", true, "the file is damaged: put a backup in its place" },
    { "put in its place", true,
      "stop httpd before you do that; what the rooms have goes into the new"
      " file" },
    { "not a database", true,
      "the file is something else: name another one" },
    { "password authentication failed", true,
      "correct user and password in ChatArchive" },
    { "Access denied", true, "correct user and password in ChatArchive" },
    { "Peer authentication failed", true,
      "write host=localhost into ChatArchive" },
    { "invalid connection option", true, "correct ChatArchive" },
    { "no password supplied", true, "give the password in ChatArchive" },
    { "Unknown database", true, "create the database" },
    { "does not exist", false, "create the database and its user" },
    { "permission denied", false, "let this user create tables" },
    { "command denied", false, "let this user create tables" },
    { "Connection refused", true, "start the database" },
    { "closed the connection", true,
      "start the database, if it has not done so" },
    { "terminating connection", true,
      "start the database, if it has not done so" },
    { "Lost connection", true, "start the database, if it has not done so" },
    { "gone away", true, "start the database, if it has not done so" },
    { "could not connect", true, "start the database" },
    { "connect to", true, "start the database, or correct its address" },
    { "translate host name", true, "correct the address" },
    { "did not answer", true, "start the database, or see why it is slow" },
    { "timeout", true, "see why the database is slow" },
    { "max_statement_time", true, "see why the database is slow" },
    { "canceling statement", true, "" },
    { "interrupted", true, "" },
    { "deadlock", true, "" },
    { "Deadlock", true, "" },
    { "could not serialize", true, "" },
    { "out of memory", true, "give the database more memory" },
    { "Out of memory", true, "give the database more memory" },
    { "out of shared memory", true, "give the database more memory" },
    { "too many", true, "" },
    { "Too many", true, "" },
    { "shutting down", true, "" },
    { "hutdown", true, "" },
    { "schema has changed", true, "" },
    { "connection to server", true,
      "start the database, or correct its address" },
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

static size_t find(const char *error)
{
    size_t i = 0;

    while (i < KNOWN && strstr(error, known[i].part) == NULL) {
        i++;
    }
    return i;
}

const char *archive_advice_of(const char *error)
{
    size_t i = find(error);

    return i < KNOWN ? known[i].advice : "";
}

bool archive_advice_passes(const char *error)
{
    size_t i = find(error);

    return i < KNOWN && known[i].passes;
}
