// SPDX-License-Identifier: Apache-2.0
// An intrusive, doubly linked, circular list: the node stands in the element, so nothing is
// allocated.
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct isere_list {
  struct isere_list *next;
  struct isere_list *prev;
} isere_list_t;

// The element of `type` whose member `member` is the node `node`.
#define ISERE_CONTAINER_OF(node, type, member) \
  ((type *)(void *)((char *)(node)-offsetof(type, member)))

// Makes `list` an empty list, or a node that stands in no list.
static inline void isere_list_init(isere_list_t *list) {
  list->next = list;
  list->prev = list;
}

static inline bool isere_list_empty(const isere_list_t *list) {
  return list->next == list;
}

// Puts `node`, which stands in no list, at the end of `list`.
static inline void isere_list_append(isere_list_t *list, isere_list_t *node) {
  node->prev = list->prev;
  node->next = list;
  list->prev->next = node;
  list->prev = node;
}

// Takes `node` out of its list; harmless when it stands in none.
static inline void isere_list_remove(isere_list_t *node) {
  node->prev->next = node->next;
  node->next->prev = node->prev;
  isere_list_init(node);
}

// Takes the first node out of `list` and returns it; NULL when the list is empty.
static inline isere_list_t *isere_list_take_first(isere_list_t *list) {
  isere_list_t *first = list->next;
  if (first == list) {
    return NULL;
  }
  isere_list_remove(first);
  return first;
}
