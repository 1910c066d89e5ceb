/* chat_skeleton.h - what a name looks like: names with the same skeleton can be
 * taken for each other. Called by chat_reserved and by act/ when somebody
 * enters or is renamed. Pure.
 */
#ifndef CHATWS_CHAT_SKELETON_H
#define CHATWS_CHAT_SKELETON_H

#include <stddef.h>

#include "base/base_bytes.h"

/* Appends the skeleton of a name: what Unicode Technical Standard 39 makes of
 * it, of that in NFKC and case folded, and so on until nothing changes. So
 * "Ann" with a Cyrillic A is "ann", and "CarIos" and "Carlos" are the same. A
 * skeleton's skeleton is the skeleton. Names that are equal after case folding
 * (chat_name_key) may have different skeletons: "lan" is like "Ian" but not
 * like "ian". `name` is valid UTF-8. */
void chat_skeleton_write(const void *name, size_t size, base_bytes *skeleton);

#endif
