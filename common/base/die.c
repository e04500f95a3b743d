#include "base/die.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_MAX = 2048 };

static const char *program_name = "statsd-utils";
static int program_verbosity;

/* If the program starts with one of these descriptors closed, the next file it opens gets that
 * number, and messages or records are written to it. The placeholder fails as a closed descriptor
 * would: a write-only 0 cannot be read, and a read-only 1 or 2 cannot be written. */
static void hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void die_init(const char *program)
{
    program_name = program;
    signal(SIGPIPE, SIG_IGN);
    hold_standard_descriptors();
}

const char *die_program(void)
{
    return program_name;
}

void die_set_verbosity(int verbosity)
{
    program_verbosity = verbosity;
}

int die_verbosity(void)
{
    return program_verbosity;
}

/* Writes each message with one write(2), so that programs of a pipeline that share stderr do not
 * mix their lines. */
static void print_message(const char *suffix, const char *format, va_list arguments)
{
    char text[MESSAGE_MAX];
    size_t length = (size_t)snprintf(text, sizeof text, "%s: ", program_name);
    int body = vsnprintf(text + length, sizeof text - length, format, arguments);
    if (body > 0)
        length += (size_t)body;
    if (suffix && length < sizeof text)
        length += (size_t)snprintf(text + length, sizeof text - length, ": %s", suffix);
    if (length > sizeof text - 2)
        length = sizeof text - 2;
    text[length++] = '\n';
    ssize_t ignored = write(STDERR_FILENO, text, length);
    (void)ignored;
}

void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message(NULL, format, arguments);
    va_end(arguments);
    exit(EXIT_FAILED);
}

void die_errno(const char *format, ...)
{
    const char *reason = strerror(errno);
    va_list arguments;
    va_start(arguments, format);
    print_message(reason, format, arguments);
    va_end(arguments);
    exit(EXIT_FAILED);
}

void die_usage(const char *usage_line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message(NULL, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s\n", usage_line);
    exit(EXIT_USAGE);
}

void warn(const char *format, ...)
{
    if (program_verbosity < 0)
        return;
    va_list arguments;
    va_start(arguments, format);
    print_message(NULL, format, arguments);
    va_end(arguments);
}

void warn_errno(const char *format, ...)
{
    const char *reason = strerror(errno);
    if (program_verbosity < 0)
        return;
    va_list arguments;
    va_start(arguments, format);
    print_message(reason, format, arguments);
    va_end(arguments);
}

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message(NULL, format, arguments);
    va_end(arguments);
}

bool complaint_is_shown(const struct complaint *c)
{
    return program_verbosity >= 0 && c->shown < COMPLAINT_SHOWN;
}

void complain(struct complaint *c, const char *format, ...)
{
    c->total++;
    if (!complaint_is_shown(c)) {
        c->unsaid++;
        return;
    }
    c->shown++;
    va_list arguments;
    va_start(arguments, format);
    print_message(NULL, format, arguments);
    va_end(arguments);
}

void complaint_summary(struct complaint *c)
{
    if (c->unsaid)
        warn("%llu more %s", (unsigned long long)c->unsaid, c->what);
    c->unsaid = 0;
    c->shown = 0;
}

static size_t quote_byte(char *to, unsigned char byte)
{
    static const char letters[] = { ['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r', [0] = '0' };
    if (byte == '\\' || (byte < sizeof letters && letters[byte])) {
        to[0] = '\\';
        to[1] = byte == '\\' ? '\\' : letters[byte];
        return 2;
    }
    if (byte >= 0x20 && byte < 0x7f) {
        to[0] = (char)byte;
        return 1;
    }
    return (size_t)snprintf(to, 5, "\\x%02x", (unsigned)byte);
}

struct quoted quote(const char *bytes, size_t length)
{
    struct quoted q;
    size_t used = 0;
    size_t shown = length > QUOTE_MAX ? QUOTE_MAX : length;
    q.text[used++] = '\'';
    for (size_t i = 0; i < shown; i++)
        used += quote_byte(q.text + used, (unsigned char)bytes[i]);
    q.text[used++] = '\'';
    if (shown < length) {
        memcpy(q.text + used, "…", strlen("…"));
        used += strlen("…");
    }
    q.text[used] = '\0';
    return q;
}
