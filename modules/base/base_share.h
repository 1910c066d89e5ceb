/* base_share.h - amounts that belong to several, in whole numbers. Pure.
 *
 * Used by httpd_streams for what is around frames.
 */
#ifndef CHATWS_BASE_SHARE_H
#define CHATWS_BASE_SHARE_H

#include <stdint.h>

#include "base/base_traffic.h"

/* From `low` to `high` of `all`. What cannot be divided, a packet say, goes to
 * one of them: to each as often as is its due, when `phase`, from 0 to below 1,
 * is another one each time. All parts with the same phase are the whole. */
typedef struct {
    uint64_t low;
    uint64_t high;
    uint64_t all; /* above 0 */
    double phase;
} base_share;

/* The part of an amount; none of one below zero. */
uint64_t base_share_part(int64_t amount, const base_share *of);

/* Of one direction of a connection: what is left of its figures when what is
 * somebody's for sure has been taken away. It is below zero while that waits in
 * front of the kernel. */
typedef struct {
    int64_t bytes;
    int64_t plain;
    int64_t packets;
    int64_t heads; /* bytes of their headers */
} base_share_rest;

/* Adds what has been counted. */
void base_share_rest_add(base_share_rest *sent, base_share_rest *received,
                         const base_traffic *more);

/* All has been shared out: only what is below zero stays. */
void base_share_rest_keep_debts(base_share_rest *of);

#endif
