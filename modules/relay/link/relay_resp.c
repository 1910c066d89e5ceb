/* relay_resp.c - see relay_resp.h. */
#include "relay/link/relay_resp.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "base/base_check.h"

/* hiredis makes no tree of an answer: each item goes into the list at once. So
 * an array that is announced with a huge count costs nothing. */
struct relay_resp {
    redisReader *reader;
    relay_answer partial;
    size_t held; /* bytes that came since the last answer */
};

bool relay_resp_available(char *why, size_t why_size)
{
    (void)why;
    (void)why_size;
    return true;
}

/* NULL, for no memory, ends the reading. */
static relay_answer *room_for(const redisReadTask *task, size_t size)
{
    relay_answer *answer = task->privdata;

    return answer->bytes.len + size <= RELAY_RESP_BYTES_MOST
                   && relay_answer_count(answer) < RELAY_RESP_ITEMS_MOST
               ? answer : NULL;
}

static void *create_string(const redisReadTask *task, char *text, size_t size)
{
    relay_answer *answer = room_for(task, size);

    if (answer) {
        relay_answer_add(answer, text, size);
        answer->failed = task->type == REDIS_REPLY_ERROR && !task->parent;
    }
    return answer;
}

#if HIREDIS_MAJOR >= 1
static void *create_array(const redisReadTask *task, size_t count)
#else
static void *create_array(const redisReadTask *task, int count)
#endif
{
    (void)count;
    return task->privdata;
}

static void *create_integer(const redisReadTask *task, long long number)
{
    relay_answer *answer = room_for(task, sizeof(number));

    if (answer) {
        relay_answer_add_number(answer, number);
    }
    return answer;
}

static void *create_nil(const redisReadTask *task)
{
    relay_answer *answer = room_for(task, 0);

    if (answer) {
        relay_answer_add(answer, "", 0);
    }
    return answer;
}

static void free_object(void *object)
{
    (void)object;
}

static redisReplyObjectFunctions functions = {
    .createString = create_string,
    .createArray = create_array,
    .createInteger = create_integer,
    .createNil = create_nil,
    .freeObject = free_object
};

relay_resp *relay_resp_create(void)
{
    relay_resp *resp = calloc(1, sizeof(*resp));

    BASE_CHECK(resp != NULL);
    resp->reader = redisReaderCreateWithFunctions(&functions);
    BASE_CHECK(resp->reader != NULL);
    resp->reader->privdata = &resp->partial;
    return resp;
}

void relay_resp_free(relay_resp *resp)
{
    if (resp) {
        redisReaderFree(resp->reader);
        relay_answer_free(&resp->partial);
        free(resp);
    }
}

bool relay_resp_feed(relay_resp *resp, const void *data, size_t size)
{
    resp->held += size;
    return resp->held <= RELAY_RESP_BYTES_MOST
           && redisReaderFeed(resp->reader, data, size) == REDIS_OK;
}

relay_resp_result relay_resp_next(relay_resp *resp, relay_answer *answer)
{
    relay_answer emptied;
    void *whole = NULL;

    answer->bytes.len = answer->items.len = 0;
    answer->failed = false;
    if (redisReaderGetReply(resp->reader, &whole) != REDIS_OK) {
        return RELAY_RESP_BAD;
    }
    if (!whole) {
        return RELAY_RESP_MORE;
    }
    emptied = *answer;
    *answer = resp->partial;
    resp->partial = emptied;
    resp->held = 0;
    return RELAY_RESP_ANSWER;
}
