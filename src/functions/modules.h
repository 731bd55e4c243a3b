// SPDX-License-Identifier: Apache-2.0
// Where a module's imports are found: in files beside it.
#pragma once

#include "base/err.h"
#include "base/span.h"

// Writes the path of `specifier` as imported by the file `referrer` to `path`. Specifiers are
// relative ("./a.js", "../a.js") or absolute paths, or file: URLs without a host. Returns
// ISERE_ERR_NOTFOUND for a bare name ("lodash"), ISERE_ERR_TOOBIG when the path is longer than
// ISERE_PATH_BYTES_MAX.
isere_err_t isere_module_resolve(const char *referrer, const char *specifier, char *path,
                                 size_t path_bytes);
