/* fault_hook.c - kills the process at a chosen step inside the segment.
 *
 * Only in mod_chatws_faults.so, which `make check` builds for
 * tests/integration/test_faults.py and nobody installs: the module with the
 * fault points of room_fault.h. The file that CHATWS_FAULT names has the number
 * of the place; the first process to come there removes it and dies.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "room/room_fault.h"

void room_fault_hit(int place)
{
    const char *path = getenv("CHATWS_FAULT");
    char text[16] = "";
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (fd < 0) {
        return;
    }
    if (read(fd, text, sizeof(text) - 1) > 0 && atoi(text) == place
        && unlink(path) == 0) {
        kill(getpid(), SIGKILL);
    }
    close(fd);
}
