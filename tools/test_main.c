// SPDX-License-Identifier: Apache-2.0
// The main() of a test program: runs its test groups, or those named, inside a FreeRTOS task.
#include <FreeRTOS.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <task.h>

#include "port/stack.h"

#define STACK_BYTES (1024 * 1024)

// test_groups.inc is generated: a line ISERE_TEST_GROUP(name) for each *_test.c.
#define ISERE_TEST_GROUP(name) int isere_test_##name(void);
#include "test_groups.inc"
#undef ISERE_TEST_GROUP

typedef struct {
  const char *name;
  int (*run)(void); // returns the number of failed tests
} group_t;

static const group_t groups[] = {
#define ISERE_TEST_GROUP(name) {#name, isere_test_##name},
#include "test_groups.inc"
#undef ISERE_TEST_GROUP
};

#define GROUPS_COUNT (sizeof groups / sizeof groups[0])

typedef struct {
  int filters_count;
  char **filters;
  bool failed;
} run_t;

// A filter names a group, or a folder of groups: "http" matches "http_conn".
static bool matches(const char *group, const char *filter) {
  size_t length = strlen(filter);
  return strncmp(group, filter, length) == 0 && (group[length] == '\0' || group[length] == '_');
}

static bool is_wanted(const run_t *run, const char *group) {
  for (int i = 0; i < run->filters_count; i++) {
    if (matches(group, run->filters[i])) {
      return true;
    }
  }
  return run->filters_count == 0;
}

static bool is_known(const char *filter) {
  for (size_t i = 0; i < GROUPS_COUNT; i++) {
    if (matches(groups[i].name, filter)) {
      return true;
    }
  }
  return false;
}

static void run_groups(void *arg) {
  run_t *run = arg;
  for (size_t i = 0; i < GROUPS_COUNT; i++) {
    if (is_wanted(run, groups[i].name) && groups[i].run() != 0) {
      run->failed = true;
    }
  }
  vTaskEndScheduler();
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (size_t i = 0; i < GROUPS_COUNT; i++) {
      puts(groups[i].name);
    }
    return EXIT_SUCCESS;
  }
  for (int i = 1; i < argc; i++) {
    if (!is_known(argv[i])) {
      fprintf(stderr, "%s: no test group '%s'; --list prints them\n", argv[0], argv[i]);
      return EXIT_FAILURE;
    }
  }
  run_t run = {.filters_count = argc - 1, .filters = argv + 1};
  static StaticTask_t task;
  StackType_t *stack = isere_port_stack_new(STACK_BYTES);
  if (stack == NULL) {
    fprintf(stderr, "%s: no memory for the stack\n", argv[0]);
    return EXIT_FAILURE;
  }
  xTaskCreateStatic(run_groups, "tests", STACK_BYTES / sizeof(StackType_t), &run, 1, stack, &task);
  vTaskStartScheduler();
  return run.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
