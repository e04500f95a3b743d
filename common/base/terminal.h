/* terminal: foreign bytes made safe to show. A control byte in a name can move the cursor, change
 * the title, or make a terminal answer as if its user had typed. */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Where a text stands within a UTF-8 sequence, for texts that come in pieces. Begin with zeros. */
struct terminal_text {
    unsigned char lead; /* the sequence's first byte */
    unsigned left;      /* how many of its bytes are still to come */
    bool is_first;      /* the next one is the second */
};

/* Writes from[0..length) to `to`, which has room for 4 × length bytes, with `\xHH` for each byte of
 * a control character (C0, DEL, C1) and each that is not valid UTF-8. TAB and LF stay if
 * with_layout. Returns the number of bytes written. */
size_t terminal_escape(struct terminal_text *t, char *to, const char *from, size_t length, bool with_layout);

#endif
