/* xalloc: allocation that cannot fail. Each function returns memory that the caller frees with
 * free(3), or ends the program with a message and EXIT_FAILED. None returns NULL. A product of
 * sizes that overflows counts as out of memory. */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stddef.h>
#include <stdio.h>

/* Returns size uninitialised bytes (at least one). */
void *xmalloc(size_t size);

/* Returns count × size zeroed bytes (at least one). */
void *xcalloc(size_t count, size_t size);

/* Resizes old (NULL: allocates) to count × size bytes and keeps its content. old is no longer
 * valid. */
void *xreallocarray(void *old, size_t count, size_t size);

/* Returns a copy of text[0..length) with a NUL appended. */
char *xstrndup(const char *text, size_t length);

/* Begins a stream into memory, as open_memstream(3) does. xmemstream_end closes it: *text is then
 * what was written, whole, with a NUL appended. */
FILE *xmemstream_begin(char **text, size_t *size);
void xmemstream_end(FILE *stream);

#endif
