// SPDX-License-Identifier: Apache-2.0
// Resolves import specifiers to paths.
#include "functions/modules.h"

#include <string.h>

#include "base/file_url.h"

// Removes "." and ".." segments, as far as they can be removed without knowing the folder that the
// path starts from.
static void normalise(char *path) {
  const bool is_absolute = path[0] == '/';
  char *out = path + (is_absolute ? 1 : 0);
  char *const floor_at_start = out;
  char *floor = out; // what stands before it cannot be undone by ".."
  const char *in = out;
  bool is_last = false;
  while (!is_last) {
    const size_t len = strcspn(in, "/");
    is_last = in[len] == '\0'; // the slash below may take the place of this NUL
    const bool is_up = len == 2 && in[0] == '.' && in[1] == '.';
    const bool is_here = len == 0 || (len == 1 && in[0] == '.');
    if (is_up && out > floor) {
      out--; // the slash behind the last segment
      while (out > floor && out[-1] != '/') {
        out--;
      }
    } else if (is_up && is_absolute) {
      out = floor_at_start;
    } else if (!is_here) {
      memmove(out, in, len);
      out += len;
      *out++ = '/';
      if (is_up) {
        floor = out;
      }
    }
    in += len + 1;
  }
  if (out > floor_at_start) {
    out--;
  }
  *out = '\0';
}

isere_err_t isere_module_resolve(const char *referrer, const char *specifier, char *path,
                                 size_t path_bytes) {
  if (strncmp(specifier, "file:", 5) == 0) {
    if (strlen(specifier) >= path_bytes) {
      return ISERE_ERR_TOOBIG;
    }
    if (!isere_file_url_read(specifier, path)) {
      return ISERE_ERR_NOTFOUND;
    }
    normalise(path);
    return ISERE_OK;
  }
  const bool is_absolute = specifier[0] == '/';
  const bool is_relative = strncmp(specifier, "./", 2) == 0 || strncmp(specifier, "../", 3) == 0;
  if (!is_absolute && !is_relative) {
    return ISERE_ERR_NOTFOUND;
  }
  const char *slash = is_absolute ? NULL : strrchr(referrer, '/');
  const size_t folder = slash == NULL ? 0 : (size_t)(slash + 1 - referrer);
  const size_t len = strlen(specifier);
  // One byte more than the text: normalise puts a slash behind each segment while it works.
  if (folder + len + 2 > path_bytes) {
    return ISERE_ERR_TOOBIG;
  }
  memcpy(path, referrer, folder);
  memcpy(path + folder, specifier, len + 1);
  normalise(path);
  return ISERE_OK;
}
