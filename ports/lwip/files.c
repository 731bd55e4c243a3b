// SPDX-License-Identifier: Apache-2.0
// The files of port/host.h on boards, which have none.
#include "port/host.h"

isere_err_t isere_port_file_read(const char *path, isere_span_t *out) {
  (void)path;
  (void)out;
  return ISERE_ERR_NOTSUP;
}

void isere_port_file_release(isere_span_t text) {
  (void)text; // none was given
}

isere_err_t isere_port_file_stamp(const char *path, isere_file_stamp_t *out) {
  (void)path;
  (void)out;
  return ISERE_ERR_NOTSUP;
}

const char *isere_port_host_folder(void) {
  return "/";
}
