/* plural: a number's noun, for messages. */
#ifndef BASE_PLURAL_H
#define BASE_PLURAL_H

#include <stdint.h>

/* The words for this many: `line` and `lines`, or `line waits` and `lines wait`. */
static inline const char *plural(uint64_t count, const char *one, const char *more)
{
    return count == 1 ? one : more;
}

#endif
