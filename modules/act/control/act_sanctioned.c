/* act_sanctioned.c - see act_sanctioned.h. */
#include "act/control/act_sanctioned.h"

#include <stdlib.h>
#include <string.h>

#include "act/control/act_words.h"
#include "act/moderation/act_ban.h"
#include "act/moderation/act_sanction.h"
#include "archive/archive_list.h"
#include "base/base_clock.h"
#include "chat/moderation/chat_order.h"
#include "room/people/room_search.h"
#include "room/set/room_sanction.h"

/* A realm of which there are any, and one of its rooms: if possible, one whose
 * name has the words in it. */
typedef struct {
    uint64_t realm;
    bool found;      /* it has */
    size_t key_size; /* 0: none is known */
    char key[ROOM_KEY_MAX];
} named_realm;

typedef struct {
    const act_answer *about;
    const base_bytes *words;
    base_bytes list;   /* room_sanction */
    base_bytes realms; /* named_realm */
    size_t open;       /* so many realms may get another room */
} sanction_listing;

static named_realm *find_realm(const sanction_listing *it, uint64_t realm)
{
    named_realm *at = (void *)it->realms.data;
    size_t count = it->realms.len / sizeof(*at);

    for (size_t i = 0; i < count; i++) {
        if (at[i].realm == realm) {
            return &at[i];
        }
    }
    return NULL;
}

/* The other half of a ban is not listed, and a kick is over at once. */
static bool add_sanction(void *context, const room_sanction *what)
{
    sanction_listing *it = context;

    if (what->kind == ROOM_SANCTION_MUTE || what->kind == ROOM_SANCTION_BAN) {
        base_bytes_append(&it->list, what, sizeof(*what));
    }
    return true;
}

static void add_realms(sanction_listing *it)
{
    const room_sanction *at = (const void *)it->list.data;
    size_t count = it->list.len / sizeof(*at);

    for (size_t i = 0; i < count; i++) {
        if (!find_realm(it, at[i].realm)) {
            named_realm one = { .realm = at[i].realm };

            base_bytes_append(&it->realms, &one, sizeof(one));
            it->open++;
        }
    }
}

static void name_realm(sanction_listing *it, uint64_t realm, const char *key,
                       size_t size)
{
    named_realm *one = find_realm(it, realm);

    if (!one || one->found || size == 0 || size > sizeof(one->key)
        || !chat_control_means(it->about->asked, key, size)) {
        return;
    }
    one->found = act_words_room(it->words, key, size) != ACT_WORDS_NOT;
    if (one->found || one->key_size == 0) {
        memcpy(one->key, key, size);
        one->key_size = size;
    }
    it->open -= one->found;
}

static bool name_by_room(void *context, const room_table_row *row)
{
    sanction_listing *it = context;

    name_realm(it, room_search_realm(it->about->store, row->handle), row->key,
               row->key_size);
    return it->open > 0;
}

static bool name_by_archive(void *context, const archive_list_room *room)
{
    sanction_listing *it = context;

    name_realm(it, room->realm, room->key, room->key_size);
    return it->open > 0;
}

static bool has_nameless(const sanction_listing *it)
{
    const named_realm *at = (const void *)it->realms.data;
    size_t count = it->realms.len / sizeof(*at);

    for (size_t i = 0; i < count; i++) {
        if (at[i].key_size == 0) {
            return true;
        }
    }
    return false;
}

static int by_age(const void *one, const void *other)
{
    const room_sanction *a = one;
    const room_sanction *b = other;

    return (a->made_us < b->made_us) - (a->made_us > b->made_us);
}

/* False: it is not among those that are asked for. `json` may be NULL. */
static bool tell_sanction(const sanction_listing *it,
                          const room_sanction *what, bool first,
                          base_bytes *json)
{
    const chat_control *asked = it->about->asked;
    const named_realm *realm = find_realm(it, what->realm);
    room_notice notice = { .kind = ROOM_NOTICE_SANCTION, .what = *what };
    base_bytes entry = BASE_BYTES_INIT;
    chat_order_sanction told;
    chat_person user;
    chat_person by;

    notice.rest_s = act_ban_rest(what->until_us);
    act_sanction_told(&notice, &user, &by, &told);
    if ((realm->key_size == 0 && (asked->room.size > 0 || asked->site.size > 0))
        || !(realm->found || act_words_call(it->words, &user))) {
        return false;
    }
    if (!json) {
        return true;
    }
    chat_order_entry(&entry, &told);
    base_bytes_append_text(json, first ? "{" : ",{");
    if (realm->key_size > 0) {
        base_bytes_append_text(json, "\"room\":");
        chat_control_write_room(json, realm->key, realm->key_size);
        base_bytes_append_text(json, ",");
    }
    base_bytes_append(json, entry.data + 1, entry.len - 1); /* its brace */
    base_bytes_free(&entry);
    return true;
}

static void tell_sanctions(const sanction_listing *it, base_bytes *json)
{
    room_sanction *at = (void *)it->list.data;
    size_t count = it->list.len / sizeof(*at);
    size_t total = 0;

    if (count > 0) {
        qsort(at, count, sizeof(*at), by_age);
    }
    base_bytes_append_text(json, ",\"sanction_list\":[");
    for (size_t i = 0; i < count; i++) {
        total += tell_sanction(it, &at[i], total == 0,
                               total < ACT_SANCTIONED_MOST ? json : NULL);
    }
    base_bytes_append_format(json, "],\"sanction_total\":%zu", total);
}

bool act_sanctioned_write(const act_answer *about, const base_bytes *words,
                          base_bytes *json)
{
    sanction_listing it = { .about = about, .words = words };
    bool good = room_sanction_all(about->store, base_clock_mono(),
                                  add_sanction, &it)
                == ROOM_OK;

    add_realms(&it);
    if (it.open > 0) {
        room_table_each(about->store, base_clock_mono(), name_by_room, &it);
    }
    if (about->archive && has_nameless(&it)) {
        (void)archive_list_rooms(about->archive, name_by_archive, &it);
    }
    if (good) {
        tell_sanctions(&it, json);
    }
    base_bytes_free(&it.list);
    base_bytes_free(&it.realms);
    return good;
}
