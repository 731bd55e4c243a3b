// SPDX-License-Identifier: Apache-2.0
// Host tool: writes a script into a C file, as QuickJS bytecode or as its text.
#include <errno.h>
#include <quickjs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: bytecode_tool --name NAME [--source] --out FILE.c FILE.js\n"
                            "Writes `const uint8_t isere_js_NAME[]` and `const size_t "
                            "isere_js_NAME_len`: the bytecode of the script FILE.js, whose\n"
                            "completion value is its result. --source: its text, and a NUL behind "
                            "it that is not counted.\n";

typedef struct {
  const char *name;
  const char *in;
  const char *out;
  bool is_source;
} options_t;

static bool parse(int argc, char **argv, options_t *options) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--source") == 0) {
      options->is_source = true;
    } else if (strcmp(argv[i], "--name") == 0 && i + 1 < argc) {
      options->name = argv[++i];
    } else if (strcmp(argv[i], "--out") == 0 && i + 1 < argc) {
      options->out = argv[++i];
    } else if (argv[i][0] != '-' && options->in == NULL) {
      options->in = argv[i];
    } else {
      return false;
    }
  }
  return options->name != NULL && options->in != NULL && options->out != NULL;
}

// Reads a whole file, and puts a NUL behind it. The caller frees the result.
static char *read_file(const char *path, size_t *len) {
  FILE *file = fopen(path, "rb");
  char *text = NULL;
  size_t size = 0;
  size_t used = 0;
  while (file != NULL) {
    if (used + 1 >= size) {
      size = size == 0 ? 4096 : size * 2;
      char *more = realloc(text, size);
      if (more == NULL) {
        break;
      }
      text = more;
    }
    const size_t got = fread(text + used, 1, size - used - 1, file);
    used += got;
    if (got == 0) {
      if (ferror(file) != 0) {
        break;
      }
      fclose(file);
      text[used] = '\0';
      *len = used;
      return text;
    }
  }
  fprintf(stderr, "bytecode_tool: %s: %s\n", path, strerror(errno));
  if (file != NULL) {
    fclose(file);
  }
  free(text);
  return NULL;
}

// Writes the error as FILE:LINE:COLUMN: MESSAGE, which editors understand.
static void report(JSContext *context, const char *path) {
  JSValue error = JS_GetException(context);
  JSValue line = JS_GetPropertyStr(context, error, "lineNumber");
  JSValue column = JS_GetPropertyStr(context, error, "columnNumber");
  int32_t line_number = 0;
  int32_t column_number = 0;
  JS_ToInt32(context, &line_number, line);
  JS_ToInt32(context, &column_number, column);
  const char *text = JS_ToCString(context, error);
  fprintf(stderr, "%s:%d:%d: %s\n", path, (int)line_number, (int)column_number,
          text == NULL ? "error" : text);
  JS_FreeCString(context, text);
  JS_FreeValue(context, column);
  JS_FreeValue(context, line);
  JS_FreeValue(context, error);
}

static bool write_array(const options_t *options, const uint8_t *bytes, size_t len,
                        bool is_terminated) {
  FILE *file = fopen(options->out, "wb");
  if (file == NULL) {
    fprintf(stderr, "bytecode_tool: %s: %s\n", options->out, strerror(errno));
    return false;
  }
  char name[128];
  snprintf(name, sizeof(name), "%s", options->name);
  for (char *p = name; *p != '\0'; p++) {
    const bool is_plain =
        (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');
    *p = is_plain ? *p : '_';
  }
  fprintf(file, "// Made by bytecode_tool from %s.\n#include <stddef.h>\n#include <stdint.h>\n\n",
          options->in);
  fprintf(file, "extern const uint8_t isere_js_%s[];\nextern const size_t isere_js_%s_len;\n\n",
          name, name);
  fprintf(file, "const size_t isere_js_%s_len = %zu;\nconst uint8_t isere_js_%s[] = {", name, len,
          name);
  const size_t total = len + (is_terminated ? 1 : 0);
  for (size_t i = 0; i < total; i++) {
    fprintf(file, "%s%u,", i % 20 == 0 ? "\n  " : " ", i < len ? (unsigned)bytes[i] : 0U);
  }
  fprintf(file, "\n};\n");
  const bool is_written = ferror(file) == 0;
  if (fclose(file) != 0 || !is_written) {
    fprintf(stderr, "bytecode_tool: %s: %s\n", options->out, strerror(errno));
    remove(options->out);
    return false;
  }
  return true;
}

static bool compile(const options_t *options, const char *text, size_t len) {
  JSRuntime *runtime = JS_NewRuntime();
  JSContext *context = JS_NewContext(runtime);
  // Positions are kept, for the stacks of errors; the text is not.
  JS_SetStripInfo(runtime, JS_STRIP_SOURCE);
  const char *slash = strrchr(options->in, '/');
  const char *file_name = slash == NULL ? options->in : slash + 1;
  JSValue function =
      JS_Eval(context, text, len, file_name, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
  bool is_written = false;
  if (JS_IsException(function)) {
    report(context, options->in);
  } else {
    size_t code_len;
    uint8_t *code = JS_WriteObject(context, &code_len, function, JS_WRITE_OBJ_BYTECODE);
    if (code == NULL) {
      report(context, options->in);
    } else {
      is_written = write_array(options, code, code_len, false);
      js_free(context, code);
    }
  }
  JS_FreeValue(context, function);
  JS_FreeContext(context);
  JS_FreeRuntime(runtime);
  return is_written;
}

int main(int argc, char **argv) {
  options_t options = {0};
  if (!parse(argc, argv, &options)) {
    fputs(usage, stderr);
    return 2;
  }
  size_t len;
  char *text = read_file(options.in, &len);
  if (text == NULL) {
    return 1;
  }
  const bool is_written = options.is_source
                              ? write_array(&options, (const uint8_t *)text, len, true)
                              : compile(&options, text, len);
  free(text);
  return is_written ? 0 : 1;
}
