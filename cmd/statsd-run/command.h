/* command: the words of a command line. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* Begin with zeros. words ends with a NULL once there is one. */
struct command {
    char **words;
    size_t count;
};

/* Appends a copy of the word. */
void command_add(struct command *c, const char *word);

/* Appends `--name value`; without a value, `--name`. */
void command_add_option(struct command *c, const char *name, const char *value);

/* Appends formatted text as one word. */
void command_print(struct command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends copies of all words. */
void command_append(struct command *c, const struct command *other);

bool command_equal(const struct command *a, const struct command *b);
void command_free(struct command *c);

/* The command as a POSIX shell reads it, each word quoted where it must be; malloc'd. */
char *command_text(const struct command *c);

#endif
