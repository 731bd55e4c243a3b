// SPDX-License-Identifier: Apache-2.0
// Writes file: URLs segment by segment, and reads them.
#include "base/file_url.h"

#include <string.h>

#include "base/text.h"

static const char scheme[] = "file://";

#define SCHEME_LEN (sizeof(scheme) - 1)

// What stands for itself in a path (RFC 3986 section 3.3).
static bool is_plain(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') ||
         (c != '\0' && strchr("-._~!$&'()*+,;=:@", c) != NULL);
}

// Writes the segments of `path`, each behind a slash, to `out`. A ".." takes one back, but none of
// what stands before `floor`. Returns the end.
static char *write_segments(const char *path, const char *floor, char *out) {
  static const char digits[] = "0123456789ABCDEF";
  while (*path != '\0') {
    const size_t len = strcspn(path, "/");
    if (len == 2 && path[0] == '.' && path[1] == '.') {
      while (out > floor && *--out != '/') {}
    } else if (len > 0 && !(len == 1 && path[0] == '.')) {
      *out++ = '/';
      for (size_t i = 0; i < len; i++) {
        if (is_plain(path[i])) {
          *out++ = path[i];
          continue;
        }
        *out++ = '%';
        *out++ = digits[(unsigned char)path[i] >> 4];
        *out++ = digits[(unsigned char)path[i] & 15];
      }
    }
    path += len + (path[len] == '/' ? 1 : 0);
  }
  return out;
}

void isere_file_url_write(const char *folder, const char *path, char *out) {
  memcpy(out, scheme, SCHEME_LEN);
  const char *floor = out + SCHEME_LEN;
  out += SCHEME_LEN;
  if (path[0] != '/') {
    out = write_segments(folder, floor, out);
  }
  out = write_segments(path, floor, out);
  if (out == floor) {
    *out++ = '/';
  }
  *out = '\0';
}

bool isere_file_url_read(const char *text, char *out) {
  if (strncmp(text, scheme, SCHEME_LEN) != 0 || text[SCHEME_LEN] != '/') {
    return false;
  }
  for (const char *in = text + SCHEME_LEN; *in != '\0'; in++) {
    const int byte = isere_percent_decode(in);
    if (byte == '\0' || byte == '/') {
      return false;
    }
    *out++ = byte < 0 ? *in : (char)byte;
    in += byte < 0 ? 0 : 2;
  }
  *out = '\0';
  return true;
}
