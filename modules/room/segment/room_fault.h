/* room_fault.h - places where a test may end the process.
 *
 * Each ROOM_FAULT marks a step after which the segment looks different to
 * whoever repairs it. Compiled with -DROOM_FAULTS the test's hook is called
 * there; otherwise it is nothing. The numbers only tell the places apart: tens
 * by file.
 */
#ifndef CHATWS_ROOM_FAULT_H
#define CHATWS_ROOM_FAULT_H

#ifdef ROOM_FAULTS
/* Defined by the test. */
void room_fault_hit(int place);
#define ROOM_FAULT(place) room_fault_hit(place)
#else
#define ROOM_FAULT(place) ((void)0)
#endif

#endif
