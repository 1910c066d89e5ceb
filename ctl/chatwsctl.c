/* chatwsctl.c - looks after the rooms of mod_chatws, for the owner of a server.
 *
 * Asks the server by its socket (ctl_ask.h), or, while that is down, works on
 * the archive's database itself (ctl_direct.h).
 */
#include "ctl_ask.h"
#include "ctl_direct.h"
#include "ctl_options.h"

int main(int argc, char **argv)
{
    ctl_options options;
    int status = ctl_options_read(argc, argv, &options);

    if (status != -1) {
        return status;
    }
    return options.archive ? ctl_direct_obey(&options)
                           : ctl_ask_server(&options);
}
