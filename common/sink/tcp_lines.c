#include "sink/tcp_lines.h"

#include <string.h>

#include "sink/tcp_socket.h"

enum { WRITE_MAX = 1 << 18 };

/* Returns the length of the whole lines among these bytes, 0 if there is none. */
static size_t whole_lines(const char *bytes, size_t length)
{
    while (length > 0 && bytes[length - 1] != '\n')
        length--;
    return length;
}

/* Returns how many bytes to write next; 0: wait until the socket is writable. A writable socket
 * without room for a whole line will not get more room, so part of the line is written. */
static size_t next_piece(const struct tcp_link *l)
{
    const char *bytes = l->writing->bytes + l->offset;
    size_t left = l->writing->length - l->offset, room = 0;
    bool is_writable = true;
    if (!l->is_in_line)
        room = tcp_socket_room(l->fd, &is_writable);
    if (room > WRITE_MAX)
        room = WRITE_MAX;
    size_t whole = whole_lines(bytes, room < left ? room : left);
    if (whole > 0 || !is_writable)
        return whole;
    const char *end = memchr(bytes, '\n', left);
    return end ? (size_t)(end - bytes) + 1 : left;
}

ssize_t tcp_lines_write(struct tcp_link *l)
{
    size_t piece = next_piece(l);
    if (!piece)
        return 0;
    ssize_t n = send(l->fd, l->writing->bytes + l->offset, piece, MSG_NOSIGNAL);
    if (n <= 0)
        return n;
    l->offset += (size_t)n;
    l->written += (size_t)n;
    bool is_in_line = l->writing->bytes[l->offset - 1] != '\n';
    if (is_in_line != l->is_in_line)
        tcp_socket_set_reset(l->fd, is_in_line);
    l->is_in_line = is_in_line;
    if (l->offset == l->writing->length)
        l->writing = NULL;
    return n;
}

void tcp_lines_finish(struct tcp_link *l)
{
    if (l->is_in_line)
        tcp_lines_write(l);
}
