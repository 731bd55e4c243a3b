# SPDX-License-Identifier: Apache-2.0
# The options that a user may set, their checks, and build_config.h, which hands them to the code.

# isere_choice(NAME "what it is" DEFAULT ALLOWED...): an option with a fixed set of values.
function(isere_choice name what default)
  set(${name} "${default}" CACHE STRING "${what}: ${ARGN}")
  set_property(CACHE ${name} PROPERTY STRINGS ${ARGN})
  if(NOT "${${name}}" IN_LIST ARGN)
    string(REPLACE ";" ", " allowed "${ARGN}")
    message(FATAL_ERROR "${name} is '${${name}}'; allowed: ${allowed}")
  endif()
endfunction()

# isere_switch(NAME "what it is"): an on/off option, off by default; cmake's spellings and any case are taken.
function(isere_switch name what)
  set(${name} off CACHE STRING "${what}: on, off")
  set_property(CACHE ${name} PROPERTY STRINGS on off)
  string(TOLOWER "${${name}}" value)
  if(NOT value MATCHES "^(on|off|yes|no|true|false|1|0)$")
    message(FATAL_ERROR "${name} is '${${name}}'; allowed: on, off")
  endif()
endfunction()

isere_choice(TARGET_PLATFORM "What to build for" linux linux)
isere_choice(JS_RUNTIME "The JavaScript engine" quickjs quickjs)
isere_choice(TESTS "Build the tests; auto: those whose tools are there" auto auto on off)
isere_switch(DEBUG "Build to be debugged: no optimisation")
isere_switch(LTO "Optimise across files when linking")
isere_switch(WERROR "Treat warnings as errors")
isere_switch(WITH_OTEL "Send telemetry with OTLP")
set(OTEL_HOST "localhost" CACHE STRING "Where telemetry goes: a host name or an address")
set(OTEL_PORT "4318" CACHE STRING "Where telemetry goes: a port, 1 to 65535")
set(VERSION "" CACHE STRING "The version that isere reports; empty: what git describes")
set(SANITIZE "" CACHE STRING "Sanitizers, a list of: address, undefined, leak")

if(NOT OTEL_HOST MATCHES "^[A-Za-z0-9.:_-]+$")
  message(FATAL_ERROR "OTEL_HOST is '${OTEL_HOST}'; allowed: a host name, an IPv4 or an IPv6 address")
endif()
if(NOT OTEL_PORT MATCHES "^[1-9][0-9]?[0-9]?[0-9]?[0-9]?$" OR OTEL_PORT GREATER 65535)
  message(FATAL_ERROR "OTEL_PORT is '${OTEL_PORT}'; allowed: 1 to 65535")
endif()
string(REPLACE "," ";" ISERE_SANITIZERS "${SANITIZE}")
foreach(sanitizer IN LISTS ISERE_SANITIZERS)
  if(NOT sanitizer MATCHES "^(address|undefined|leak)$")
    message(FATAL_ERROR "SANITIZE holds '${sanitizer}'; allowed: address, undefined, leak")
  endif()
endforeach()

# The version is read again when the commit changes.
set(ISERE_VERSION "${VERSION}")
if(ISERE_VERSION STREQUAL "")
  find_program(GIT_PROGRAM git)
  mark_as_advanced(GIT_PROGRAM)
  if(GIT_PROGRAM)
    execute_process(
      COMMAND "${GIT_PROGRAM}" describe --tags --always
      WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
      OUTPUT_VARIABLE ISERE_VERSION
      OUTPUT_STRIP_TRAILING_WHITESPACE
      ERROR_QUIET)
  endif()
  if(EXISTS "${PROJECT_SOURCE_DIR}/.git/logs/HEAD")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/.git/logs/HEAD")
  endif()
endif()
if(ISERE_VERSION STREQUAL "")
  set(ISERE_VERSION "unknown")
endif()
if(NOT ISERE_VERSION MATCHES "^[A-Za-z0-9._+~-]+$")
  message(FATAL_ERROR "VERSION is '${ISERE_VERSION}'; allowed: letters, digits and . _ + ~ -")
endif()

set(ISERE_GENERATED_DIR "${PROJECT_BINARY_DIR}/generated")
set(ISERE_WITH_OTEL 0)
if(WITH_OTEL)
  set(ISERE_WITH_OTEL 1)
endif()
configure_file("${PROJECT_SOURCE_DIR}/tools/cmake/build_config.h.in" "${ISERE_GENERATED_DIR}/build_config.h" @ONLY)
