#include "sink/http_url.h"

#include <curl/curl.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"

const char *http_url_fault(const char *url)
{
    CURLU *parsed = curl_url();
    char *scheme = NULL;
    const char *fault = NULL;
    CURLUcode code = parsed ? curl_url_set(parsed, CURLUPART_URL, url, 0) : CURLUE_OUT_OF_MEMORY;
    if (code)
        fault = curl_url_strerror(code);
    else if (curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) ||
             (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        fault = "expected http:// or https://";
    curl_free(scheme);
    curl_url_cleanup(parsed);
    return fault;
}

char *http_url_public(const char *url)
{
    CURLU *parsed = curl_url();
    char *text = NULL, *copy;
    static const CURLUPart secret[] = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT };
    if (!parsed || curl_url_set(parsed, CURLUPART_URL, url, 0))
        die("libcurl: bad URL");
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        curl_url_set(parsed, secret[i], NULL, 0);
    if (curl_url_get(parsed, CURLUPART_URL, &text, 0))
        die("libcurl: out of memory");
    copy = xstrndup(text, strlen(text));
    curl_free(text);
    curl_url_cleanup(parsed);
    return copy;
}
