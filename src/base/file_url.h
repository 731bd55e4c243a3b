// SPDX-License-Identifier: Apache-2.0
// Paths as file: URLs (RFC 8089, without a host), and back.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// The bytes that isere_file_url_write needs at most, for a folder and a path of these lengths.
#define ISERE_FILE_URL_BYTES(folder_len, path_len) \
  (sizeof("file:///") + 1 + 3 * ((size_t)(folder_len) + (size_t)(path_len)))

// Writes the URL of `path`, NUL-terminated. A relative path is one in `folder`, which is absolute.
// Segments "." and ".." are resolved; what has no place in a URL's path is percent-encoded.
void isere_file_url_write(const char *folder, const char *path, char *out);

// True when `text` is a file: URL without a host; its path is then written to `out` (which has room
// for `text`), decoded, NUL-terminated. False also when an encoded byte is NUL or "/": no path has
// such a segment.
bool isere_file_url_read(const char *text, char *out);
