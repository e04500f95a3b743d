/* types: the types of records and of aggregates.
 *
 * A type is one row of a table below. Parsers, writers, lookup tables and error texts are all
 * derived from the rows, most of them at compile time: a caller defines a macro that expands one
 * row as it needs, and passes it to RECORD_TYPE_ROWS. */
#ifndef FORMAT_TYPES_H
#define FORMAT_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* clang-format off */

/* Aggregate types that samples belong to, their families:
 *   place    in a list of types: FIRST, NEXT or LAST
 *   name     AGGREGATE_name, and RECORD_name for the record type that stands for the family
 *   letters  as aggregates have them
 *   plural   for headings */
#define FAMILY_ROWS(ROW) \
    ROW(FIRST, COUNTER, "c",  "counters") \
    ROW(NEXT,  TIMER,   "ms", "timers") \
    ROW(NEXT,  GAUGE,   "g",  "gauges") \
    ROW(NEXT,  SET,     "s",  "sets")

/* All aggregate types. own: a program's own figures, which have no record type. */
#define AGGREGATE_TYPE_ROWS(ROW) \
    FAMILY_ROWS(ROW) \
    ROW(LAST,  OWN,     "own", "own")

/* Record types:
 *   place    in a list of types: FIRST, NEXT or LAST
 *   name     RECORD_name
 *   letters  as lines and records have them, one or two
 *   bytes    the first two bytes of the letters and the TAB after them
 *   value    RECORD_VALUE_value
 *   signed   the type that a signed value has unless --gauge-sign is absolute: RECORD_signed
 *   source   SENT by clients, or MADE from another type: then it is no type of lines
 *   family   the aggregate type its samples belong to: AGGREGATE_family */
#define RECORD_TYPE_ROWS(ROW) \
    ROW(FIRST, COUNTER,      "c",  'c', '\t', NUMBER,       COUNTER,      SENT, COUNTER) \
    ROW(NEXT,  TIMER,        "ms", 'm', 's',  NOT_NEGATIVE, TIMER,        SENT, TIMER) \
    ROW(NEXT,  HISTOGRAM,    "h",  'h', '\t', NUMBER,       HISTOGRAM,    SENT, TIMER) \
    ROW(NEXT,  DISTRIBUTION, "d",  'd', '\t', NUMBER,       DISTRIBUTION, SENT, TIMER) \
    ROW(NEXT,  GAUGE,        "g",  'g', '\t', NUMBER,       GAUGE_DELTA,  SENT, GAUGE) \
    ROW(NEXT,  GAUGE_DELTA,  "gd", 'g', 'd',  NUMBER,       GAUGE_DELTA,  MADE, GAUGE) \
    ROW(LAST,  SET,          "s",  's', '\t', MEMBER,       SET,          SENT, SET)

/* Other letters that clients send for a type. Its records have the type's own:
 *   place    in a list of types: NEXT or LAST
 *   letters  as lines have them
 *   name     of the type: RECORD_name */
#define SENT_ALIAS_ROWS(ROW) \
    ROW(LAST, "m", COUNTER) /* meters */

/* clang-format on */

/* --- lists of types, as string literals ------------------------------------------------------- */

/* `c, ms, g or s` */
#define TYPES_WORD_FIRST(text) text
#define TYPES_WORD_NEXT(text)  ", " text
#define TYPES_WORD_LAST(text)  " or " text

/* The same if other words follow the last of the rows. */
#define TYPES_EARLY_WORD_FIRST(text) text
#define TYPES_EARLY_WORD_NEXT(text)  ", " text
#define TYPES_EARLY_WORD_LAST(text)  ", " text

/* `c,ms,g,s` */
#define TYPES_ITEM_FIRST(text) text
#define TYPES_ITEM_NEXT(text)  "," text
#define TYPES_ITEM_LAST(text)  "," text

/* Keeps what is derived from a row only if clients send the type: TYPES_IF_##source(…). */
#define TYPES_IF_SENT(...) __VA_ARGS__
#define TYPES_IF_MADE(...)

#define TYPES_RECORD_WORD(place, name, letters, ...) TYPES_WORD_##place(letters)
#define TYPES_SENT_WORD(place, name, letters, first, second, value, with_sign, source, family)                         \
    TYPES_IF_##source(TYPES_EARLY_WORD_##place(letters))
#define TYPES_ALIAS_WORD(place, letters, name)                TYPES_WORD_##place(letters)
#define TYPES_AGGREGATE_WORD(place, name, letters, plural)    TYPES_WORD_##place(letters)
#define TYPES_AGGREGATE_LETTERS(place, name, letters, plural) " " letters
#define TYPES_AGGREGATE_ITEM(place, name, letters, plural)    TYPES_ITEM_##place(letters)

#define RECORD_TYPE_WORDS      RECORD_TYPE_ROWS(TYPES_RECORD_WORD) /* of records, for people */
#define SENT_TYPE_WORDS        RECORD_TYPE_ROWS(TYPES_SENT_WORD) SENT_ALIAS_ROWS(TYPES_ALIAS_WORD) /* of lines */
#define AGGREGATE_TYPE_WORDS   AGGREGATE_TYPE_ROWS(TYPES_AGGREGATE_WORD)                           /* of aggregates */
#define AGGREGATE_TYPE_LETTERS AGGREGATE_TYPE_ROWS(TYPES_AGGREGATE_LETTERS)                        /* for completions */
#define FAMILY_ITEMS           FAMILY_ROWS(TYPES_AGGREGATE_ITEM)

/* --- aggregate types -------------------------------------------------------------------------- */

#define TYPES_AGGREGATE_NAME(place, name, ...) AGGREGATE_##name,
enum aggregate_type { AGGREGATE_TYPE_ROWS(TYPES_AGGREGATE_NAME) AGGREGATE_TYPES };
#undef TYPES_AGGREGATE_NAME

/* The letters of a type, `c ms g s own`, and its name for headings, `counters`. */
const char *aggregate_type_letters(enum aggregate_type type);
const char *aggregate_type_plural(enum aggregate_type type);

/* The type with these letters, an enum aggregate_type, or -1. */
int aggregate_type_find(struct span letters);

/* --- record types ----------------------------------------------------------------------------- */

#define TYPES_RECORD_NAME(place, name, ...) RECORD_##name,
enum record_type { RECORD_TYPE_ROWS(TYPES_RECORD_NAME) RECORD_TYPES };
#undef TYPES_RECORD_NAME

enum record_value {
    RECORD_VALUE_NUMBER,
    RECORD_VALUE_NOT_NEGATIVE, /* a number from 0 up */
    RECORD_VALUE_MEMBER        /* any bytes, at least one: a member of a set */
};

struct record_traits {
    char letters[3]; /* with a NUL */
    unsigned char value, with_sign, family;
    bool is_sent;
};

/* The row of a type. */
extern const struct record_traits record_traits[RECORD_TYPES];

/* The letters of a type as records have them: `c ms h d g gd s`. */
const char *record_type_letters(enum record_type type);

/* The type with these letters, an enum record_type, or -1. */
int record_type_find(struct span letters);

/* The type that a client means by these letters, or -1. */
int sent_type_find(struct span letters);

static inline enum aggregate_type record_type_family(enum record_type type)
{
    return (enum aggregate_type)record_traits[type].family;
}

/* True when the values are members: a bit for each type, for loops that mix types. */
static inline bool record_type_has_members(enum record_type type)
{
#define TYPES_MEMBER_BIT(place, name, letters, first, second, value, ...)                                              \
    | (unsigned)(RECORD_VALUE_##value == RECORD_VALUE_MEMBER) << RECORD_##name
    return (0u RECORD_TYPE_ROWS(TYPES_MEMBER_BIT)) >> type & 1;
#undef TYPES_MEMBER_BIT
}

/* --- record types by their letters, without a branch ------------------------------------------ */

/* clang-format off */
/* A type's column with the TABs around it, as an initialiser, and the number of its bytes. */
#define RECORD_TYPE_COLUMN(first, second)        { '\t', first, second, (second) == '\t' ? '\0' : '\t' }
#define RECORD_TYPE_COLUMN_LENGTH(first, second) ((second) == '\t' ? 3 : 4)
/* clang-format on */

/* The types by their letters and the TAB after them, two bytes or three. They are told apart by a
 * sum of the first two, without a branch to mispredict: a stream mixes types without a pattern.
 * Where there is no type, nothing matches. */
struct record_type_word {
    uint32_t word, mask; /* the bytes, the first in the lowest place, and which of them count */
    unsigned char type, length;
};
extern const struct record_type_word record_type_words[32];

#define RECORD_TYPE_SLOT(first, second) (((first) + (second)) & 31)

#endif
