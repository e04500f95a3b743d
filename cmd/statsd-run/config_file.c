#include "config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "literal.h"
#include "programs.h"

enum { SIZE_MOST = 1 << 20 };

static const char advice[] = "node -p 'JSON.stringify(eval(\"config=\"+require(\"fs\").readFileSync(\"%s\")))'";

static void tell(void *self, bool is_error, unsigned line, const char *text)
{
    const char *path = self;
    void (*print)(const char *, ...) = is_error ? say : warn;
    if (line)
        print("%s:%u: %s", path, line, text);
    else
        print("%s: %s", path, text);
}

static bool read_text(const char *path, struct stat *status, struct span *text)
{
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *bytes = xmalloc(SIZE_MOST + 1);
    size_t length = 0;
    ssize_t n = fd < 0 || fstat(fd, status) < 0 ? -1 : 1;
    while (n > 0 && length <= SIZE_MOST) {
        n = read(fd, bytes + length, SIZE_MOST + 1 - length);
        length += n > 0 ? (size_t)n : 0;
    }
    if (n < 0)
        say("%s %s: %s", fd < 0 ? "open" : "read", path, strerror(errno));
    else if (length > SIZE_MOST)
        say("%s: the file is too large: expected at most 1M", path);
    if (fd >= 0)
        close(fd);
    *text = (struct span){ bytes, length };
    return n >= 0 && length <= SIZE_MOST;
}

static const char *variable(const char *name)
{
    return getenv(name);
}

static struct value *parse(const char *path, struct span text)
{
    char host[HOST_NAME_MAX + 1] = "";
    struct literal_error error;
    gethostname(host, sizeof host - 1);
    const struct literal_world world = { variable, host };
    struct value *value = literal_parse(text, &world, &error);
    if (value)
        return value;
    say("%s:%u: %s", path, error.line, error.text);
    if (error.is_expression) {
        char *command = xmalloc(sizeof advice + strlen(path));
        sprintf(command, advice, path);
        say("the file is read, not executed; where node is, this turns it into plain JSON: %s", command);
        free(command);
    }
    return NULL;
}

bool config_file_read(const struct config_file *file, struct config_now *now)
{
    const char *path = file->path ? file->path : "defaults";
    const struct settings_listener listener = { tell, (void *)path };
    struct span text = { NULL, 0 };
    *now = (struct config_now){ .value = NULL };
    if (file->path) {
        now->value = read_text(file->path, &now->status, &text) ? parse(path, text) : NULL;
        free((char *)text.text);
        if (!now->value)
            return false;
    }
    return settings_read(&now->settings, now->value, &listener);
}

bool config_file_check_programs(const struct settings *s)
{
    struct command receive = settings_receive(s);
    bool is_good = programs_check(&receive);
    command_free(&receive);
    is_good &= programs_check(&s->aggregate);
    for (size_t i = 0; i < s->sink_count; i++)
        is_good &= programs_check(&s->sinks[i].command);
    return is_good;
}

bool config_file_has_changed(const struct config_file *file, const struct stat *status)
{
    struct stat is;
    if (!file->path || strcmp(file->path, "-") == 0 || stat(file->path, &is) < 0)
        return false;
    return is.st_ino != status->st_ino || is.st_dev != status->st_dev || is.st_size != status->st_size ||
           is.st_mtim.tv_sec != status->st_mtim.tv_sec || is.st_mtim.tv_nsec != status->st_mtim.tv_nsec;
}

void config_now_free(struct config_now *now)
{
    value_free(now->value);
    settings_free(&now->settings);
    *now = (struct config_now){ .value = NULL };
}
