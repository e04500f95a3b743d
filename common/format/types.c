#include "format/types.h"

/* A row's letters and its bytes say the same. */
#define CHECK(place, name, letters, first, second, ...)                                                                \
    _Static_assert(sizeof(letters) == RECORD_TYPE_COLUMN_LENGTH(first, second) - 1, "letters of RECORD_" #name);
RECORD_TYPE_ROWS(CHECK)
#undef CHECK

/* Bits that differ add up to what they are or-ed to: no two types share a slot. */
#define SLOT_BIT(first, second)                       (UINT64_C(1) << RECORD_TYPE_SLOT(first, second))
#define ADD(place, name, letters, first, second, ...) SLOT_BIT(first, second) +
#define OR(place, name, letters, first, second, ...)  | SLOT_BIT(first, second)
_Static_assert((RECORD_TYPE_ROWS(ADD) 0) == (0 RECORD_TYPE_ROWS(OR)), "two record types have the same slot");
#undef SLOT_BIT
#undef ADD
#undef OR

const struct record_traits record_traits[RECORD_TYPES] = {
#define SENT true
#define MADE false
#define TRAITS(place, name, letters, first, second, value, with_sign, source, family)                                  \
    [RECORD_##name] = { letters, RECORD_VALUE_##value, RECORD_##with_sign, AGGREGATE_##family, source },
    RECORD_TYPE_ROWS(TRAITS)
#undef TRAITS
#undef SENT
#undef MADE
};

const struct record_type_word record_type_words[32] = {
#define WORD(place, name, letters, first, second, ...)                                                                 \
    [RECORD_TYPE_SLOT(first, second)] = { (first) | (second) << 8 | ((second) == '\t' ? 0 : '\t' << 16),               \
                                          (second) == '\t' ? 0xffff : 0xffffff, RECORD_##name, sizeof(letters) - 1 },
    RECORD_TYPE_ROWS(WORD)
#undef WORD
};

const char *record_type_letters(enum record_type type)
{
    return record_traits[type].letters;
}

int record_type_find(struct span letters)
{
    if (letters.length - 1 > 1)
        return -1;
    uint32_t first = (unsigned char)letters.text[0], second = '\t';
    if (letters.length == 2)
        second = (unsigned char)letters.text[1];
    const struct record_type_word *t = &record_type_words[RECORD_TYPE_SLOT(first, second)];
    bool is_same = t->length == letters.length && (t->word & 0xffff) == (first | second << 8);
    return is_same ? t->type : -1;
}

static int find_alias(struct span letters)
{
#define FIND(place, alias, name)                                                                                       \
    if (span_is(letters, alias))                                                                                       \
        return RECORD_##name;
    SENT_ALIAS_ROWS(FIND)
#undef FIND
    return -1;
}

int sent_type_find(struct span letters)
{
    int type = record_type_find(letters);
    if (type < 0)
        return find_alias(letters);
    return record_traits[type].is_sent ? type : -1;
}

static const struct {
    char letters[4];
    const char *plural;
} aggregate_types[AGGREGATE_TYPES] = {
#define AGGREGATE_TYPE(place, name, letters, plural) [AGGREGATE_##name] = { letters, plural },
    AGGREGATE_TYPE_ROWS(AGGREGATE_TYPE)
#undef AGGREGATE_TYPE
};

const char *aggregate_type_letters(enum aggregate_type type)
{
    return aggregate_types[type].letters;
}

const char *aggregate_type_plural(enum aggregate_type type)
{
    return aggregate_types[type].plural;
}

int aggregate_type_find(struct span letters)
{
    for (int type = 0; type < AGGREGATE_TYPES; type++)
        if (span_is(letters, aggregate_types[type].letters))
            return type;
    return -1;
}
