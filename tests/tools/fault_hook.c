/* fault_hook.c - kills or stops a process at a chosen step inside the segment.
 *
 * Only in mod_chatws_faults.so, which `make check` builds for
 * tests/integration/test_faults.py and nobody installs: the module with the
 * fault points of room_fault.h. The file that CHATWS_FAULT names has the number
 * of the place; the first process to come there removes it and dies, or with
 * "stop" behind the number it stops.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "room/segment/room_fault.h"

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
        if (strstr(text, "stop") != NULL) {
            raise(SIGSTOP); /* this thread at once */
        }
        else {
            kill(getpid(), SIGKILL);
        }
    }
    close(fd);
}
