/* ctl_options.c - see ctl_options.h. */
#include "ctl_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const char usage[] =
    "Usage: chatwsctl [OPTION]... COMMAND [ARGUMENT]\n"
    "Looks after the rooms of mod_chatws.\n"
    "\n"
    "  status            counters of the server\n"
    "  rooms             the rooms, SITE/PATH each\n"
    "  export ROOM       all messages and events of a room, as lines of JSON\n"
    "  export --all      all rooms, with --archive\n"
    "  import [FILE]     brings in what was exported, with --archive\n"
    "  erase USER        whatever a user has said, and the name, everywhere\n"
    "  mute USER         may read, not speak\n"
    "  ban USER          may not enter\n"
    "  kick USER         must leave the room of --room; may come back\n"
    "  pardon USER       ends mutes and bans\n"
    "  sanctions         who is muted or banned\n"
    "  clear ROOM        takes all messages out of a room that is in use\n"
    "  lock ROOM         only moderators may write there; unlock ROOM\n"
    "\n"
    "USER is u-NAME, or g- and 16 digits, as in \"from\".\n"
    "\n"
    "      --site SITE       only rooms of this virtual host\n"
    "      --room ROOM       mute, ban, pardon: where this room's moderators\n"
    "                        have a say; else everywhere. kick: which room\n"
    "      --for TIME        mute, ban: 90, 30m, 12h, 7d; else no end\n"
    "      --reason TEXT     mute, ban, kick: which the user is told\n"
    "      --address         ban: a guest's address, too\n"
    "      --purge           ban: with all messages that the rooms keep\n"
    "  -s, --socket PATH     the server's socket\n"
    "                        [" CTL_SOCKET "]\n"
    "  -a, --archive ARCHIVE work on the database itself, while httpd is\n"
    "                        down: what ChatArchive says, as one argument\n"
    "  -j, --json            the server's lines as they are\n"
    "  -q, --quiet           no progress\n"
    "  -h, --help            this text\n"
    "  -V, --version\n"
    "\n"
    "Exit status: 0 done; 64 wrong usage; 65 wrong data in an import; 66 no\n"
    "such room or file; 69 no server answers; 74 the output failed; 75 not\n"
    "now, try again; 77 not allowed.\n";

enum { SITE = 256, ROOM, FOR, REASON, ADDRESS, PURGE, ALL };

static const struct option known[] = {
    { "site", required_argument, NULL, SITE },
    { "room", required_argument, NULL, ROOM },
    { "for", required_argument, NULL, FOR },
    { "reason", required_argument, NULL, REASON },
    { "address", no_argument, NULL, ADDRESS },
    { "purge", no_argument, NULL, PURGE },
    { "all", no_argument, NULL, ALL },
    { "socket", required_argument, NULL, 's' },
    { "archive", required_argument, NULL, 'a' },
    { "json", no_argument, NULL, 'j' },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 },
};

/* What a command takes. */
enum {
    ARGUMENT = 1, /* must have one */
    PERHAPS = 2,  /* may have one */
    SANCTION = 4, /* --for */
    BAN = 8,      /* --address, --purge */
    PLACE = 16,   /* --room */
    EVERYTHING = 32, /* --all instead of the argument */
    WHY = 64,     /* --reason */
    NAMED = 128 /* the argument is a room */
};

#define A_USER "a user, u-NAME or g-DIGITS"

static const struct {
    const char *name;
    unsigned takes;
    const char *argument;
} commands[] = {
    { "status", 0, NULL },
    { "rooms", 0, NULL },
    { "export", ARGUMENT | EVERYTHING | NAMED, "a room, SITE/PATH" },
    { "import", PERHAPS, NULL },
    { "erase", ARGUMENT, A_USER },
    { "mute", ARGUMENT | SANCTION | WHY | PLACE, A_USER },
    { "ban", ARGUMENT | SANCTION | WHY | BAN | PLACE, A_USER },
    { "kick", ARGUMENT | WHY | PLACE, A_USER },
    { "pardon", ARGUMENT | PLACE, A_USER },
    { "sanctions", PLACE, NULL },
    { "clear", ARGUMENT | NAMED, "a room, SITE/PATH" },
    { "lock", ARGUMENT | NAMED, "a room, SITE/PATH" },
    { "unlock", ARGUMENT | NAMED, "a room, SITE/PATH" },
};

static int wrong(const char *what, const char *detail)
{
    fprintf(stderr, "chatwsctl: %s%s\nTry 'chatwsctl --help'.\n", what,
            detail);
    return EX_USAGE;
}

/* "90", "30m", "12h", "7d", "2w". False: it is none. */
static bool read_time(const char *text, int64_t *seconds)
{
    static const char units[] = "smhdw";
    static const int64_t sizes[] = { 1, 60, 3600, 86400, 604800 };
    char *end;
    long number = strtol(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : units;

    if (end == text || number < 1 || number > 315360000 || !unit
        || (*end && end[1])) {
        return false;
    }
    *seconds = number * sizes[unit - units];
    return *seconds <= 315360000;
}

static int take(int option, ctl_options *o)
{
    switch (option) {
    case SITE: o->site = optarg; break;
    case ROOM: o->room = optarg; break;
    case REASON: o->reason = optarg; break;
    case ADDRESS: o->address = true; break;
    case PURGE: o->purge = true; break;
    case ALL: o->all = true; break;
    case 's': o->socket = optarg; break;
    case 'a': o->archive = optarg; break;
    case 'j': o->json = true; break;
    case 'q': o->quiet = true; break;
    case FOR:
        if (!read_time(optarg, &o->seconds)) {
            return wrong("--for takes seconds, or 30m, 12h, 7d, at most ten "
                         "years, not ", optarg);
        }
        break;
    case 'h': fputs(usage, stdout); return EX_OK;
    case 'V': puts("chatwsctl " CHATWS_VERSION); return EX_OK;
    default:
        fputs("Try 'chatwsctl --help'.\n", stderr);
        return EX_USAGE;
    }
    return -1;
}

/* What is given and means nothing would be taken for done. */
static int check_options(const ctl_options *o, unsigned takes)
{
    if (o->seconds && !(takes & SANCTION)) {
        return wrong("--for is for mute and ban, not ", o->command);
    }
    if (o->reason && !(takes & WHY)) {
        return wrong("--reason is for mute, ban and kick, not ", o->command);
    }
    if ((o->address || o->purge) && !(takes & BAN)) {
        return wrong("--address and --purge are for ban, not ", o->command);
    }
    if (o->room && !(takes & PLACE)) {
        return wrong("--room is for mute, ban, kick, pardon and sanctions, "
                     "not ", o->command);
    }
    if (o->all && (!(takes & EVERYTHING) || o->argument)) {
        return wrong("--all is for export without a room", "");
    }
    if (o->all && !o->archive) {
        return wrong("export --all reads the database itself: give --archive",
                     "");
    }
    if (strcmp(o->command, "import") == 0 && !o->archive) {
        return wrong("import writes into the database itself: give --archive",
                     "");
    }
    return -1;
}

static int read_command(int argc, char **argv, ctl_options *o)
{
    size_t count = sizeof(commands) / sizeof(commands[0]);
    size_t i = 0;

    if (optind >= argc) {
        return wrong("a command is missing", "");
    }
    o->command = argv[optind];
    o->argument = argv[optind + 1];
    while (i < count && strcmp(commands[i].name, o->command) != 0) {
        i++;
    }
    if (i == count) {
        return wrong("there is no command ", o->command);
    }
    if ((commands[i].takes & ARGUMENT) && !o->argument && !o->all) {
        return wrong("this command needs ", commands[i].argument);
    }
    if (o->argument
        && (!(commands[i].takes & (ARGUMENT | PERHAPS))
            || optind + 2 < argc)) {
        return wrong("too many arguments for ", o->command);
    }
    o->about_room = (commands[i].takes & NAMED) != 0;
    return check_options(o, commands[i].takes);
}

int ctl_options_read(int argc, char **argv, ctl_options *options)
{
    int status = -1;
    int option;

    memset(options, 0, sizeof(*options));
    options->socket = CTL_SOCKET;
    while (status == -1
           && (option = getopt_long(argc, argv, "s:a:jqhV", known, NULL))
                  != -1) {
        status = take(option, options);
    }
    return status != -1 ? status : read_command(argc, argv, options);
}
