/* Any bytes as a config file: a value has the shape that value.h promises, an error a line inside
 * the file; and either becomes settings, or is refused, without harm. */
#include "fuzz.h"
#include "literal.h"
#include "settings.h"

static const char *variable(const char *name)
{
    return strlen(name) % 2 ? "value" : NULL;
}

static void tell(void *self, bool is_error, unsigned line, const char *text)
{
    unsigned *lines = self;
    (void)is_error;
    require(line <= *lines && *text);
}

static void check(const struct value *v, unsigned lines, int depth)
{
    require(depth <= LITERAL_DEPTH && v->line >= 1 && v->line <= lines);
    require((v->kind == VALUE_STRING) == (v->text != NULL));
    require(!v->first || v->kind == VALUE_LIST || v->kind == VALUE_OBJECT);
    for (const struct value *member = v->first; member; member = member->next) {
        require((v->kind == VALUE_OBJECT) == (member->key != NULL));
        check(member, lines, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct literal_world world = { variable, "host.example" };
    char *text = copy_with_slack((const char *)data, size, 0, data, size ? size : 1);
    struct literal_error error;
    unsigned lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    struct value *v = literal_parse((struct span){ text, size }, &world, &error);
    if (v) {
        struct settings settings;
        const struct settings_listener listener = { tell, &lines };
        check(v, lines, 0);
        if (settings_read(&settings, v, &listener)) {
            char *shell = settings_text(&settings);
            require(shell[strlen(shell) - 1] == '\n');
            free(shell);
        }
        settings_free(&settings);
    } else {
        require(error.line >= 1 && error.line <= lines && *error.text);
    }
    value_free(v);
    free(text);
    return 0;
}
