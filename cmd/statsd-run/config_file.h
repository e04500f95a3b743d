/* config_file: a config file, read and turned into settings. */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "settings.h"
#include "value.h"

struct config_file {
    const char *path; /* NULL: none, the defaults */
};

/* A config as it was read. */
struct config_now {
    struct value *value; /* the object, or NULL: the defaults */
    struct settings settings;
    struct stat status; /* of the file */
};

/* Reads the file and reports errors in it on stderr. Returns false if it cannot be used. *now
 * must be freed in any case. */
bool config_file_read(const struct config_file *file, struct config_now *now);

/* Checks that the programs exist and accept their options; the programs report errors
 * themselves. */
bool config_file_check_programs(const struct settings *s);

/* True if the file is another one than *status tells of, or has been written since. */
bool config_file_has_changed(const struct config_file *file, const struct stat *status);

void config_now_free(struct config_now *now);

#endif
