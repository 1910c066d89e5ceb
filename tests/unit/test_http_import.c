/* test_http_import.c - what modules import and export. */
#include "test_http.h"

#include <stdio.h>

#include "http/http_import.h"

typedef struct {
    const char *text;
    const char *imports; /* each with a space behind */
    bool module;
    bool has_default;
} example;

static const example examples[] = {
    { "", "", false, false },
    { "const x = 1;\n", "", false, false },
    { "import './a.js';\nimport \"../b.js\"\n", "./a.js ../b.js ", true,
      false },
    { "/* text */\n\nimport { a, b } from './a.js';", "./a.js ", true, false },
    { "import {\n    a,\n    b,\n} from '../x/a.js';\nimport c from './c.js'",
      "../x/a.js ./c.js ", true, false },
    { "import * as all from \"./a.js\";", "./a.js ", true, false },
    { "import{a}from'./a.js';", "./a.js ", true, false },
    { "import {\r\n    a\r\n} from './a.js';\r\n", "./a.js ", true, false },
    { "import x from 'package';\nimport './a.js';", "./a.js ", true, false },
    { "import('./a.js');\n", "", false, false },
    { "import ('./a.js');\n", "", true, false },
    { "import.meta.url;\n", "", false, false },
    { "    import './a.js';\n", "", false, false },
    { "await import('./a.js');\nconst from = './b.js';\n", "", false, false },
    { "export * from './a.js';\nexport { b } from './b.js';\n",
      "./a.js ./b.js ", true, false },
    { "export { default } from './a.js';", "./a.js ", true, true },
    { "export { default as a } from './a.js';", "./a.js ", true, false },
    { "export { a as default } from './a.js';", "./a.js ", true, true },
    { "export { a };\nimport './b.js';", "./b.js ", true, false },
    { "export { a }\nexport * from './b.js'\n", "./b.js ", true, false },
    { "export {\n    a as default,\n};", "", true, true },
    { "export default {\n    from: './a.js',\n};\n", "", true, true },
    { "export const from = './a.js';", "", true, false },
    { "export function f() { return from('./a.js'); }", "", true, false },
    { "exported('./a.js');\nimported = './a.js';", "", false, false },
    { "import { a } from './a.js", "", true, false },
    { "import { a } from", "", true, false },
    { "import { fromage } from './a.js';", "./a.js ", true, false },
    { "import './a\n.js';\n", "", true, false },
    { "import\nexport * from './a.js'", "./a.js ", true, false },
    { "import", "", false, false },
    { "export", "", false, false },
};

static void test_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++) {
        const example *one = &examples[i];
        http_slice text = guarded(one->text);
        http_slice specifier;
        char found[256] = "";

        assert_int_equal(http_import_is_module(text), one->module);
        assert_int_equal(http_import_has_default(text), one->has_default);
        while (http_import_next(&text, &specifier)) {
            size_t end = strlen(found);

            snprintf(found + end, sizeof(found) - end, "%.*s ",
                     (int)specifier.size, specifier.data);
        }
        assert_string_equal(found, one->imports);
        guard_page_free_all();
    }
}

/* Whatever is cut off: nothing is read beyond the end. */
static void test_every_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++) {
        for (size_t size = 0; size <= strlen(examples[i].text); size++) {
            char *copy = (char *)guard_page_copy(examples[i].text, size);
            http_slice text = { copy, size };
            http_slice specifier;

            (void)http_import_is_module(text);
            (void)http_import_has_default(text);
            while (http_import_next(&text, &specifier)) {
                assert_true(specifier.data + specifier.size <= copy + size);
            }
            guard_page_free_all();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_every_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
