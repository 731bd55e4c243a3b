# SPDX-License-Identifier: Apache-2.0
# Our code: host tools, the JavaScript halves as generated C, isere_core, and the isere binary.

set(source_dir "${PROJECT_SOURCE_DIR}/src")
set(platform_dir "${PROJECT_SOURCE_DIR}/ports/${TARGET_PLATFORM}")

# Host tools: src/**/NAME_tool.c is the whole of the program NAME_tool. They run during the build, so a build for a
# board builds them in a build of their own, for this machine.
file(GLOB_RECURSE tool_sources CONFIGURE_DEPENDS "${source_dir}/*_tool.c")
if(NOT ISERE_IS_HOST)
  include(ExternalProject)
  set(host_tools_dir "${PROJECT_BINARY_DIR}/host_tools")
  set(bytecode_tool "${host_tools_dir}/bytecode_tool")
  ExternalProject_Add(host_tools
    SOURCE_DIR "${PROJECT_SOURCE_DIR}"
    BINARY_DIR "${host_tools_dir}"
    CMAKE_ARGS -DTESTS=off "-DQUICKJS_DIR=${ISERE_QUICKJS_DIR}" "-DFREERTOS_DIR=${ISERE_FREERTOS_DIR}"
      "-DLLHTTP_DIR=${ISERE_LLHTTP_DIR}"
    BUILD_COMMAND "${CMAKE_COMMAND}" --build <BINARY_DIR> --target bytecode_tool
    BUILD_ALWAYS ON
    BUILD_BYPRODUCTS "${bytecode_tool}"
    INSTALL_COMMAND "")
  set(tool_sources "")
else()
  set(bytecode_tool bytecode_tool)
endif()
foreach(tool_source IN LISTS tool_sources)
  get_filename_component(tool "${tool_source}" NAME_WE)
  add_executable(${tool} "${tool_source}")
  target_include_directories(${tool} PRIVATE "${source_dir}" "${platform_dir}" "${ISERE_GENERATED_DIR}")
  target_link_libraries(${tool} PRIVATE isere_flags quickjs)
endforeach()

# isere_embed(script options...): compiles a script into ${ISERE_GENERATED_DIR}/js/NAME_js.c and adds that to
# embedded_sources. The symbols are isere_js_NAME and isere_js_NAME_len.
macro(isere_embed script)
  get_filename_component(embed_name "${script}" NAME_WE)
  isere_embed_as(${embed_name} "${script}" ${ARGN})
endmacro()
macro(isere_embed_as embed_name script)
  set(embed_output "${ISERE_GENERATED_DIR}/js/${embed_name}_js.c")
  if(NOT "${embed_name}" MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "${script}: the name of an embedded script is made of a-z, 0-9 and _")
  endif()
  if("${embed_output}" IN_LIST embedded_sources)
    message(FATAL_ERROR "${script}: another script is named ${embed_name}.js too")
  endif()
  add_custom_command(
    OUTPUT "${embed_output}"
    COMMAND ${bytecode_tool} --name ${embed_name} ${ARGN} --out "${embed_output}" "${script}"
    DEPENDS ${bytecode_tool} "${script}"
    COMMENT "Embedding ${embed_name}.js"
    VERBATIM)
  list(APPEND embedded_sources "${embed_output}")
endmacro()

set(embedded_sources "")
file(MAKE_DIRECTORY "${ISERE_GENERATED_DIR}/js")
file(GLOB_RECURSE api_scripts CONFIGURE_DEPENDS "${source_dir}/api/*.js")
foreach(api_script IN LISTS api_scripts)
  isere_embed("${api_script}")
endforeach()
set(handler "${HANDLER}")
if(ISERE_IS_HOST OR handler STREQUAL "")
  set(handler "${PROJECT_SOURCE_DIR}/js/handler.js")
endif()
isere_embed_as(handler "${handler}" --source)

file(GLOB_RECURSE core_sources CONFIGURE_DEPENDS "${source_dir}/*.c")
list(FILTER core_sources EXCLUDE REGEX "_(test|fixture|tool)\\.c$")
list(REMOVE_ITEM core_sources "${source_dir}/engine/quickjs/internals.c")  # third_party.cmake has it
if(NOT ISERE_IS_HOST)
  list(FILTER core_sources EXCLUDE REGEX "^${source_dir}/cli/")
endif()
file(GLOB quickjs_engine_sources CONFIGURE_DEPENDS "${source_dir}/engine/quickjs/*.c")
set_source_files_properties(${quickjs_engine_sources} PROPERTIES
  COMPILE_DEFINITIONS "ISERE_QUICKJS_VERSION=\"${quickjs_version}\"")
add_library(isere_core STATIC ${core_sources} ${embedded_sources})
target_include_directories(isere_core PUBLIC "${source_dir}" "${platform_dir}" "${ISERE_GENERATED_DIR}")
target_link_libraries(isere_core PRIVATE isere_flags llhttp quickjs PUBLIC freertos)

if(NOT ISERE_IS_HOST)
  return()
endif()

# The platform's port without its main(), which the port tests use too.
file(GLOB platform_sources CONFIGURE_DEPENDS "${platform_dir}/*.c")
list(FILTER platform_sources EXCLUDE REGEX "_test\\.c$")
# What the system offers beyond C is a port's to use.
set_source_files_properties(${platform_sources} PROPERTIES COMPILE_DEFINITIONS _GNU_SOURCE)
set(platform_main "${platform_dir}/main.c")
list(REMOVE_ITEM platform_sources "${platform_main}")
if(EXISTS "${platform_main}")
  add_executable(isere "${platform_main}" ${platform_sources})
  target_link_libraries(isere PRIVATE isere_flags isere_core)
endif()
