/* base_list.h - a doubly linked list whose links stand inside its members.
 *
 * Nothing is allocated: a member has a `base_list` for each list that it can be
 * in, and BASE_LIST_OWNER finds the member again. The list itself is one more
 * link, its head, and closes the circle; so adding and removing never ask
 * whether they are at an end. Neither a head nor a member that is in a list
 * may move in memory. One thread at a time.
 */
#ifndef CHATWS_BASE_LIST_H
#define CHATWS_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A link, or the head of a list. */
typedef struct base_list {
    struct base_list *next; /* the first, for a head; NULL: in no list */
    struct base_list *prev; /* the last, for a head */
} base_list;

/* A link that is in no list yet; zeroed memory is one as well. */
#define BASE_LIST_INIT { NULL, NULL }

/* The `type` whose `member` this link is; not for a head. */
#define BASE_LIST_OWNER(link, type, member) \
    ((type *)(void *)((char *)(link) - offsetof(type, member)))

/* Goes over a list from the first to the last. The loop may remove `link`,
 * and free its owner, but not the one behind it. */
#define BASE_LIST_EACH(link, head)                                    \
    for (base_list *link = (head)->next, *link##_next = link->next; \
         link != (head); link = link##_next, link##_next = link->next)

/* Makes `head` an empty list. */
static inline void base_list_init(base_list *head)
{
    head->next = head;
    head->prev = head;
}

static inline bool base_list_empty(const base_list *head)
{
    return head->next == head;
}

/* Whether a link is in a list, whichever that is. */
static inline bool base_list_linked(const base_list *link)
{
    return link->next != NULL;
}

/* Puts a link that is in no list behind `at`: a member, or the head, which
 * makes it the first. */
static inline void base_list_add_after(base_list *at, base_list *link)
{
    link->prev = at;
    link->next = at->next;
    at->next->prev = link;
    at->next = link;
}

static inline void base_list_add_first(base_list *head, base_list *link)
{
    base_list_add_after(head, link);
}

static inline void base_list_add_last(base_list *head, base_list *link)
{
    base_list_add_after(head->prev, link);
}

/* Takes a link out of the list that it is in. */
static inline void base_list_remove(base_list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link->next = NULL;
    link->prev = NULL;
}

/* Takes the first out of a list; NULL if it is empty. */
static inline base_list *base_list_take_first(base_list *head)
{
    base_list *first = head->next;

    if (first == head) {
        return NULL;
    }
    base_list_remove(first);
    return first;
}

#endif
