// SPDX-License-Identifier: Apache-2.0
// Small conversions of bytes and text. Nothing is allocated: the caller gives the room.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

// True when `text` is well-formed UTF-8 (Unicode 15 table 3-7: no surrogates, nothing overlong).
bool isere_utf8_valid(isere_span_t text);

// Writes the bytes of which `text` (UTF-8) is the isomorphic decoding: each character up to U+00FF
// is one byte. `out` has text.len bytes. Returns false, with the first other character in *bad,
// when there is one.
bool isere_utf8_to_latin1(isere_span_t text, char *out, size_t *out_len, unsigned *bad);

// The byte that the triplet at the start of `text` ("%41", NUL-terminated) stands for; -1 when
// there is none.
int isere_percent_decode(const char *text);

// Undoes the percent-encoding of a query's name or value: "+" is a space, "%41" is "A"; what is no
// such triplet stays as it is (URL Standard section 5.1). `out` has text.len bytes; returns the
// length written.
size_t isere_query_decode(isere_span_t text, char *out);

// The length of `len` bytes in base64 with padding (RFC 4648 section 4).
#define ISERE_BASE64_CHARS(len) (((len) + 2) / 3 * 4)

// Writes ISERE_BASE64_CHARS(bytes.len) characters.
void isere_base64_encode(isere_span_t bytes, char *out);

// Decodes base64 or base64url, with or without padding; white space is skipped. `out` has text.len
// / 4 * 3 + 3 bytes. Returns false when `text` is neither.
bool isere_base64_decode(isere_span_t text, char *out, size_t *out_len);
