#include "sink/done.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/shortage.h"
#include "base/xalloc.h"
#include "filter/ready.h"

void done_init(struct done *d, int fd)
{
    *d = (struct done){ .fd = fd };
    if (fd < 0)
        return;
    ready_check_writable("--done-fd", fd);
    nowait_begin(&d->nowait, fd);
}

void done_free(struct done *d)
{
    if (d->fd >= 0)
        nowait_end(&d->nowait);
    free(d->bytes);
}

static void make_room(struct done *d, size_t size)
{
    if (d->start < d->end)
        memmove(d->bytes, d->bytes + d->start, d->end - d->start);
    d->end -= d->start;
    d->start = 0;
    while (d->capacity - d->end < size)
        d->capacity = d->capacity ? 2 * d->capacity : 4096;
    d->bytes = xreallocarray(d->bytes, d->capacity, 1);
}

void done_tell(struct done *d, struct span time_text)
{
    if (d->fd < 0 || d->has_failed)
        return;
    if (d->capacity - d->end < time_text.length + 1)
        make_room(d, time_text.length + 1);
    memcpy(d->bytes + d->end, time_text.text, time_text.length);
    d->end += time_text.length;
    d->bytes[d->end++] = '\n';
    done_flush(d);
}

bool done_flush(struct done *d)
{
    while (d->start < d->end && !d->has_failed) {
        ssize_t n = nowait_write(&d->nowait, d->bytes + d->start, d->end - d->start);
        if (n < 0 && (errno == EAGAIN || errno == EINTR || shortage_is(errno)))
            return false;
        if (n < 0) {
            warn_errno("--done-fd %d", d->fd);
            d->has_failed = true;
        } else {
            d->start += (size_t)n;
        }
    }
    d->start = d->end = 0;
    return true;
}
