// SPDX-License-Identifier: Apache-2.0
// Looking up a request's fields.
#include "http/request.h"

const isere_http_field_t *isere_http_request_field(const isere_http_request_t *request,
                                                   isere_span_t name) {
  for (size_t i = request->field_count; i > 0; i--) {
    if (isere_span_equal_nocase(request->fields[i - 1].name, name)) {
      return &request->fields[i - 1];
    }
  }
  return NULL;
}
