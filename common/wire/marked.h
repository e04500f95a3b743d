/* wire_marked: what wire/batch and wire/tagged share: types and rates, and how the parts of a
 * record are moved. */
#ifndef WIRE_MARKED_H
#define WIRE_MARKED_H

#include "base/digits.h"
#include "wire/batch.h"

/* The fixed sizes of moves; and how much further than the record's end they may write. */
enum { NAME_MOVE = 48, VALUE_MOVE = 16, RATE_MOVE = 8, TAIL_MOVE = 32, OVERSHOOT = 64 };

/* A type by its first letter: its column with the TABs around it; how far from the bar it ends (0:
 * there is no such type); and the letter that has to be second. */
struct marked_type {
    char column[4];
    unsigned char end, second, second_mask;
    bool has_members;
};
extern const struct marked_type marked_types[256];

/* The type whose letters are between the bar and type_end, or NULL. */
static inline const struct marked_type *marked_type(const char *bar, const char *type_end)
{
    const struct marked_type *type = &marked_types[(unsigned char)bar[1]];
    bool is_good = (type_end - bar == type->end) & (((unsigned char)bar[2] & type->second_mask) == type->second);
    return is_good ? type : NULL;
}

/* True if the rate, whose word that is, is one. Remembers it. */
bool marked_learn_rate(struct wire_batch *b, const char *rate, size_t length, uint64_t word);

/* The same at the speed of a rate that has just been seen. Eight bytes before its end are
 * readable. The word has no length: a rate with a NUL in front has that of the rest. */
static inline bool marked_rate(struct wire_batch *b, const char *rate, size_t length)
{
    if (length - 1 >= RATE_MOVE)
        return false;
    uint64_t word = word_load(rate) << (64 - 8 * length);
    return (word == b->rate_word && rate[0]) || marked_learn_rate(b, rate, length, word);
}

/* Moves length bytes and returns their end; at once, where they are not more than usual. That many
 * must be readable and writable. */
static inline char *marked_move(char *to, const char *from, size_t length, size_t usual)
{
    memcpy(to, from, usual);
    if (length > usual)
        memcpy(to + usual, from + usual, length - usual);
    return to + length;
}

/* How many plain lines in a row tagged_write takes before it leaves them to their marks. */
enum { TAGGED_LINES = 8 };

/* wire_batch_write for lines that have tags or whose name is not plain, as long as b->by_line is
 * not 0: the half in tagged.c. */
enum wire_batch_stop tagged_write(struct wire_batch *b, char **to, const char *to_end, uint64_t *lines);

#endif
