/* relay_sanction.h - what a moderator has decided, for all hosts: orders for
 * act/, and for a host that was away.
 *
 * Pure but for malloc; any thread.
 */
#ifndef CHATWS_RELAY_SANCTION_H
#define CHATWS_RELAY_SANCTION_H

#include "relay/relay_order.h"
#include "relay/relay_url.h"
#include "room/set/room_notice.h"

/* Who sends, and where to. */
typedef struct {
    const relay_settings *settings;
    const char *host; /* relay_host */
} relay_sanction_from;

/* An order that keeps sanctions and tells them: each is a notice of one that
 * was made, with its times (of base_clock_mono; it is `now_us`). A kick is told
 * only. A ban goes in front of its address. */
relay_order *relay_sanction_keep(const relay_sanction_from *from,
                                 void (*done)(relay_order *order),
                                 void *context);
void relay_sanction_add(relay_order *order, const room_notice *notice,
                        int64_t now_us);

/* What came of the one that was added as number `index`, from 0 on. */
typedef enum {
    RELAY_SANCTION_ENDED, /* it was pardoned since it was made */
    RELAY_SANCTION_KEPT,
    RELAY_SANCTION_OLD,   /* there is a newer one */
    RELAY_SANCTION_UNCLEAR
} relay_sanction_state;
relay_sanction_state relay_sanction_kept(const relay_order *order,
                                         size_t index);

/* An order that ends all of a user in a realm, and tells it; and whether there
 * was anything. */
relay_order *relay_sanction_pardon(const relay_sanction_from *from,
                                   const room_notice *notice);
bool relay_sanction_pardoned(const relay_order *order);

/* An order that tells a report. */
relay_order *relay_sanction_report(const relay_sanction_from *from,
                                   const room_notice *notice);

/* Asks for all: relay_agree.h. */
relay_order *relay_sanction_all(const relay_sanction_from *from,
                                void (*done)(relay_order *order),
                                void *context);

/* Appends the key of a sorted set (by bytes) with the keys of the rooms of a
 * realm that were used in a period: that of now, of the one before (-1), or
 * behind it (1: another host's clock may be ahead). One is forgotten two
 * periods later. */
#define RELAY_SANCTION_PERIOD_MS (INT64_C(30) * 86400000)
void relay_sanction_realm(const relay_settings *settings, uint64_t realm,
                          int period, base_bytes *out);

#endif
