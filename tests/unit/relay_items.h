/* relay_items.h - the arguments of an order, and answers that Redis did not
 * give. */
#ifndef CHATWS_RELAY_ITEMS_H
#define CHATWS_RELAY_ITEMS_H

#include "relay/relay_order.h"

/* One argument, keys included; and all of them from `first` on. */
void relay_items_check(const relay_order *order, unsigned index,
                       const char *expected);
void relay_items_check_all(const relay_order *order, unsigned first,
                           const char *const *expected, size_t count);

/* An order with this answer, items with blanks between them; "_" is an empty
 * one. */
relay_order *relay_items_answered(const char *items);

#endif
