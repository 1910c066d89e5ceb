/* heard_log.c - see heard_log.h. */
#include "heard_log.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static char heard[16384];
static pthread_mutex_t hearing = PTHREAD_MUTEX_INITIALIZER;

static void keep_line(void *context, base_log_level level, const char *line)
{
    size_t size;

    (void)context;
    (void)level;
    pthread_mutex_lock(&hearing);
    size = strlen(heard);
    snprintf(heard + size, sizeof(heard) - size, "%s\n", line);
    pthread_mutex_unlock(&hearing);
}

void heard_log_begin(base_log_level level)
{
    heard_log_forget();
    base_log_set(keep_line, NULL, level);
}

void heard_log_forget(void)
{
    pthread_mutex_lock(&hearing);
    heard[0] = '\0';
    pthread_mutex_unlock(&hearing);
}

void heard_log_end(void)
{
    base_log_set(NULL, NULL, BASE_LOG_INFO);
}

unsigned heard_log_count(const char *text)
{
    unsigned count = 0;

    pthread_mutex_lock(&hearing);
    for (const char *at = heard; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    pthread_mutex_unlock(&hearing);
    return count;
}
