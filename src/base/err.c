// SPDX-License-Identifier: Apache-2.0
// Names and texts of errors.
#include "base/err.h"

const char *isere_err_text(isere_err_t err) {
  switch (err) {
#define X(name, value, text) \
  case ISERE_ERR_##name:     \
    return text;
    ISERE_ERR_MAP(X)
#undef X
  }
  return "unknown error";
}

const char *isere_err_name(isere_err_t err) {
  switch (err) {
#define X(name, value, text) \
  case ISERE_ERR_##name:     \
    return #name;
    ISERE_ERR_MAP(X)
#undef X
  }
  return "UNKNOWN";
}
