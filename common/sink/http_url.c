#include "sink/http_url.h"

#include <curl/curl.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"

/* The URL in parts, for curl_url_cleanup; *code is what libcurl says of it. */
static CURLU *parse(const char *url, CURLUcode *code)
{
    CURLU *parsed = curl_url();
    *code = parsed ? curl_url_set(parsed, CURLUPART_URL, url, 0) : CURLUE_OUT_OF_MEMORY;
    if (*code == CURLUE_OUT_OF_MEMORY)
        die("libcurl: out of memory");
    return parsed;
}

/* Returns a part, which the caller frees with curl_free, or NULL if there is none. */
static char *part_of(CURLU *parsed, CURLUPart part)
{
    char *text = NULL;
    if (curl_url_get(parsed, part, &text, 0) == CURLUE_OUT_OF_MEMORY)
        die("libcurl: out of memory");
    return text;
}

const char *http_url_fault(const char *url)
{
    CURLUcode code;
    CURLU *parsed = parse(url, &code);
    char *scheme = part_of(parsed, CURLUPART_SCHEME);
    const char *fault = NULL;
    if (code)
        fault = curl_url_strerror(code);
    else if (!scheme || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        fault = "expected http:// or https://";
    curl_free(scheme);
    curl_url_cleanup(parsed);
    return fault;
}

char *http_url_public(const char *url)
{
    CURLUcode code;
    CURLU *parsed = parse(url, &code);
    static const CURLUPart secret[] = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT };
    if (code)
        die("libcurl: bad URL");
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        curl_url_set(parsed, secret[i], NULL, 0);
    char *text = part_of(parsed, CURLUPART_URL), *copy = xstrndup(text, strlen(text));
    curl_free(text);
    curl_url_cleanup(parsed);
    return copy;
}
