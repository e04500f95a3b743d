/* buffer: text that grows. */
#ifndef BUFFER_H
#define BUFFER_H

#include <stddef.h>

/* Begin with zeros. The owner frees text. */
struct buffer {
    char *text;
    size_t length, capacity;
};

/* Returns room for size more bytes, at text + length. The caller adds to length what it uses. */
char *buffer_room(struct buffer *b, size_t size);

void buffer_add(struct buffer *b, const char *bytes, size_t length);

/* Appends formatted text of at most 255 bytes. */
void buffer_print(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
