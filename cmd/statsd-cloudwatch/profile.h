/* profile: AWS' files of credentials and settings, ~/.aws/credentials and ~/.aws/config. */
#ifndef PROFILE_H
#define PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* Finds a key in a section of a file's text. The value is without blanks at its ends, and points
 * into the text; empty if there is none. If a key occurs twice, the last one counts. Lines that
 * begin with a blank belong to the key before them, and are skipped. */
struct span profile_find(struct span text, struct span section, const char *key);

/* The text of a file, in memory that the caller frees; empty, with a NULL, if it can't be read. */
struct span profile_load(const char *path);

/* What a credential_process has printed. */
struct profile_keys {
    char *id, *secret, *token; /* token: NULL if there is none */
    int64_t ends;              /* Unix ms; 0: never */
};

/* Reads it. False if it is not of this form, and the keys are all NULL. */
bool profile_read_process(struct span text, struct profile_keys *keys);

void profile_keys_free(struct profile_keys *keys);

/* `2023-11-14T22:13:30Z`, also with an offset, as Unix ms; 0 if it is no such time. */
int64_t profile_read_time(const char *text);

#endif
