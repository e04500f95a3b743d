/* xalloc: memory or death. Each returns memory the caller frees with free(3), or ends the program with a message and
 * EXIT_FAILED; none returns NULL, and a product of sizes that overflows counts as out of memory. */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stddef.h>

/* size uninitialised bytes (at least one). */
void *xmalloc(size_t size);

/* count × size zeroed bytes. */
void *xcalloc(size_t count, size_t size);

/* Resizes old (NULL: none) to count × size bytes, keeping its content; old is no longer valid. */
void *xreallocarray(void *old, size_t count, size_t size);

/* A copy of text[0..length) with a NUL behind it. */
char *xstrndup(const char *text, size_t length);

#endif
