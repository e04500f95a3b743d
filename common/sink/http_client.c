#include "sink/http_client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"

enum { EVENTS = 16, RETRY_MOST = 3600 /* s */ };

/* --- libcurl's callbacks ---------------------------------------------------------------------- */

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *self, void *seen)
{
    const struct http_client *c = self;
    struct epoll_event event = { .data.fd = fd };
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(c->fd, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    if (epoll_ctl(c->fd, seen ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) && !seen)
        epoll_ctl(c->fd, EPOLL_CTL_MOD, fd, &event);
    curl_multi_assign(c->multi, fd, (void *)c);
    return 0;
}

static int set_timer(CURLM *multi, long milliseconds, void *self)
{
    struct http_client *c = self;
    (void)multi;
    c->due = milliseconds < 0 ? INT64_MAX : clock_monotonic_ms() + milliseconds;
    return 0;
}

static size_t take_body(const char *bytes, size_t size, size_t count, void *self)
{
    struct http_client *c = self;
    size_t length = size * count, room = HTTP_BODY_MAX - c->body_length;
    c->is_cut = length > room;
    length = c->is_cut ? room : length;
    if (c->body_length + length > c->body_capacity) {
        c->body_capacity = 2 * (c->body_length + length);
        c->body = xreallocarray(c->body, c->body_capacity, 1);
    }
    if (length)
        memcpy(c->body + c->body_length, bytes, length);
    c->body_length += length;
    return c->is_cut ? 0 : length;
}

static size_t take_header(const char *bytes, size_t size, size_t count, void *self)
{
    struct http_client *c = self;
    (void)bytes;
    c->header_length += size * count;
    c->has_long_header = c->header_length > HTTP_HEADER_MAX;
    return c->has_long_header ? 0 : size * count;
}

static int note_progress(void *self, curl_off_t to_receive, curl_off_t received, curl_off_t to_send, curl_off_t sent)
{
    struct http_client *c = self;
    (void)to_receive;
    (void)to_send;
    if (received != c->received || sent != c->sent)
        c->moved = clock_monotonic_ms();
    c->received = received;
    c->sent = sent;
    return 0;
}

static curl_socket_t open_socket(void *self, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)self;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* --- the client ------------------------------------------------------------------------------- */

void http_client_init(struct http_client *c, const struct http_settings *settings)
{
    *c = (struct http_client){ .settings = settings, .due = INT64_MAX };
    c->fd = epoll_create1(EPOLL_CLOEXEC);
    if (c->fd < 0)
        die_errno("epoll_create1");
    if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(c->multi = curl_multi_init()) || !(c->easy = curl_easy_init()))
        die("libcurl: out of memory");
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
}

void http_client_free(struct http_client *c)
{
    http_client_abort(c);
    curl_easy_cleanup(c->easy);
    curl_multi_cleanup(c->multi);
    curl_slist_free_all(c->headers);
    curl_global_cleanup();
    close(c->fd);
    free(c->body);
    free(c->packed);
}

static void add_header(struct http_client *c, const char *text)
{
    struct curl_slist *list = curl_slist_append(c->headers, text);
    if (!list)
        die("libcurl: out of memory");
    c->headers = list;
}

static void set_headers(struct http_client *c, const struct http_request *r)
{
    curl_slist_free_all(c->headers);
    c->headers = NULL;
    if (!r->signature) /* the signature would include it as a header that is sent */
        add_header(c, "Expect:");
    for (const char *const *h = r->headers; h && *h; h++)
        add_header(c, *h);
    for (const char *const *h = c->settings->headers; h && *h; h++)
        add_header(c, *h);
    if (c->settings->gzip && r->body.length)
        add_header(c, "Content-Encoding: gzip");
    if (r->authorization) {
        size_t size = strlen(r->authorization) + sizeof "Authorization: ";
        char *text = xmalloc(size);
        snprintf(text, size, "Authorization: %s", r->authorization);
        add_header(c, text);
        free(text);
    }
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, (struct curl_slist *)c->headers);
}

/* Sets the body, compressed if the options say so. */
static struct span pack(struct http_client *c, struct span body)
{
    if (!c->settings->gzip || !body.length)
        return body;
    z_stream z = { .next_in = (unsigned char *)body.text, .avail_in = (unsigned)body.length };
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        die("zlib: out of memory");
    size_t most = deflateBound(&z, body.length);
    if (most > c->packed_capacity) {
        c->packed_capacity = most;
        c->packed = xreallocarray(c->packed, most, 1);
    }
    z.next_out = (unsigned char *)c->packed;
    z.avail_out = (unsigned)most;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        die("zlib: a body of %zu bytes could not be compressed", body.length);
    deflateEnd(&z);
    return (struct span){ c->packed, z.total_out };
}

static void set_text(struct http_client *c, CURLoption option, const char *text)
{
    if (curl_easy_setopt(c->easy, option, text) == CURLE_OUT_OF_MEMORY)
        die("libcurl: out of memory");
}

static void set_options(struct http_client *c, const struct http_request *r)
{
    const struct http_settings *s = c->settings;
    CURL *easy = c->easy;
    set_text(c, CURLOPT_URL, r->url);
    set_text(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* otherwise the end of a request waits for its name lookup */
#endif
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, note_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, c);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, c->failure);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(s->timeout * 2)); /* http_client_due is earlier */
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(s->timeout * HTTP_PATIENCE));
    if (s->ca)
        set_text(c, CURLOPT_CAINFO, s->ca);
    set_text(c, CURLOPT_SSLCERT, s->cert);
    set_text(c, CURLOPT_SSLKEY, s->key);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, s->insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, s->insecure ? 0L : 2L);
    if (r->signature)
        set_text(c, CURLOPT_AWS_SIGV4, r->signature);
    set_text(c, CURLOPT_USERNAME, r->user);
    set_text(c, CURLOPT_PASSWORD, r->secret);
}

void http_client_send(struct http_client *c, const struct http_request *r, int64_t now)
{
    struct span body = pack(c, r->body);
    curl_easy_reset(c->easy);
    set_options(c, r);
    set_headers(c, r);
    if (strcmp(r->method, "GET") != 0) {
        curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.length);
        curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, body.length ? body.text : "");
        set_text(c, CURLOPT_CUSTOMREQUEST, r->method);
    }
    c->body_length = c->header_length = 0;
    c->is_cut = c->has_long_header = false;
    c->began = c->moved = now;
    c->sent = c->received = 0;
    c->failure[0] = '\0';
    c->is_busy = true;
    if (curl_multi_add_handle(c->multi, c->easy) != CURLM_OK)
        die("libcurl: out of memory");
    c->due = now;
}

void http_client_abort(struct http_client *c)
{
    if (c->is_busy)
        curl_multi_remove_handle(c->multi, c->easy);
    c->is_busy = false;
    c->due = INT64_MAX;
}

int64_t http_client_due(const struct http_client *c)
{
    int64_t patience = c->is_busy ? c->moved + c->settings->timeout : INT64_MAX;
    return c->due < patience ? c->due : patience;
}

/* An answer that was cut off for its length still counts as an answer. */
static void take_result(struct http_client *c, CURLcode result)
{
    curl_off_t retry = 0;
    long status = 0, error = 0;
    bool is_answer = result == CURLE_OK || (c->is_cut && result == CURLE_WRITE_ERROR);
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &retry);
    curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &error);
    if (c->has_long_header)
        snprintf(c->failure, sizeof c->failure, "the answer's header has more than %d bytes", HTTP_HEADER_MAX);
    else if (result == CURLE_COULDNT_CONNECT && error)
        snprintf(c->failure, sizeof c->failure, "%s", strerror((int)error));
    else if (!c->failure[0])
        snprintf(c->failure, sizeof c->failure, "%s", curl_easy_strerror(result));
    c->answer = (struct http_answer){
        .status = is_answer ? status : 0,
        .failure = c->failure,
        .body = { c->body ? c->body : "", c->body_length },
        .is_cut = c->is_cut,
        .retry_after = (retry > RETRY_MOST ? RETRY_MOST : (int64_t)retry) * 1000,
    };
    http_client_abort(c);
}

/* True if the server has been silent for too long. */
static bool is_silent(struct http_client *c, int64_t now)
{
    if (!c->is_busy || now < c->moved + c->settings->timeout)
        return false;
    snprintf(c->failure, sizeof c->failure, "no answer after %g s", (double)c->settings->timeout / 1000);
    return true;
}

bool http_client_step(struct http_client *c, int64_t now)
{
    struct epoll_event events[EVENTS];
    int running, left, count = epoll_wait(c->fd, events, EVENTS, 0);
    CURLMsg *message;
    for (int i = 0; i < count; i++) {
        int what = (events[i].events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
                   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (events[i].events & EPOLLERR ? CURL_CSELECT_ERR : 0);
        curl_multi_socket_action(c->multi, events[i].data.fd, what, &running);
    }
    if (c->due <= now) {
        c->due = INT64_MAX;
        curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    while ((message = curl_multi_info_read(c->multi, &left)))
        if (message->msg == CURLMSG_DONE) {
            take_result(c, message->data.result);
            return true;
        }
    if (!is_silent(c, now))
        return false;
    take_result(c, CURLE_OPERATION_TIMEDOUT);
    return true;
}
