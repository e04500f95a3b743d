#include "feed.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"

enum { CHUNK = 1 << 20 };

static void add_to_poll(const struct feed *f, int fd, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.fd = fd };
    if (epoll_ctl(f->poll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        die_errno("epoll_ctl");
}

void feed_init(struct feed *f, struct store *store, struct child *child)
{
    sigset_t set;
    *f = (struct feed){ .store = store, .child = child, .fd = -1, .strange = { .what = "strange times" } };
    /* A parent may have left it ignored: the deaths of processes would then go unnoticed. */
    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
        die_errno("signal");
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        die_errno("sigprocmask");
    f->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    f->poll_fd = f->signal_fd < 0 ? -1 : epoll_create1(EPOLL_CLOEXEC);
    if (f->poll_fd < 0)
        die_errno("signalfd");
    add_to_poll(f, f->signal_fd, EPOLLIN);
}

static void close_segment(struct feed *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    f->is_feeding = false;
    f->offset = 0;
}

void feed_free(struct feed *f)
{
    complaint_summary(&f->strange);
    close_segment(f);
    close(f->signal_fd);
    close(f->poll_fd);
}

void feed_begin(struct feed *f)
{
    close_segment(f);
    f->is_blocked = false;
    f->word_length = 0;
    f->store->under_way = 0;
    add_to_poll(f, f->child->done, EPOLLIN);
    add_to_poll(f, f->child->input, EPOLLOUT | EPOLLET);
}

int feed_fd(const struct feed *f)
{
    return f->poll_fd;
}

/* --- what the sink has done ------------------------------------------------------------------- */

static void take_word(struct feed *f, int64_t now)
{
    struct store *s = f->store;
    size_t fed = s->under_way - f->is_feeding;
    int64_t time;
    if (!clock_parse_far(f->word, f->word_length, &time) && !clock_parse(f->word, f->word_length, &time)) {
        complain(&f->strange, "%s: bad time %s on --done-fd: expected Unix seconds", f->child->words[0],
                 quote(f->word, f->word_length).text);
        return;
    }
    for (size_t i = 0; i < fed; i++) {
        if (s->segments[i].name.time != time)
            continue;
        store_finish(s, i + 1);
        child_is_well(f->child);
        f->progress = now;
        return;
    }
}

static void take_bytes(struct feed *f, const char *bytes, size_t length, int64_t now)
{
    for (const char *p = bytes; p < bytes + length; p++) {
        if (*p != '\n') {
            f->word_length += f->word_length < sizeof f->word;
            f->word[f->word_length - 1] = *p;
            continue;
        }
        take_word(f, now);
        f->word_length = 0;
    }
}

static void take_done(struct feed *f, int64_t now)
{
    char bytes[4096];
    ssize_t n;
    while (f->child->done >= 0 && (n = read(f->child->done, bytes, sizeof bytes)) != 0) {
        if (n > 0)
            take_bytes(f, bytes, (size_t)n, now);
        else if (errno != EINTR)
            return;
    }
    /* It has closed its end, and lives perhaps. */
    if (f->child->done >= 0)
        epoll_ctl(f->poll_fd, EPOLL_CTL_DEL, f->child->done, NULL);
}

/* --- feeding ---------------------------------------------------------------------------------- */

static uint64_t bytes_under_way(const struct store *s)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < s->under_way; i++)
        bytes += s->segments[i].size;
    return bytes;
}

/* True while a segment that could not be read is waited for. */
static bool is_waiting(const struct store *s, int64_t now)
{
    return s->is_rereading && now < s->reread;
}

/* Begins the next segment. False: there is none, or the sink is far enough ahead. */
static bool begin_segment(struct feed *f, int64_t now)
{
    struct store *s = f->store;
    while (s->under_way < s->count && !store_check(s, s->under_way, now))
        if (is_waiting(s, now))
            return false;
    if (s->under_way == s->count || s->under_way == FEED_AHEAD)
        return false;
    if (s->under_way && bytes_under_way(s) + s->segments[s->under_way].size > FEED_BYTES)
        return false;
    s->under_way++;
    f->is_feeding = true;
    f->offset = 0;
    return true;
}

/* The segment cannot be read (error: an errno, or 0 if its file ends too early). False: it is to be
 * read again later. Otherwise the sink may have half a line of it, which nothing must follow. */
static bool give_up_segment(struct feed *f, int error, int64_t now)
{
    struct store *s = f->store;
    bool is_torn = f->offset > 0;
    if (store_read_failed(s, s->under_way - 1, error, now))
        return false;
    close_segment(f);
    if (is_torn)
        child_kill(f->child);
    return true;
}

static bool open_segment(struct feed *f, const struct segment *segment)
{
    uint64_t size;
    char name[SEGMENT_NAME_MAX];
    if (segment->bytes || f->fd >= 0)
        return true;
    segment_write_name(name, &segment->name);
    f->fd = directory_read(&f->store->directory, name, &size);
    return f->fd >= 0;
}

/* Writes from a file without copying it, or by way of memory where the file system has no other. */
static ssize_t send_file(int to, int from, off_t offset, size_t length)
{
    off_t at = offset;
    ssize_t n = sendfile(to, from, &at, length);
    if (n >= 0 || (errno != EINVAL && errno != ENOSYS))
        return n;
    char bytes[1 << 16];
    n = pread(from, bytes, length < sizeof bytes ? length : sizeof bytes, offset);
    return n <= 0 ? n : write(to, bytes, (size_t)n);
}

/* Writes some of the segment. False: the pipe is full or closed, or the file is read later. */
static bool send_some(struct feed *f, int64_t now)
{
    const struct segment *segment = &f->store->segments[f->store->under_way - 1];
    if (!open_segment(f, segment))
        return give_up_segment(f, errno, now);
    uint64_t left = segment->size - f->offset;
    size_t length = left < CHUNK ? (size_t)left : CHUNK;
    ssize_t n = segment->bytes ? write(f->child->input, segment->bytes + f->offset, length)
                               : send_file(f->child->input, f->fd, (off_t)f->offset, length);
    if (n < 0 && errno == EAGAIN)
        f->is_blocked = true;
    else if (n < 0 && errno == EPIPE)
        child_end_input(f->child, clock_monotonic_ms(), CHILD_KILL_AFTER);
    else if (n <= 0 && !(n < 0 && errno == EINTR))
        return give_up_segment(f, n < 0 ? errno : 0, now);
    if (n <= 0)
        return f->is_feeding && !f->is_blocked;
    f->offset += (uint64_t)n;
    f->store->is_rereading = false;
    if (f->is_feeding && f->offset == segment->size)
        close_segment(f);
    return true;
}

static void feed(struct feed *f, int64_t now)
{
    if (is_waiting(f->store, now))
        return;
    while (f->child->pid && f->child->input >= 0 && !f->is_blocked && (f->is_feeding || begin_segment(f, now)))
        if (!send_some(f, now))
            break;
}

/* There is room in the sink's pipe, or nobody reads it any more. */
static void take_input_event(struct feed *f, uint32_t events, int64_t now)
{
    f->is_blocked = false;
    if (events & EPOLLERR)
        child_end_input(f->child, now, CHILD_KILL_AFTER);
}

/* True if a process of ours has died, or stopped. */
static bool take_events(struct feed *f, int64_t now)
{
    struct epoll_event events[4];
    struct signalfd_siginfo info;
    bool has_signal = false;
    int count = epoll_wait(f->poll_fd, events, 4, 0);
    for (int i = 0; i < count; i++) {
        if (f->child->input >= 0 && events[i].data.fd == f->child->input)
            take_input_event(f, events[i].events, now);
        if (events[i].data.fd == f->signal_fd)
            has_signal = read(f->signal_fd, &info, sizeof info) > 0;
    }
    return has_signal;
}

void feed_step(struct feed *f, bool is_ready, int64_t now)
{
    if (is_ready) {
        if (take_events(f, now))
            f->is_dead |= child_has_died(f->child, &f->death);
        take_done(f, now);
    }
    if (!f->is_dead)
        feed(f, now);
}
