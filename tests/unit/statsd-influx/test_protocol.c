/* protocol: a point → a line of the line protocol. */
#include "protocol.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static struct protocol protocol;

static void writes(enum aggregate_type type, const char *series, const struct point_value *values, size_t count,
                   int64_t time, const char *expected)
{
    const struct point point = { { series, strlen(series) }, type, time, SPAN("17"), values, count };
    size_t size = protocol_size(&protocol, &point);
    char *line = calloc(size + 1, 1);
    size_t length = (size_t)(protocol_write(&protocol, line, &point) - line);
    if (!tap_ok(length <= size && strcmp(line, expected) == 0, "%s", expected))
        tap_note("%s", line);
    free(line);
}

static const struct point_value value = { { "value", 5 }, { "1", 1 } };

static void names(const char *series, const char *expected)
{
    writes(AGGREGATE_GAUGE, series, &value, 1, 1000, expected);
}

int main(void)
{
    const struct point_value counter[] = { { SPAN("count"), SPAN("3") }, { SPAN("rate"), SPAN(".3") } };
    const struct point_value own[] = { { SPAN("a b,c=d\\\\e\\t"), SPAN("+5") }, { SPAN("time"), SPAN("1e+21") } };
    protocol_init(&protocol, SPAN(""));
    writes(AGGREGATE_COUNTER, "api.requests;env=prod", counter, 2, 1700000010000,
           "api.requests,env=prod,metric_type=counter count=3,rate=0.3 1700000010000000000\n");
    writes(AGGREGATE_OWN, "statsd", own, 2, 1700000010250,
           "statsd,metric_type=own a\\ b\\,c\\=d\\e_=5,_time=1e+21 1700000010250000000\n");
    writes(AGGREGATE_TIMER, "t;zone=1", counter, 1, 0, "t,metric_type=timer,zone=1 count=3 0\n");
    writes(AGGREGATE_SET, "t", counter, 1, -1500, "t,metric_type=set count=3 -1500000000\n");
    writes(AGGREGATE_SET, "t", counter, 1, INT64_MIN, "t,metric_type=set count=3 -9223372036854775808000000\n");
    names("a b,c=d;k k=v,v=w", "a\\ b\\,c=d,k\\ k=v\\,v\\=w,metric_type=gauge value=1 1000000000\n");
    names("#a#;#k=#v", "_a#,#k=#v,metric_type=gauge value=1 1000000000\n");
    names("a\\\\;k=v\\\\", "a_,k=v_,metric_type=gauge value=1 1000000000\n");
    names("a\\\\ b\\\\c;k=v\\\\\\\\w\\\\,", "a_\\ b\\c,k=v_\\w_\\,,metric_type=gauge value=1 1000000000\n");
    names("a\\nb\x7f;k=\\t\\0\x01", "a_b_,k=___,metric_type=gauge value=1 1000000000\n");
    names("caf\xc3\xa9;k=\xff", "caf\xc3\xa9,k=\xff,metric_type=gauge value=1 1000000000\n");
    names("a;metric_type=x;time=y;name=z", "a,_metric_type=x,metric_type=gauge,name=z,_time=y value=1 1000000000\n");
    names("a;_field=x;_measurement=y", "a,__field=x,__measurement=y,metric_type=gauge value=1 1000000000\n");
    names("a;__name__=x", "a,___name__=x,metric_type=gauge value=1 1000000000\n");
    names("a;_value=w;count=1;upper_99_9=2;value=v",
          "a,_value=w,_count=1,_upper_99_9=2,__value=v,metric_type=gauge value=1 1000000000\n");
    names("a;counts=1;upper_x=2;values=v", "a,counts=1,metric_type=gauge,upper_x=2,values=v value=1 1000000000\n");
    protocol_free(&protocol);
    protocol_init(&protocol, SPAN("#stats d"));
    names("a.b;env=prod;name=x;zone=1",
          "_stats\\ d,env=prod,_name=x,metric_type=gauge,name=a.b,zone=1 value=1 1000000000\n");
    protocol_free(&protocol);
    return tap_done();
}
