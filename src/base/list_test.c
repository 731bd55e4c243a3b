// SPDX-License-Identifier: Apache-2.0
// The intrusive list keeps order, and removing is harmless at any time.
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs those above.
#include <cmocka.h>

int isere_test_base_list(void);

typedef struct {
  int number;
  isere_list_t node;
} item_t;

static int take_number(isere_list_t *list) {
  isere_list_t *node = isere_list_take_first(list);
  return node == NULL ? -1 : ISERE_CONTAINER_OF(node, item_t, node)->number;
}

static void test_first_in_first_out(void **state) {
  (void)state;
  isere_list_t list;
  isere_list_init(&list);
  assert_true(isere_list_empty(&list));
  assert_int_equal(take_number(&list), -1);
  item_t items[3];
  for (int i = 0; i < 3; i++) {
    items[i].number = i;
    isere_list_init(&items[i].node);
    isere_list_append(&list, &items[i].node);
  }
  assert_false(isere_list_empty(&list));
  for (int i = 0; i < 3; i++) {
    assert_int_equal(take_number(&list), i);
  }
  assert_true(isere_list_empty(&list));
}

static void test_remove_from_anywhere(void **state) {
  (void)state;
  for (int removed = 0; removed < 3; removed++) {
    isere_list_t list;
    isere_list_init(&list);
    item_t items[3];
    for (int i = 0; i < 3; i++) {
      items[i].number = i;
      isere_list_append(&list, &items[i].node);
    }
    isere_list_remove(&items[removed].node);
    isere_list_remove(&items[removed].node); // it stands in no list now
    for (int i = 0; i < 3; i++) {
      if (i != removed) {
        assert_int_equal(take_number(&list), i);
      }
    }
    assert_int_equal(take_number(&list), -1);
    isere_list_append(&list, &items[removed].node);
    assert_int_equal(take_number(&list), removed);
  }
}

int isere_test_base_list(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_first_in_first_out),
      cmocka_unit_test(test_remove_from_anywhere),
  };
  return cmocka_run_group_tests_name("base/list", tests, NULL, NULL);
}
