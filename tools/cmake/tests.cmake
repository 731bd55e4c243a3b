# SPDX-License-Identifier: Apache-2.0
# The tests, and their registration with CTest: unit/NAME, port_contract/NAME, integration/FILE, tools/NAME.

enable_testing()
if(TESTS STREQUAL "off")
  return()
endif()
find_path(CMOCKA_INCLUDE_DIR cmocka.h)
find_library(CMOCKA_LIBRARY cmocka)
find_program(NODE_PROGRAM NAMES node nodejs)
mark_as_advanced(CMOCKA_INCLUDE_DIR CMOCKA_LIBRARY NODE_PROGRAM)
set(missing_mode STATUS)
if(TESTS STREQUAL "on")
  set(missing_mode FATAL_ERROR)
endif()
if(NOT CMOCKA_INCLUDE_DIR OR NOT CMOCKA_LIBRARY)
  message(${missing_mode} "cmocka is missing: no unit tests (apt-get install libcmocka-dev)")
endif()
if(NOT NODE_PROGRAM)
  message(${missing_mode} "node is missing: no integration tests (apt-get install nodejs)")
endif()

# isere_test_program(PROGRAM label base sources...): a program that runs the groups of the *_test.c among the
# sources inside a task. The group of BASE/a/b_test.c is the function isere_test_a_b, the CTest test LABEL/a_b, or
# LABEL/b where a is LABEL.
function(isere_test_program program label base)
  set(groups "")
  foreach(source IN LISTS ARGN)
    if(source MATCHES "_test\\.c$")
      file(RELATIVE_PATH group "${base}" "${source}")
      string(REGEX REPLACE "_test\\.c$" "" group "${group}")
      string(REPLACE "/" "_" group "${group}")
      string(APPEND groups "ISERE_TEST_GROUP(${group})\n")
      # ISERE_WRAP holds a command to run the program with, such as valgrind; the integration tests honour it too.
      string(REGEX REPLACE "^${label}_" "" name "${group}")
      add_test(NAME ${label}/${name}
        COMMAND sh -c [[exec $ISERE_WRAP "$0" "$1"]] $<TARGET_FILE:${program}> ${group})
      set_tests_properties(${label}/${name} PROPERTIES TIMEOUT 600)
    endif()
  endforeach()
  set(folder "${ISERE_GENERATED_DIR}/${program}")
  file(GENERATE OUTPUT "${folder}/test_groups.inc" CONTENT "${groups}")
  add_executable(${program} "${PROJECT_SOURCE_DIR}/tools/test_main.c" ${ARGN})
  target_include_directories(${program} PRIVATE "${folder}" "${PROJECT_SOURCE_DIR}/ports" "${PROJECT_SOURCE_DIR}/tests")
  target_include_directories(${program} SYSTEM PRIVATE "${CMOCKA_INCLUDE_DIR}")
  target_link_libraries(${program} PRIVATE isere_flags isere_core llhttp quickjs "${CMOCKA_LIBRARY}")
endfunction()

if(CMOCKA_INCLUDE_DIR AND CMOCKA_LIBRARY)
  file(GLOB_RECURSE unit_sources CONFIGURE_DEPENDS
    "${PROJECT_SOURCE_DIR}/src/*_test.c" "${PROJECT_SOURCE_DIR}/src/*_fixture.c")
  file(GLOB fake_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/ports/fake/*.c")
  if(unit_sources)
    isere_test_program(unittests unit "${PROJECT_SOURCE_DIR}/src" ${unit_sources} ${fake_sources})
    target_include_directories(unittests PRIVATE "${PROJECT_SOURCE_DIR}/ports/fake")
  endif()
  file(GLOB contract_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/port_contract/*.c")
  if(contract_sources)
    isere_test_program(porttests port_contract "${PROJECT_SOURCE_DIR}/tests" ${contract_sources} ${platform_sources})
  endif()
endif()

file(GLOB integration_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/integration/*.test.js")
if(NODE_PROGRAM AND TARGET isere)
  foreach(integration_file IN LISTS integration_files)
    get_filename_component(name "${integration_file}" NAME_WE)
    add_test(NAME integration/${name}
      COMMAND "${NODE_PROGRAM}" --test --test-reporter=tap "${integration_file}")
    set_tests_properties(integration/${name} PROPERTIES
      TIMEOUT 900
      ENVIRONMENT "ISERE_BIN=$<TARGET_FILE:isere>")
  endforeach()
endif()

file(GLOB tool_tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tools/*_test")
foreach(tool_test IN LISTS tool_tests)
  get_filename_component(name "${tool_test}" NAME)
  add_test(NAME tools/${name} COMMAND "${tool_test}")
  set_tests_properties(tools/${name} PROPERTIES TIMEOUT 60)
endforeach()
