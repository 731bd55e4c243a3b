// SPDX-License-Identifier: Apache-2.0
// Tests of the scan that tells modules from CommonJS.
#include "engine/quickjs/detect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void modules(void **state) {
  (void)state;
  static const char *const sources[] = {
      "import './x.js'",
      "import x from './x.js'",
      "import{x}from'./x.js'",
      "import * as x from './x.js'",
      "import\n\"./x.js\"",
      "\xef\xbb\xbfimport './x.js'",
      "#!/usr/bin/env isere\nimport './x.js'",
      "/* a */ // b\nexport {}",
      "const a = 1\nexport const b = a",
      "export default 1",
      "export\tasync function x() {}",
      "'use strict'; let x = {}; export * from './x.js'",
      "const u = import.meta.url",
      "const u = import . meta.url",
      "let x = 1 +; export default x",
      "const x = ((((; ) ) ) ) export default x",
      "const s = `a${ {b: `}`} }c`; export default s",
      "const r = /[/]'/; export default r",
      "const r = [/'/, x ? /\"/ : /`/]; export default r",
      "return_ = x / '/'; export default 1",
      "return /'/; export default 1",
      "const a = 4 / 2 / 1; export default a",
      "const a = f(4) / 2 /* ' */ / 1; export default a",
      "if (a) { b() }\n/x'/.test(c); export default 1",
      "a = 'it\\'s'; export default 1",
      "const broken = 'not closed\nexport default 1",
  };
  for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
    if (!isere_quickjs_detect_module(isere_span_of(sources[i]))) {
      fail_msg("not seen as a module: %s", sources[i]);
    }
  }
}

static void others(void **state) {
  (void)state;
  static const char *const sources[] = {
      "",
      "#!",
      "import('./x.js')",
      "const x = 1; import ( './x.js' )",
      "const f = () => { return import('./x.js') }",
      "exports.handler = 1",
      "// export default 1",
      "/* import x from 'y' */",
      "/* import x from 'y'",
      "const s = 'export default 1'",
      "const s = `\nexport default 1`",
      "const s = `${`\nexport default 1`}`",
      "const s = `${ {a: '}'} } export default 1`",
      "const r = /\\/export default 1/",
      "const o = {export: 1, import: 2}; o.export; o.import",
      "const exported = 1; const important = 2",
      "x = a.\nexport",
      "x = a?.import",
      "export",
      "import",
      "`",
      "'",
      "/",
      "\\",
      "`${",
  };
  for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
    if (isere_quickjs_detect_module(isere_span_of(sources[i]))) {
      fail_msg("seen as a module: %s", sources[i]);
    }
  }
}

// Nothing behind the source's end is read: each is a heap block of its own size, which sanitizers
// and valgrind watch.
static void prefixes(void **state) {
  (void)state;
  const isere_span_t source = ISERE_SPAN(
      "/* a */ // b\n'c\\'' \"d\" `e${f(`g${1}`)}`; /[/]\\// 5 .import \xef\xbb\xbf import.meta");
  for (size_t len = 0; len <= source.len; len++) {
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, source.ptr, len);
    assert_true(isere_quickjs_detect_module(isere_span(copy, len)) == (len == source.len));
    free(copy);
  }
}

int isere_test_engine_quickjs_detect(void);

int isere_test_engine_quickjs_detect(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(modules),
      cmocka_unit_test(others),
      cmocka_unit_test(prefixes),
  };
  return cmocka_run_group_tests_name("engine/quickjs/detect", tests, NULL, NULL);
}
