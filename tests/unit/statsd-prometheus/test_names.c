/* names: Prometheus' names, labels and limits; server: the format that is asked for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format/prometheus.h"
#include "server.h"
#include "tap.h"

static struct span span_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static void is(struct text *t, const char *expected)
{
    tap_ok(t->length == strlen(expected) && memcmp(t->bytes, expected, t->length) == 0, "%s (is %.*s)", expected,
           (int)t->length, t->bytes);
    free(t->bytes);
}

#define GIVES(expected, call)                                                                                          \
    do {                                                                                                               \
        struct text t = { 0 };                                                                                         \
        call;                                                                                                          \
        is(&t, expected);                                                                                              \
    } while (0)

static void test_names(void)
{
    GIVES("a_b_C9", prometheus_put_metric(&t, SPAN("a.b-C9")));
    GIVES("_9", prometheus_put_metric(&t, SPAN("9")));
    GIVES("a__b", prometheus_put_metric(&t, SPAN("a:\tb")));
    GIVES("_le", prometheus_put_key(&t, SPAN("le")));
    GIVES("_quantile", prometheus_put_key(&t, SPAN("quantile")));
    GIVES("_x", prometheus_put_key(&t, SPAN("___x")));
    GIVES("_", prometheus_put_key(&t, SPAN("--")));
    GIVES("_", prometheus_put_key(&t, SPAN("_")));
    GIVES("les", prometheus_put_key(&t, SPAN("les")));
    GIVES("_le_", prometheus_put_key(&t, SPAN("__le-")));
    GIVES("a\\\\b\\\"\\n\t\xc3\xbc__", prometheus_put_escaped(&t, SPAN("a\\b\"\n\t\xc3\xbc\xc3\xff")));
}

static void test_limits(void)
{
    GIVES("0.0", prometheus_put_limit(&t, 0));
    GIVES("0.9", prometheus_put_limit(&t, 0.9));
    GIVES("10.0", prometheus_put_limit(&t, 10));
    GIVES("0.0001", prometheus_put_limit(&t, 0.0001));
    GIVES("1e-05", prometheus_put_limit(&t, 0.00001));
    GIVES("1.5e-300", prometheus_put_limit(&t, 1.5e-300));
    GIVES("123456.0", prometheus_put_limit(&t, 123456));
    GIVES("123456.75", prometheus_put_limit(&t, 123456.75));
    GIVES("1e+06", prometheus_put_limit(&t, 1000000));
    GIVES("1.2345678e+07", prometheus_put_limit(&t, 12345678));
    GIVES("1e+21", prometheus_put_limit(&t, 1e21));
    GIVES("-2.5", prometheus_put_limit(&t, -2.5));
    GIVES("+Inf", prometheus_put_limit(&t, INFINITY));
    GIVES("-Inf", prometheus_put_limit(&t, -INFINITY));
}

static void labels(const char *series, const char *expected)
{
    struct parts parts;
    struct text t = { 0 };
    parts_init(&parts);
    parts_split(&parts, span_of(series));
    tap_ok(prometheus_put_labels(&t, &parts), "%s has labels", series);
    text_put_byte(&t, '.');
    is(&t, expected);
    parts_free(&parts);
}

static void test_labels(void)
{
    labels("a", ".");
    labels("a;k=v;z=\"", "k=\"v\",z=\"\\\"\".");
    labels("a;z=1;b=2;z=3;bare", "b=\"2\",bare=\"true\",z=\"3\".");
    labels("a;k-=1;k.=2;k_=3", "k_=\"1\",k__=\"2\",k__3=\"3\".");
    labels("a;k-=1;k.=2;k:=3;k__3=4;k__=5", "k_=\"1\",k__=\"2\",k__3=\"3\",k__3_=\"4\",k___=\"5\".");
    labels("a;k__3=0;k{=1;k|=2;k}=3;k~=4", "k_=\"1\",k__=\"2\",k__3=\"0\",k__4=\"3\",k__5=\"4\".");
    labels("a;Z.b=1;Z_a=2", "Z_a=\"2\",Z_b=\"1\".");
}

/* Tags whose keys all become `_`. */
static void test_many_alike(void)
{
    struct text series = { 0 }, t = { 0 };
    struct parts parts;
    text_put(&series, SPAN("a"));
    for (unsigned i = 0; i < 255; i++) {
        char tag[] = { ';', (char)(1 + i % 8), (char)(1 + i / 8 % 8), (char)(1 + i / 64), '=', 'v' };
        text_put(&series, (struct span){ tag, sizeof tag });
    }
    parts_init(&parts);
    parts_split(&parts, (struct span){ series.bytes, series.length });
    tap_ok(parts.count == 255 && prometheus_put_labels(&t, &parts), "255 tags");
    tap_ok(t.length == 2438 && memcmp(t.bytes, "_=\"v\",__=\"v\",_", 14) == 0,
           "the same key 255 times takes little room (%zu bytes)", t.length);
    parts_free(&parts);
    free(series.bytes);
    free(t.bytes);
}

static void test_format(void)
{
    tap_ok(server_format(NULL) == EXPOSE_TEXT, "no header");
    tap_ok(server_format("") == EXPOSE_TEXT, "an empty one");
    tap_ok(server_format("*/*") == EXPOSE_TEXT, "anything");
    tap_ok(server_format("application/openmetrics-text") == EXPOSE_OPENMETRICS, "OpenMetrics");
    tap_ok(server_format("application/openmetrics-text;q=0.5,text/plain;q=0.6") == EXPOSE_TEXT, "text rather");
    tap_ok(server_format("text/plain;version=0.0.4;q=0.5 , application/openmetrics-text;version=0.0.1;q=0.75") ==
               EXPOSE_OPENMETRICS,
           "OpenMetrics rather");
    tap_ok(server_format(",,;q=;;,application/openmetrics-text;q=") == EXPOSE_OPENMETRICS, "rubbish before it");
    tap_ok(server_format("application/openmetrics-textual") == EXPOSE_TEXT, "a longer word");
}

int main(void)
{
    test_names();
    test_limits();
    test_labels();
    test_many_alike();
    test_format();
    return tap_done();
}
