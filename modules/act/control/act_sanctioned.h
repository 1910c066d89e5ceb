/* act_sanctioned.h - who is muted or banned, of all rooms that are meant: the
 * list of the status page. On a thread that may block.
 */
#ifndef CHATWS_ACT_SANCTIONED_H
#define CHATWS_ACT_SANCTIONED_H

#include "act/control/act_answer.h"

/* The most that is told. */
#define ACT_SANCTIONED_MOST 1000

/* Appends the newest of those who, or a room of theirs, are searched for by the
 * words (act_words.h):
 * ,"sanction_list":[{"room":"SITE/PATH","kind":"ban","user":PERSON,
 *  "by":PERSON,"for":S,"reason":"..."},...],"sanction_total":N
 * `room` is one of those in which it holds, with the words in its name if
 * there is one; left out when none is known. False: it cannot be read now, and
 * nothing was appended. */
bool act_sanctioned_write(const act_answer *about, const base_bytes *words,
                          base_bytes *json);

#endif
