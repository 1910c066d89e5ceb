/* relay_script.c - see relay_script.h. */
#include "relay/relay_script.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>

#include <string.h>

#include "base/base_check.h"

#define SCRIPT(word) { #word, relay_text_##word, 0, "" }

/* Made of script/ by make. */
extern const char relay_text_store[];
extern const char relay_text_fetch[];
extern const char relay_text_restore[];
extern const char relay_text_purge[];
extern const char relay_text_kept[];
extern const char relay_text_hello[];
extern const char relay_text_beat[];
extern const char relay_text_people[];
extern const char relay_text_look[];
extern const char relay_text_sanction[];
extern const char relay_text_sanctions[];
extern const char relay_text_pardon[];
extern const char relay_text_erase[];
extern const char relay_text_erased[];
extern const char relay_text_rate[];
extern const char relay_text_job[];
extern const char relay_text_rooms[];

static relay_script scripts[RELAY_SCRIPT_COUNT] = {
    [RELAY_SCRIPT_STORE] = SCRIPT(store),
    [RELAY_SCRIPT_FETCH] = SCRIPT(fetch),
    [RELAY_SCRIPT_RESTORE] = SCRIPT(restore),
    [RELAY_SCRIPT_PURGE] = SCRIPT(purge),
    [RELAY_SCRIPT_KEPT] = SCRIPT(kept),
    [RELAY_SCRIPT_HELLO] = SCRIPT(hello),
    [RELAY_SCRIPT_BEAT] = SCRIPT(beat),
    [RELAY_SCRIPT_PEOPLE] = SCRIPT(people),
    [RELAY_SCRIPT_LOOK] = SCRIPT(look),
    [RELAY_SCRIPT_SANCTION] = SCRIPT(sanction),
    [RELAY_SCRIPT_SANCTIONS] = SCRIPT(sanctions),
    [RELAY_SCRIPT_PARDON] = SCRIPT(pardon),
    [RELAY_SCRIPT_ERASE] = SCRIPT(erase),
    [RELAY_SCRIPT_ERASED] = SCRIPT(erased),
    [RELAY_SCRIPT_RATE] = SCRIPT(rate),
    [RELAY_SCRIPT_JOB] = SCRIPT(job),
    [RELAY_SCRIPT_ROOMS] = SCRIPT(rooms),
};
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void name_one(relay_script *script)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    script->size = strlen(script->text);
    BASE_CHECK(EVP_Digest(script->text, script->size, digest, &size,
                          EVP_sha1(), NULL) == 1);
    for (unsigned i = 0; i < size && i < sizeof(script->sha1) / 2; i++) {
        snprintf(script->sha1 + (size_t)2 * i, 3, "%02x", digest[i]);
    }
}

static void name_all(void)
{
    for (unsigned i = 0; i < RELAY_SCRIPT_COUNT; i++) {
        name_one(&scripts[i]);
    }
}

const relay_script *relay_script_get(relay_script_name name)
{
    BASE_CHECK(name < RELAY_SCRIPT_COUNT);
    pthread_once(&once, name_all);
    return &scripts[name];
}
