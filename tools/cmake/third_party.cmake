# SPDX-License-Identifier: Apache-2.0
# The third-party libraries: freertos, llhttp and quickjs, from build/deps or from the user's folders.

# isere_dependency(VARIABLE part file): sets VARIABLE to the folder of a part of deps.lock, which is unpacked when
# it is missing and the user names no folder; `file` must be there.
function(isere_dependency variable part file)
  set(${variable} "" CACHE PATH "The sources of ${part}; empty: build/deps/${part}")
  set(folder "${${variable}}")
  if(folder STREQUAL "")
    execute_process(COMMAND "${PROJECT_SOURCE_DIR}/tools/deps" ${part} RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
      message(FATAL_ERROR "the sources of ${part} are missing; tools/deps told why above. "
        "-D${variable}=FOLDER takes them from elsewhere.")
    endif()
    set(folder "${PROJECT_SOURCE_DIR}/build/deps/${part}")
    if(DEFINED ENV{ISERE_DEPS_DIR})
      set(folder "$ENV{ISERE_DEPS_DIR}/${part}")
    endif()
  endif()
  get_filename_component(folder "${folder}" ABSOLUTE BASE_DIR "${PROJECT_BINARY_DIR}")
  if(NOT EXISTS "${folder}/${file}")
    message(FATAL_ERROR "${variable}: ${folder} holds no ${part} sources (no ${file})")
  endif()
  set(ISERE_${variable} "${folder}" PARENT_SCOPE)
endfunction()

# isere_existing(VARIABLE folder names...): those of the named files that this version of a library has.
function(isere_existing variable folder)
  set(found "")
  foreach(name IN LISTS ARGN)
    if(EXISTS "${folder}/${name}")
      list(APPEND found "${folder}/${name}")
    endif()
  endforeach()
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()

isere_dependency(FREERTOS_DIR freertos tasks.c)
isere_dependency(QUICKJS_DIR quickjs quickjs.c)
isere_dependency(LLHTTP_DIR llhttp include/llhttp.h)
if(ISERE_IS_HOST)
  find_package(Threads REQUIRED)
  set(quickjs_system_libraries m Threads::Threads)
  set(ISERE_KERNEL_PORT_DIR "${PROJECT_SOURCE_DIR}/ports/${TARGET_PLATFORM}/freertos")
  file(GLOB port_sources CONFIGURE_DEPENDS "${ISERE_KERNEL_PORT_DIR}/*.c" "${ISERE_KERNEL_PORT_DIR}/*.S")
  list(FILTER port_sources EXCLUDE REGEX "_test\\.c$")
  set_source_files_properties(${port_sources} PROPERTIES COMPILE_DEFINITIONS _GNU_SOURCE)
  set(kernel_port_sources "")
else()
  isere_dependency(LWIP_DIR lwip src/core/tcp.c)
  set(quickjs_system_libraries m)
  set(ISERE_KERNEL_PORT_DIR "${PROJECT_SOURCE_DIR}/ports/${TARGET_PLATFORM}/freertos"
    "${ISERE_FREERTOS_DIR}/portable/GCC/ARM_CM3")
  set(kernel_port_sources "${ISERE_FREERTOS_DIR}/portable/GCC/ARM_CM3/port.c"
    "${ISERE_FREERTOS_DIR}/portable/MemMang/heap_4.c")
  set(port_sources "")
endif()

# The kernel and our port call each other, so they are one library. V9 has no stream_buffer.c.
isere_existing(kernel_sources "${ISERE_FREERTOS_DIR}"
  tasks.c queue.c list.c timers.c event_groups.c stream_buffer.c)
add_library(freertos_headers INTERFACE)
target_include_directories(freertos_headers SYSTEM INTERFACE "${ISERE_FREERTOS_DIR}/include")
target_include_directories(freertos_headers INTERFACE "${ISERE_KERNEL_PORT_DIR}")
add_library(freertos_kernel OBJECT ${kernel_sources} ${kernel_port_sources})
target_link_libraries(freertos_kernel PRIVATE freertos_headers third_party_flags)
add_library(freertos STATIC $<TARGET_OBJECTS:freertos_kernel> ${port_sources})
target_link_libraries(freertos PUBLIC freertos_headers PRIVATE isere_flags)
target_include_directories(freertos PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/ports/${TARGET_PLATFORM}")

isere_existing(llhttp_sources "${ISERE_LLHTTP_DIR}" src/llhttp.c src/http.c src/api.c)
add_library(llhttp STATIC ${llhttp_sources})
target_include_directories(llhttp SYSTEM PUBLIC "${ISERE_LLHTTP_DIR}/include")
target_link_libraries(llhttp PRIVATE third_party_flags)

# QuickJS looks for interrupts when code calls and loops, but not within built-in functions that loop over elements:
# `[].indexOf.call({length: 2 ** 53}, 1)` would run for years. So each access to an element looks, too.
set(quickjs_checked "${ISERE_GENERATED_DIR}/quickjs_checked.c")
file(READ "${ISERE_QUICKJS_DIR}/quickjs.c" quickjs_text)
function(isere_quickjs_begin function statement)
  string(REGEX REPLACE "(\n[A-Za-z ]*[ *]${function}\\(JS[CR][a-z]* \\*[a-z]*[^{};]*\\)\n{\n)"
    "\\1    ${statement}\n" begun "${quickjs_text}")
  if(begun STREQUAL quickjs_text)
    message(FATAL_ERROR "${function} is not in ${ISERE_QUICKJS_DIR}/quickjs.c as expected: isère needs QuickJS 2025-04-26")
  endif()
  set(quickjs_text "${begun}" PARENT_SCOPE)
endfunction()
macro(isere_quickjs_check function on_interrupt)
  isere_quickjs_begin(${function} "if (js_poll_interrupts(ctx)) { ${on_interrupt} }")
endmacro()
isere_quickjs_check(JS_TryGetPropertyInt64 "*pval = JS_UNDEFINED; return -1;")
isere_quickjs_check(JS_GetPropertyInt64 "return JS_EXCEPTION;")
isere_quickjs_check(JS_GetPropertyUint32 "return JS_EXCEPTION;")
isere_quickjs_check(JS_SetPropertyInt64 "JS_FreeValue(ctx, val); return -1;")
isere_quickjs_check(JS_DeletePropertyInt64 "return -1;")
isere_quickjs_check(JS_DefinePropertyValueInt64 "JS_FreeValue(ctx, val); return -1;")
isere_quickjs_check(JS_CreateDataPropertyUint32 "JS_FreeValue(ctx, val); return -1;")

# Calls of fast_paths.h, which says why.
isere_quickjs_begin(add_property "isere_js_shape_grows(ctx->rt, p->shape);")
isere_quickjs_begin(js_free_shape "if (isere_js_shape_rests(rt, sh)) return;")
isere_quickjs_begin(JS_FreeRuntime "isere_js_shapes_release(rt);")
isere_quickjs_begin(js_new_promise_capability "if (JS_IsUndefined(ctor)) return isere_js_new_promise(ctx, resolving_funcs);")
isere_quickjs_begin(JS_JSONStringify
  "JSValue isere_text; if (isere_js_stringify(ctx, obj, replacer, space0, &isere_text)) return isere_text;")
string(REPLACE "struct JSRuntime {\n" "struct JSRuntime {\n    isere_js_kept_t isere_kept;\n" quickjs_text "${quickjs_text}")
if(NOT ISERE_IS_HOST)
  # newlib has no threads.
  string(REPLACE "#define CONFIG_ATOMICS\n" "\n" quickjs_single "${quickjs_text}")
  if(quickjs_single STREQUAL quickjs_text)
    message(FATAL_ERROR "${ISERE_QUICKJS_DIR}/quickjs.c has no '#define CONFIG_ATOMICS' to take out")
  endif()
  set(quickjs_text "${quickjs_single}")
endif()
file(GENERATE OUTPUT "${quickjs_checked}" CONTENT "${quickjs_text}")

# internals.c is that, with functions of ours behind it, and is built like it.
isere_existing(quickjs_sources "${ISERE_QUICKJS_DIR}" libregexp.c libunicode.c cutils.c dtoa.c libbf.c)
set(quickjs_version "unknown")
if(EXISTS "${ISERE_QUICKJS_DIR}/VERSION")
  file(STRINGS "${ISERE_QUICKJS_DIR}/VERSION" quickjs_version LIMIT_COUNT 1)
endif()
add_library(quickjs STATIC "${PROJECT_SOURCE_DIR}/src/engine/quickjs/internals.c" ${quickjs_sources})
target_include_directories(quickjs SYSTEM PUBLIC "${ISERE_QUICKJS_DIR}" PRIVATE "${PROJECT_SOURCE_DIR}/src" "${ISERE_GENERATED_DIR}")
if(NOT ISERE_IS_HOST)
  # Makes newlib's `struct tm` have the member that the engine reads; ports/mps2/libc.c fills it.
  target_compile_definitions(quickjs PUBLIC __TM_GMTOFF=tm_gmtoff)
endif()
target_compile_definitions(quickjs PRIVATE _GNU_SOURCE "CONFIG_VERSION=\"${quickjs_version}\"")
target_compile_options(quickjs PRIVATE -fwrapv)
target_link_libraries(quickjs PRIVATE third_party_flags PUBLIC ${quickjs_system_libraries})
