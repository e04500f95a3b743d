/* literal: what JavaScript a config file may hold, and what is said of the rest. */
#include "literal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "tap.h"

static const char *variable(const char *name)
{
    static const char *const known[][2] = { { "PORT", "8125" }, { "HOST", "graphite" }, { "EMPTY", "" },
                                            { "YES", "true" },  { "ODD", " 12abc" },    { "HEX", "0x10" } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i][0], name) == 0)
            return known[i][1];
    return NULL;
}

static const struct literal_world world = { variable, "web1.example.com" };

/* Writes a value as compact JSON, with undefined and NaN as they are. */
static char *put(char *to, const struct value *v)
{
    static const char *const words[] = { "undefined", "null" };
    switch (v->kind) {
    case VALUE_UNDEFINED:
    case VALUE_NULL: return stpcpy(to, words[v->kind]);
    case VALUE_BOOLEAN: return stpcpy(to, v->boolean ? "true" : "false");
    case VALUE_NUMBER: return isfinite(v->number) ? to + number_format(v->number, to) : stpcpy(to, "NaN");
    case VALUE_STRING: return stpcpy(stpcpy(stpcpy(to, "\""), v->text), "\"");
    default: break;
    }
    *to++ = v->kind == VALUE_LIST ? '[' : '{';
    for (const struct value *member = v->first; member; member = member->next) {
        if (member->key)
            to = stpcpy(stpcpy(to, member->key), ":");
        to = put(to, member);
        if (member->next)
            *to++ = ',';
    }
    *to++ = v->kind == VALUE_LIST ? ']' : '}';
    return to;
}

static const struct {
    const char *text, *value;
} good[] = {
    { "{}", "{}" },
    { "\xef\xbb\xbf{}", "{}" },
    { "/* a */ { // b\n } // c", "{}" },
    { "{a:1}", "{a:1}" },
    { "{ 'a': 1, \"b\": 'x', c_$1: null, 12: true, }", "{a:1,b:\"x\",c_$1:null,12:true}" },
    { "{a\n,b:1}", NULL },
    { "{a: 1, a: 2}", "{a:2}" },
    { "{a: [1, 2], b: 3, a: { c: 4, d: 5 }}", "{a:{c:4,d:5},b:3}" },
    { "{a: [1, [2, {b: 3}], ],}", "{a:[1,[2,{b:3}]]}" },
    { "{a: -1.5e3, b: .5, c: 5., d: 0x1F, e: +7}", "{a:-1500,b:0.5,c:5,d:31,e:7}" },
    { "{a: 0755, b: 0o17}", "{a:493,b:15}" },
    { "{a: 'it\\'s\\t\\x41\\u00e9\\u{1F600}\\ud83d\\ude00\\\nb'}",
      "{a:\"it's\tA\xc3\xa9\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
      "b\"}" },
    { "{a: `two\nlines`}", "{a:\"two\nlines\"}" },
    { "{a: process.env.PORT}", "{a:\"8125\"}" },
    { "{a: process.env['PORT'], b: process.env.NONE}", "{a:\"8125\",b:undefined}" },
    { "{a: process.env.NONE || 'b'}", "{a:\"b\"}" },
    { "{a: process.env.EMPTY || process.env.NONE || 0 || 3}", "{a:3}" },
    { "{a: Number(process.env.PORT), b: Number(process.env.NONE) || 5, c: Number('')}", "{a:8125,b:5,c:0}" },
    { "{a: parseInt(process.env.ODD), b: parseInt(process.env.PORT, 10), c: parseInt('x')}", "{a:12,b:8125,c:NaN}" },
    { "{a: Number(process.env.ODD), b: Number(process.env.HEX)}", "{a:NaN,b:16}" },
    { "{a: process.env.YES == 'true', b: process.env.NONE === 'true', c: 1 == '1'}", "{a:true,b:false,c:true}" },
    { "{a: process.env.YES == 'true' || 5}", "{a:true}" },
    { "{a: (process.env.NONE || 2)}", "{a:2}" },
    { "{a: require('os').hostname()}", "{a:\"web1.example.com\"}" },
    { "{a: require(\"os\").hostname().split('.')[0]}", "{a:\"web1\"}" },
    { "module.exports = {a: 1};", "{a:1}" },
    { "(function () { return {a: 1}; })();", "{a:1}" },
    { "(function() {\n  return { a: 1 }\n}())", "{a:1}" },
    { "({a: 1})", "{a:1}" },
    { "{a: undefined, trueish: 1}", "{a:undefined,trueish:1}" },
    { "{\"a\": {\"b\": [1, 2.5, \"c\"], \"d\": false}}", "{a:{b:[1,2.5,\"c\"],d:false}}" },
};

static const struct {
    const char *text;
    unsigned line;
    bool is_expression;
    const char *error;
} bad[] = {
    { "", 1, false, "found the end of the file: expected a value" },
    { "[1]", 1, false, "found a list: expected an object" },
    { "5", 1, false, "found a number: expected an object" },
    { "{a: 1", 1, false, "found the end of the file: expected ',' or '}'" },
    { "{\n a 1}", 2, true, "found '1': expected ':'" },
    { "{\n\n a: 1 b: 2}", 3, true, "found 'b': expected ',' or '}'" },
    { "{a: 1}\n}", 2, false, "found '}': expected the end of the file" },
    { "{a: 'x}", 1, false, "found a string without its end: expected a quote before the end of the file" },
    { "{a: 'x\n'}", 1, false, "found a string without its end: expected a quote before the end of the line" },
    { "{a: '\\0'}", 1, false, "found a NUL in a string: expected other bytes" },
    { "{a: '\\xg1'}", 1, false, "found a bad escape in a string: expected hexadecimal digits" },
    { "{/* a", 1, false, "found a comment without its end: expected '*/'" },
    { "{\n a: fs.readFileSync('x')}", 2, true, "found 'fs.readFileSync': expected a value" },
    { "{a: 10 * 1000}", 1, true, "found '*': expected ',' or '}'" },
    { "{a: 'b' + 'c'}", 1, true, "found '+': expected ',' or '}'" },
    { "{a: process.env.NONE ? 1 : 2}", 1, true, "found '?': expected ',' or '}'" },
    { "{a: process.argv[1]}", 1, true, "found 'argv': expected process.env.NAME" },
    { "{a: require('fs')}", 1, true, "found ''': expected 'os' in quotes" },
    { "{a: `x${1}`}", 1, true, "found '${' in a string: expected plain text" },
    { "var a = 1;", 1, true, "found 'var': expected a value" },
    { "module.exports.a = {}", 1, true, "found '.a': expected '='" },
    { "(function () { var a; return {}; })()", 1, true, "found 'var': expected 'return'" },
    { "{a: 12abc}", 1, true, "found '12abc': expected a value" },
    { "{a: -}", 1, true, "found '-': expected a value" },
    { "{...a}", 1, true, "found '...a': expected a key or '}'" },
    { "{a() {}}", 1, true, "found '(': expected ':'" },
    { "{a: 1; b: 2}", 1, false, "found ';': expected ',' or '}'" },
};

static void test_good(void)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct literal_error error;
        char text[1000] = "";
        struct value *v = literal_parse((struct span){ good[i].text, strlen(good[i].text) }, &world, &error);
        if (v)
            *put(text, v) = '\0';
        bool is_same = good[i].value ? v && strcmp(text, good[i].value) == 0 : !v;
        if (!tap_ok(is_same, "reads %s", good[i].value ? good[i].value : "no shorthand"))
            tap_note("%s", v ? text : error.text);
        value_free(v);
    }
}

static void test_bad(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct literal_error error;
        struct value *v = literal_parse((struct span){ bad[i].text, strlen(bad[i].text) }, &world, &error);
        bool is_same = !v && error.line == bad[i].line && error.is_expression == bad[i].is_expression &&
                       strcmp(error.text, bad[i].error) == 0;
        if (!tap_ok(is_same, "refuses: %s", bad[i].error))
            tap_note("%u, %d: %s", error.line, error.is_expression, v ? "a value" : error.text);
        value_free(v);
    }
}

static void test_depth(void)
{
    char text[1000];
    struct literal_error error;
    for (int depth = LITERAL_DEPTH - 1; depth <= LITERAL_DEPTH; depth++) {
        char *to = stpcpy(text, "{a:");
        for (int i = 0; i < depth; i++)
            *to++ = '[';
        for (int i = 0; i < depth; i++)
            *to++ = ']';
        *to++ = '}';
        struct value *v = literal_parse((struct span){ text, (size_t)(to - text) }, &world, &error);
        tap_ok(depth < LITERAL_DEPTH ? v != NULL : !v, "%d lists in an object are %s", depth,
               depth < LITERAL_DEPTH ? "read" : "too deep");
        value_free(v);
    }
}

int main(void)
{
    test_good();
    test_bad();
    test_depth();
    return tap_done();
}
