// SPDX-License-Identifier: Apache-2.0
// A scan for import and export statements, which knows just enough of the language to skip what
// only looks like one.
#include "engine/quickjs/detect.h"

#include <stdint.h>

#define TEMPLATES_MAX 32 // nested templates with substitutions; deeper ones are not looked into

typedef struct {
  const char *p;
  const char *end;
  uint32_t depth;                    // of brackets of every kind
  uint32_t templates[TEMPLATES_MAX]; // the depth at which each open substitution ends
  uint32_t template_count;
  char last; // what the last token ended with: 'a' for a word, '0' for a number, a quote, or a
             // punctuator
  bool is_word_operator; // the last token is a word that an expression follows
} scan_t;

static bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || (uint8_t)c >= 0x80;
}

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool at(const scan_t *scan, const char *text) {
  const size_t len = strlen(text);
  return (size_t)(scan->end - scan->p) >= len && memcmp(scan->p, text, len) == 0;
}

static void skip_line(scan_t *scan) {
  while (scan->p < scan->end && *scan->p != '\n' && *scan->p != '\r') {
    scan->p++;
  }
}

static void skip_space(scan_t *scan) {
  while (scan->p < scan->end) {
    if (is_space(*scan->p)) {
      scan->p++;
    } else if (at(scan, "\xEF\xBB\xBF")) {
      scan->p += 3;
    } else if (at(scan, "//")) {
      skip_line(scan);
    } else if (at(scan, "/*")) {
      scan->p += 2;
      while (scan->p < scan->end && !at(scan, "*/")) {
        scan->p++;
      }
      scan->p += scan->p < scan->end ? 2 : 0;
    } else {
      return;
    }
  }
}

static void skip_string(scan_t *scan) {
  const char quote = *scan->p++;
  while (scan->p < scan->end && *scan->p != quote && *scan->p != '\n') {
    scan->p += *scan->p == '\\' && scan->end - scan->p > 1 ? 2 : 1;
  }
  scan->p += scan->p < scan->end;
  scan->last = quote;
}

// Skips template text, from behind its ` or a substitution's }, to behind its end or a
// substitution's ${.
static void skip_template(scan_t *scan) {
  while (scan->p < scan->end) {
    if (*scan->p == '`') {
      scan->p++;
      scan->last = '`';
      return;
    }
    if (at(scan, "${") && scan->template_count < TEMPLATES_MAX) {
      scan->p += 2;
      scan->templates[scan->template_count++] = scan->depth++;
      scan->last = '{';
      return;
    }
    scan->p += *scan->p == '\\' && scan->end - scan->p > 1 ? 2 : 1;
  }
}

static bool is_regexp_allowed(const scan_t *scan) {
  return scan->is_word_operator ||
         (scan->last != 'a' && scan->last != '0' && scan->last != ')' && scan->last != ']' &&
          scan->last != '"' && scan->last != '\'' && scan->last != '`');
}

// Skips a regular expression, or a `/` when there is none on this line.
static void skip_slash(scan_t *scan) {
  const char *p = scan->p + 1;
  bool in_class = false;
  while (p < scan->end && *p != '\n' && (in_class || *p != '/')) {
    in_class = *p == '[' || (in_class && *p != ']');
    p += *p == '\\' && scan->end - p > 1 ? 2 : 1;
  }
  if (is_regexp_allowed(scan) && p < scan->end && *p == '/') {
    scan->p = p + 1;
    scan->last = '"';
  } else {
    scan->p++;
    scan->last = '/';
  }
}

// True when the word import or export that ends at scan->p makes its file a module. `before` is
// what stands before it.
static bool is_statement(scan_t *scan, isere_span_t word, char before) {
  if (before == '.' || scan->depth > 0) {
    return false;
  }
  skip_space(scan);
  const char next = scan->p < scan->end ? *scan->p : '\0';
  if (isere_span_equal(word, ISERE_SPAN("export"))) {
    return next == '{' || next == '*' || is_word_char(next);
  }
  if (next == '.') {
    scan->p++;
    skip_space(scan);
    return at(scan, "meta");
  }
  return next == '{' || next == '*' || next == '"' || next == '\'' || is_word_char(next);
}

static bool is_operator_word(isere_span_t word) {
  static const char *const words[] = {"return", "typeof", "case",  "in",        "of",
                                      "delete", "void",   "throw", "new",       "do",
                                      "else",   "await",  "yield", "instanceof"};
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
    if (isere_span_equal(word, isere_span_of(words[i]))) {
      return true;
    }
  }
  return false;
}

// Skips a word or number. Returns true when it makes the file a module.
static bool take_word(scan_t *scan) {
  const char *start = scan->p;
  const char before = scan->last;
  while (scan->p < scan->end && is_word_char(*scan->p)) {
    scan->p++;
  }
  const isere_span_t word = isere_span(start, (size_t)(scan->p - start));
  scan->last = *start >= '0' && *start <= '9' ? '0' : 'a';
  scan->is_word_operator = before != '.' && is_operator_word(word);
  if (isere_span_equal(word, ISERE_SPAN("import")) ||
      isere_span_equal(word, ISERE_SPAN("export"))) {
    return is_statement(scan, word, before);
  }
  return false;
}

static void take_punctuator(scan_t *scan) {
  const char c = *scan->p++;
  scan->last = c;
  if (c == '{' || c == '(' || c == '[') {
    scan->depth++;
  } else if ((c == '}' || c == ')' || c == ']') && scan->depth > 0) {
    scan->depth--;
    if (c == '}' && scan->template_count > 0 &&
        scan->templates[scan->template_count - 1] == scan->depth) {
      scan->template_count--;
      skip_template(scan);
    }
  }
}

bool isere_quickjs_detect_module(isere_span_t source) {
  scan_t scan = {.p = source.ptr, .end = source.ptr + source.len, .last = ';'};
  if (at(&scan, "#!")) {
    skip_line(&scan);
  }
  for (skip_space(&scan); scan.p < scan.end; skip_space(&scan)) {
    const char c = *scan.p;
    if (is_word_char(c)) {
      if (take_word(&scan)) {
        return true;
      }
      continue;
    }
    if (c == '"' || c == '\'') {
      skip_string(&scan);
    } else if (c == '`') {
      scan.p++;
      skip_template(&scan);
    } else if (c == '/') {
      skip_slash(&scan);
    } else {
      take_punctuator(&scan);
    }
    scan.is_word_operator = false;
  }
  return false;
}
