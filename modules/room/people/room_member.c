/* room_member.c - who is in a room; see room_member.h. */
#include "room/people/room_member.h"

#include <string.h>

#include "base/base_clock.h"
#include "room/log/room_item.h"
#include "room/people/room_cell.h"
#include "room/people/room_people.h"
#include "room/people/room_stirred.h"
#include "room/segment/room_fault.h"
#include "room/table/room_idle.h"

/* It costs a look at all cells. */
#define EXPIRE_EVERY_US 1000000

/* Takes the room's lock and the members'. */
static room_status enter(room_store *store, room_handle handle)
{
    room_status status = room_item_enter(store, handle);

    if (status == ROOM_OK && !room_people_enter(store)) {
        room_item_leave(store, handle.index);
        status = ROOM_BUSY;
    }
    return status;
}

static void leave(room_store *store, room_handle handle)
{
    room_people_leave(store);
    room_item_leave(store, handle.index);
}

/* Where several hosts share the room, each compares who is a member by its own
 * children, too (room_relay_people). */
static void changed_hands(room_store *store, uint32_t room)
{
    if (store->geometry.relay != 0) {
        room_cell_changed(store, room);
    }
}

static bool is_current(const room_store *store, room_handle handle)
{
    return handle.index < store->geometry.rooms
           && atomic_load(&store->items[handle.index].generation)
                  == handle.generation;
}

static uint32_t find_user(const room_store *store, uint32_t room,
                          uint64_t user)
{
    return room_cell_find(store, room, user, ROOM_NONE, ROOM_CELL_USER);
}

/* The cell that stands for the slot's connections of the user. */
static uint32_t find_hold(const room_store *store, uint32_t room,
                          uint64_t user, uint32_t slot)
{
    uint32_t index = find_user(store, room, user);
    /* One of each child at most; a damaged chain may be a circle. */
    uint32_t rest = room_layout_children(&store->geometry);

    if (index == ROOM_NONE
        || room_hold_slot(atomic_load(&store->cells[index].hold)) == slot) {
        return index;
    }
    index = ROOM_NONE;
    do {
        index = room_cell_find(store, room, user, index, ROOM_CELL_LEASE);
    } while (index != ROOM_NONE && rest-- > 0
             && room_hold_slot(atomic_load(&store->cells[index].hold))
                    != slot);
    return index;
}

/* Guests do not stand in the way of a verified name: who has it gives it back.
 */
static bool is_taken(const room_store *store, uint32_t room,
                     const room_member *who)
{
    room_rivals rivals = who->guest ? ROOM_RIVALS_ALL : ROOM_RIVALS_VERIFIED;

    return !who->insists
           && room_cell_find_name(store, room, who, rivals) != ROOM_NONE;
}

/* Replaces the USER cell by one with the new name, of who moderates as before.
 */
static room_status replace(room_store *store, uint32_t room, uint32_t index,
                           const room_member *who)
{
    uint64_t hold = atomic_load(&store->cells[index].hold);
    room_member now = *who;

    now.moderator = store->cells[index].moderator != 0;
    now.address = store->cells[index].address;
    /* The new one before the old one goes: a death in between leaves two, of
     * which the repair takes the newer. */
    if (room_cell_make(store, room, &now, hold, ROOM_CELL_USER) == ROOM_NONE) {
        return ROOM_FULL;
    }
    ROOM_FAULT(110);
    room_cell_drop(store, index);
    room_cell_changed(store, room);
    return ROOM_OK;
}

static bool is_same(const room_member *one, const room_member *other)
{
    return one->name_key == other->name_key
           && one->skeleton_key == other->skeleton_key
           && one->guest == other->guest
           && one->name_size == other->name_size
           && memcmp(one->name, other->name, one->name_size) == 0;
}

/* A login may have another name today; a guest keeps the first. When there is
 * no cell for a new name, the old one stays. */
static void name_again(room_store *store, uint32_t room,
                       const room_member *who, uint32_t index)
{
    room_member now;

    room_cell_read(store, index, &now);
    if (!who->guest && !is_same(&now, who)) {
        (void)replace(store, room, index, who);
        index = find_user(store, room, who->user);
    }
    room_cell_judge(store, index);
}

/* One more connection of a user who is there. */
static room_status join_again(room_store *store, uint32_t room, uint32_t slot,
                              const room_member *who, uint32_t index)
{
    /* One cell a child and user, however many tabs there are. */
    uint32_t hold = find_hold(store, room, who->user, slot);

    if (!who->guest && is_taken(store, room, who)) {
        return ROOM_NAME_TAKEN;
    }
    if (room_cell_is_ghost(store, index)) {
        room_cell_take_ghost(store, index, room_hold_of(slot, who->moderator));
        changed_hands(store, room);
    }
    else if (hold != ROOM_NONE) {
        atomic_fetch_add(&store->cells[hold].hold,
                         room_hold_one(who->moderator));
    }
    else if (room_cell_make(store, room, who,
                            room_hold_of(slot, who->moderator),
                            ROOM_CELL_LEASE) == ROOM_NONE) {
        return ROOM_FULL;
    }
    else {
        changed_hands(store, room);
    }
    ROOM_FAULT(111);
    if (who->guest) {
        store->cells[index].address = who->address;
    }
    name_again(store, room, who, index);
    return ROOM_OK;
}

static room_status join_inside(room_store *store, uint32_t room,
                               uint32_t slot, const room_member *who,
                               room_member_joined *out)
{
    /* Asked again: a new name has made another cell of it. */
    uint32_t index = find_user(store, room, who->user);
    room_status status = ROOM_OK;

    out->fresh = index == ROOM_NONE;
    if (!out->fresh) {
        status = join_again(store, room, slot, who, index);
    }
    else if (is_taken(store, room, who)) {
        return ROOM_NAME_TAKEN;
    }
    else if (room_cell_make(store, room, who,
                            room_hold_of(slot, who->moderator),
                            ROOM_CELL_USER) == ROOM_NONE) {
        return ROOM_FULL;
    }
    else {
        room_cell_changed(store, room);
    }
    index = find_user(store, room, who->user);
    if (status == ROOM_OK && index != ROOM_NONE) {
        room_cell_read(store, index, &out->member);
    }
    return status;
}

/* Takes one connection away; `gone` tells whether it was the last. */
static room_status leave_inside(room_store *store, uint32_t room,
                                uint32_t slot, const room_member_leaving *who,
                                bool *gone)
{
    uint32_t index = find_hold(store, room, who->user, slot);
    uint64_t hold;

    *gone = false;
    if (index == ROOM_NONE) {
        return ROOM_ABSENT;
    }
    hold = atomic_load(&store->cells[index].hold);
    if (room_hold_connections(hold) > 1) {
        /* Never below what there is: the slot stands beside it. */
        atomic_fetch_sub(&store->cells[index].hold,
                         room_hold_one(who->moderator
                                       && room_hold_moderators(hold) > 0));
        room_cell_judge(store, find_user(store, room, who->user));
        return ROOM_OK;
    }
    *gone = room_cell_release(store, index, who->until_us);
    if (*gone) {
        /* Idle from now, not from the last message: who went may be back. */
        atomic_store(&store->hints[room].idle_us, base_clock_mono());
        room_idle_left(store);
    }
    else {
        changed_hands(store, room);
    }
    return ROOM_OK;
}

/* Members of other hosts leave a quarter of the table to our own. */
static bool leaves_place(const room_store *store, int slot)
{
    return (uint32_t)slot < store->geometry.slots
           || atomic_load(&store->header->cells_free)
                  > store->geometry.cells / 4;
}

/* Enters the room unless something is wrong with the caller's values. */
static room_status enter_as(room_store *store, room_handle handle, int slot,
                            const room_member *who)
{
    if (who->name_size == 0 || who->name_size > ROOM_NAME_MAX
        || who->id_size > ROOM_NAME_MAX) {
        return ROOM_TOO_BIG;
    }
    if (!room_layout_holds(&store->geometry, slot)
        || !leaves_place(store, slot)) {
        return ROOM_FULL;
    }
    return enter(store, handle);
}

room_status room_member_join(room_store *store, room_handle handle, int slot,
                             const room_member *who, room_member_joined *out)
{
    room_member_joined unwanted;
    room_status status = enter_as(store, handle, slot, who);
    uint32_t index;

    if (status != ROOM_OK) {
        return status;
    }
    index = find_user(store, handle.index, who->user);
    if (index == ROOM_NONE || !room_cell_is_ghost(store, index)) {
        room_people_make_place(store); /* who comes back has a cell */
    }
    status = join_inside(store, handle.index, (uint32_t)slot, who,
                         out != NULL ? out : &unwanted);
    leave(store, handle);
    return status;
}

room_status room_member_join_until(room_store *store, room_handle handle,
                                   int slot, const room_member *who,
                                   int64_t until_us,
                                   room_member_joined *out)
{
    room_status status = enter_as(store, handle, slot, who);
    room_member_leaving leaving = { who->user, who->moderator, until_us };
    bool gone;

    if (status != ROOM_OK) {
        return status;
    }
    status = join_inside(store, handle.index, (uint32_t)slot, who, out);
    if (status == ROOM_OK) {
        (void)leave_inside(store, handle.index, (uint32_t)slot, &leaving,
                           &gone);
    }
    leave(store, handle);
    return status;
}

room_status room_member_leave(room_store *store, room_handle handle, int slot,
                              const room_member_leaving *who, bool *gone)
{
    room_status status = enter(store, handle);
    bool last = false;

    if (status == ROOM_OK) {
        status = leave_inside(store, handle.index, (uint32_t)slot, who,
                              &last);
        leave(store, handle);
    }
    if (gone != NULL) {
        *gone = last;
    }
    return status;
}

unsigned room_member_expire(room_store *store, int64_t now_us)
{
    room_header *header = store->header;
    int64_t last = atomic_load(&header->ghosts_seen_us);

    /* Of several who come at once the one that moves the time looks. */
    if (atomic_load_explicit(&header->ghosts, memory_order_relaxed) == 0
        || (last <= now_us && now_us - last < EXPIRE_EVERY_US)
        || !atomic_compare_exchange_strong(&header->ghosts_seen_us, &last,
                                           now_us)) {
        return 0;
    }
    return room_people_expire(store, now_us);
}

/* Under the room's lock. The user stands there before the count says so. */
static void note_reset(room_store *store, uint32_t room, uint64_t user)
{
    room_item *item = &store->items[room];
    uint64_t resets = atomic_load(&item->resets);

    atomic_store(&item->reset_users[resets % ROOM_RESETS_MOST], user);
    atomic_store(&item->resets, resets + 1);
    room_stirred_note(store, room);
}

/* `name_key`: of the name that it must have still; NULL: any. */
static room_status rename_inside(room_store *store, room_handle handle,
                                 const room_member *who,
                                 const uint64_t *name_key)
{
    room_status status;
    uint32_t index;

    if (who->name_size == 0 || who->name_size > ROOM_NAME_MAX
        || who->id_size > ROOM_NAME_MAX) {
        return ROOM_TOO_BIG;
    }
    status = enter(store, handle);
    if (status != ROOM_OK) {
        return status;
    }
    room_people_make_place(store);
    index = find_user(store, handle.index, who->user);
    if (index == ROOM_NONE
        /* It may have got another name since the caller looked. */
        || (name_key && store->cells[index].name_key != *name_key)) {
        status = ROOM_ABSENT;
    }
    else if (is_taken(store, handle.index, who)) {
        status = ROOM_NAME_TAKEN;
    }
    else {
        status = replace(store, handle.index, index, who);
    }
    if (name_key && status == ROOM_OK) {
        note_reset(store, handle.index, who->user);
    }
    leave(store, handle);
    return status;
}

room_status room_member_rename(room_store *store, room_handle handle,
                               const room_member *who)
{
    return rename_inside(store, handle, who, NULL);
}

room_status room_member_reset(room_store *store, room_handle handle,
                              const room_member *who, uint64_t name_key)
{
    return rename_inside(store, handle, who, &name_key);
}

size_t room_member_resets(const room_store *store, room_handle handle,
                          uint64_t *seen, uint64_t users[ROOM_RESETS_MOST])
{
    uint64_t from = *seen;
    const room_item *item;
    uint64_t count;

    if (!is_current(store, handle)) {
        return 0;
    }
    item = &store->items[handle.index];
    *seen = atomic_load(&item->resets);
    count = *seen - from;
    for (uint64_t i = 0; i < count && count < ROOM_RESETS_MOST; i++) {
        users[i] = atomic_load(
            &item->reset_users[(from + i) % ROOM_RESETS_MOST]);
    }
    /* Nobody waits for us: a writer that has not counted yet may have taken
     * the first entry's place when all places were full. */
    return atomic_load(&item->resets) - from < ROOM_RESETS_MOST
               ? (size_t)count : ROOM_RESETS_MOST + 1;
}

room_status room_member_rival(room_store *store, room_handle handle,
                              const room_member *who, room_rivals rivals,
                              room_member *out)
{
    room_status status = enter(store, handle);
    uint32_t index;

    if (status != ROOM_OK) {
        return status;
    }
    index = room_cell_find_name(store, handle.index, who, rivals);
    if (index == ROOM_NONE) {
        status = ROOM_ABSENT;
    }
    else {
        room_cell_read(store, index, out);
    }
    leave(store, handle);
    return status;
}

room_status room_member_find(room_store *store, room_handle handle,
                             uint64_t user, room_member *out)
{
    room_status status = enter(store, handle);
    uint32_t index;

    if (status != ROOM_OK) {
        return status;
    }
    index = find_user(store, handle.index, user);
    if (index == ROOM_NONE) {
        status = ROOM_ABSENT;
    }
    else {
        room_cell_read(store, index, out);
    }
    leave(store, handle);
    return status;
}

bool room_member_has_place(const room_store *store)
{
    return atomic_load(&store->header->cells_free) > 0
           || atomic_load(&store->header->ghosts) > 0;
}

uint32_t room_member_count(const room_store *store, room_handle handle)
{
    return is_current(store, handle)
               ? atomic_load(&store->items[handle.index].members) : 0;
}

uint64_t room_member_version(const room_store *store, room_handle handle)
{
    return is_current(store, handle)
               ? atomic_load(&store->items[handle.index].members_version) : 0;
}

room_status room_member_each(room_store *store, room_handle handle,
                             uint32_t max, room_member_each_fn *visit,
                             void *context, uint64_t *version)
{
    room_status status = enter(store, handle);
    uint32_t cells = store->geometry.cells;
    uint32_t index;

    if (status != ROOM_OK) {
        return status;
    }
    if (version != NULL) {
        *version = atomic_load(&store->items[handle.index].members_version);
    }
    index = store->items[handle.index].member_head;
    for (uint32_t i = 0; i < max && i < cells && index < cells; i++) {
        room_member member;

        room_cell_read(store, index, &member);
        if (!visit(context, &member)) {
            break;
        }
        index = store->cells[index].next_room;
    }
    leave(store, handle);
    return ROOM_OK;
}
