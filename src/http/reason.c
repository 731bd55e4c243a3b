// SPDX-License-Identifier: Apache-2.0
// The registered reason phrases, RFC 9110 section 15 and the IANA registry.
#include <stddef.h>

#include "http/response.h"

#define PHRASE_COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const success[] = {
    "OK",
    "Created",
    "Accepted",
    "Non-Authoritative Information",
    "No Content",
    "Reset Content",
    "Partial Content",
    "Multi-Status",
    "Already Reported",
    [26] = "IM Used",
};

static const char *const redirection[] = {
    "Multiple Choices",
    "Moved Permanently",
    "Found",
    "See Other",
    "Not Modified",
    "Use Proxy",
    [7] = "Temporary Redirect",
    "Permanent Redirect",
};

static const char *const client_error[] = {
    "Bad Request",
    "Unauthorized",
    "Payment Required",
    "Forbidden",
    "Not Found",
    "Method Not Allowed",
    "Not Acceptable",
    "Proxy Authentication Required",
    "Request Timeout",
    "Conflict",
    "Gone",
    "Length Required",
    "Precondition Failed",
    "Content Too Large",
    "URI Too Long",
    "Unsupported Media Type",
    "Range Not Satisfiable",
    "Expectation Failed",
    "I'm a Teapot",
    [21] = "Misdirected Request",
    "Unprocessable Content",
    "Locked",
    "Failed Dependency",
    "Too Early",
    "Upgrade Required",
    [28] = "Precondition Required",
    "Too Many Requests",
    [31] = "Request Header Fields Too Large",
    [51] = "Unavailable For Legal Reasons",
};

static const char *const server_error[] = {
    "Internal Server Error",
    "Not Implemented",
    "Bad Gateway",
    "Service Unavailable",
    "Gateway Timeout",
    "HTTP Version Not Supported",
    "Variant Also Negotiates",
    "Insufficient Storage",
    "Loop Detected",
    [10] = "Not Extended",
    "Network Authentication Required",
};

static const char *phrase(const char *const *table, size_t count, size_t index) {
  return index < count && table[index] != NULL ? table[index] : "Unknown";
}

const char *isere_http_reason(int status) {
  const size_t index = (size_t)(status % 100);
  switch (status / 100) {
  case 2:
    return phrase(success, PHRASE_COUNT(success), index);
  case 3:
    return phrase(redirection, PHRASE_COUNT(redirection), index);
  case 4:
    return phrase(client_error, PHRASE_COUNT(client_error), index);
  case 5:
    return phrase(server_error, PHRASE_COUNT(server_error), index);
  default:
    return "Unknown";
  }
}
