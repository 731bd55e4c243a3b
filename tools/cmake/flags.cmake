# SPDX-License-Identifier: Apache-2.0
# Compiler and linker flags: isere_flags for our code, third_party_flags for everybody else's.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(-g -ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)
if(NOT ISERE_IS_HOST)
  set(ISERE_CPU_an385 -mcpu=cortex-m3)
  set(ISERE_CPU_an505 -mcpu=cortex-m33 -mfloat-abi=soft)
  add_compile_options(${ISERE_CPU_${BOARD}} -mthumb)
  add_link_options(${ISERE_CPU_${BOARD}} -mthumb)
endif()
if(LTO)
  include(CheckIPOSupported)
  check_ipo_supported(LANGUAGES C)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

# Bugs are asserts, and stay so in a release.
add_library(isere_flags INTERFACE)
target_compile_options(isere_flags INTERFACE
  $<$<COMPILE_LANGUAGE:C>:-UNDEBUG -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion
  -Wno-sign-conversion>)
if(WERROR)
  target_compile_options(isere_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-Werror>)
endif()

add_library(third_party_flags INTERFACE)
target_compile_options(third_party_flags INTERFACE -w)

# Third-party code is optimised in a debug build too: it is not what is being debugged. It is not held
# to -fsanitize=undefined, which it was not written for.
if(ISERE_SANITIZERS)
  string(REPLACE ";" "," sanitizers "${ISERE_SANITIZERS}")
  add_compile_options(-O1 -fno-omit-frame-pointer)
  target_compile_options(isere_flags INTERFACE -fsanitize=${sanitizers} -fno-sanitize-recover=all)
  if("address" IN_LIST ISERE_SANITIZERS)
    target_compile_options(third_party_flags INTERFACE -fsanitize=address)
  endif()
  add_link_options(-fsanitize=${sanitizers})
elseif(DEBUG)
  target_compile_options(isere_flags INTERFACE -O0 -g3)
  target_compile_options(third_party_flags INTERFACE -O2)
elseif(ISERE_IS_HOST)
  add_compile_options(-O2 -fno-plt)
else()
  # What runs for each request is worth more room (isere_flags, lwip); the engine is large.
  add_compile_options(-Os)
  target_compile_options(isere_flags INTERFACE -O2)
endif()
