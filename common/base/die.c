#include "base/die.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nowait.h"
#include "base/terminal.h"

/* Bytes of a message, and of what may stand before it. All of it fits into PIPE_BUF bytes, which a
 * pipe takes whole or not at all. */
enum { MESSAGE_MAX = 2048, LOST_MAX = 256 };

static const char *program_name = "statsd-utils";
static int program_verbosity;

/* Where messages go. */
static struct {
    struct nowait out;
    bool is_open, is_terminal;
    bool is_torn; /* a message was cut */
    int patience; /* ms */
    uint64_t lost;
} messages;

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
    if (messages.is_open)
        nowait_end(&messages.out);
    messages.is_open = false;
}

void die_set_patience(int patience)
{
    messages.patience = patience;
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

static void open_messages(void)
{
    nowait_begin(&messages.out, STDERR_FILENO);
    messages.is_terminal = isatty(STDERR_FILENO);
    messages.is_open = true;
}

/* Writes without blocking. A reader that takes nothing is waited for once, until it moves again. */
static bool write_message(const char *text, size_t length)
{
    ssize_t n = nowait_write(&messages.out, text, length);
    if (n < 0 && (errno == EAGAIN || errno == EINTR) && !messages.lost && messages.patience) {
        struct pollfd p = { .fd = nowait_fd(&messages.out), .events = POLLOUT };
        poll(&p, 1, messages.patience);
        n = nowait_write(&messages.out, text, length);
    }
    messages.is_torn = n > 0 ? (size_t)n < length : messages.is_torn;
    return n == (ssize_t)length;
}

static size_t copy(char *to, const char *from, size_t length)
{
    memcpy(to, from, length);
    return length;
}

/* Writes the message, which ends with LF, with one write(2), so that programs of a pipeline that
 * share stderr do not mix their lines. If messages have been lost, that is said first. */
static void put_message(const char *message, size_t length, uint64_t lost_with_it)
{
    char text[LOST_MAX + 4 * MESSAGE_MAX];
    struct terminal_text state = { 0 };
    int saved = errno;
    size_t end = 0;
    if (!messages.is_open)
        open_messages();
    if (messages.is_torn)
        text[end++] = '\n';
    if (messages.lost)
        end += (size_t)snprintf(text + end, LOST_MAX - 1, "%.100s: %llu messages lost: stderr did not take them\n",
                                program_name, (unsigned long long)messages.lost);
    if (messages.is_terminal && length)
        end += terminal_escape(&state, text + end, message, length - 1, false);
    else if (length)
        end += copy(text + end, message, length - 1);
    if (length)
        text[end++] = '\n';
    if (write_message(text, end))
        messages.lost = 0;
    else
        messages.lost += lost_with_it;
    errno = saved;
}

void die_say_lost(void)
{
    if (messages.lost)
        put_message("", 0, 0);
}

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
    put_message(text, length, 1);
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
    char line[MESSAGE_MAX];
    int length = snprintf(line, sizeof line - 1, "%s", usage_line);
    size_t end = length < (int)sizeof line - 1 ? (size_t)length : sizeof line - 2;
    line[end] = '\n';
    put_message(line, end + 1, 1);
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
