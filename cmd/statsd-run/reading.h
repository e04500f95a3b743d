/* reading: gets the values of a config by name and kind, and reports errors as it finds them. */
#ifndef READING_H
#define READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings.h"
#include "value.h"

struct reading {
    struct settings *settings;
    const struct value *config;
    const struct settings_listener *listener;
    bool failed;
};

/* Reports an error or a warning about a value: `NAME: …`. v may be NULL. */
void reading_error(struct reading *r, const struct value *v, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void reading_warn(struct reading *r, const struct value *v, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A value as messages quote it: a string or a number in quotes, or its kind. */
struct reading_text {
    char text[300];
};
struct reading_text reading_quote(const struct value *v);

/* The member, or NULL if it is missing, undefined or null. */
const struct value *reading_member(const struct value *object, const char *name);

/* Like `object.name || fallback` in JavaScript, which treats 0 and '' as missing. If the value is
 * not a finite number from least to most, reports an error and returns fallback. */
double reading_number(struct reading *r, const struct value *object, const char *name, double fallback, double least,
                      double most);

/* JavaScript's idea of truth. Warns of 'false' in quotes, which is true. */
bool reading_flag(struct reading *r, const struct value *object, const char *name, bool fallback);

/* A string or a number as text, malloc'd. If it is missing, a copy of fallback, or NULL for NULL;
 * the same, with an error, if it is of another kind. */
char *reading_text(struct reading *r, const struct value *object, const char *name, const char *fallback);

/* The text of a string or a number, malloc'd; NULL for anything else. */
char *reading_scalar(const struct value *v);

/* Appends each member of an object as an option of its name, `maxSeries` as --max-series: true as
 * the option alone, false as nothing, a list as the option repeated. Leaves out the names in
 * `without`, which ends with NULL. */
void reading_options(struct reading *r, const struct value *object, const char *const *without, struct command *c);

/* The same for one value. */
void reading_option(struct reading *r, const struct value *v, const char *option, struct command *c);

#endif
