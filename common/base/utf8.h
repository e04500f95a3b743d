/* utf8: bytes of foreign origin as UTF-8 (RFC 3629). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Returns the length of the sequence of two to four bytes at bytes[0..length), length > 0, and sets
 * *point to the character that it stands for. Returns 0 if there is none: the first byte is ASCII,
 * or not the beginning of valid UTF-8. */
size_t utf8_sequence(const char *bytes, size_t length, uint32_t *point);

/* Returns where the text of a file that begins with these bytes starts: after its byte order mark,
 * if it has one. */
const char *utf8_after_mark(const char *bytes, const char *end);

#endif
