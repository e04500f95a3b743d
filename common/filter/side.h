/* side: files beside the stream, such as that of --rejects, which a program appends lines to. */
#ifndef FILTER_SIDE_H
#define FILTER_SIDE_H

#include <stddef.h>

#include "filter/out.h"

enum { SIDE_FILES_MAX = 4 };

/* Begin with zeros. */
struct side_files {
    struct out files[SIDE_FILES_MAX];
    size_t count;
};

/* Opens a file for appending, or ends the program. path is not copied. Returns the stream to write
 * to, which stays the side files'; NULL if path is NULL. */
struct out *side_open(struct side_files *s, const char *path);

/* Writes out what the files' buffers hold. */
void side_flush(struct side_files *s);

/* Writes it out and closes the files. */
void side_close(struct side_files *s);

#endif
