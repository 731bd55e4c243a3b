# SPDX-License-Identifier: Apache-2.0
# What a board's image is made of, beyond isere_core: lwIP, the port, the linker script.

set(lwip_port_dir "${PROJECT_SOURCE_DIR}/ports/lwip")
set(board_dir "${platform_dir}/${BOARD}")

set(LWIP_DIR_SAVED "${LWIP_DIR}")
set(LWIP_DIR "${ISERE_LWIP_DIR}")
set(LWIP_EXCLUDE_SLIPIF TRUE)
include("${ISERE_LWIP_DIR}/src/Filelists.cmake")
set(LWIP_DIR "${LWIP_DIR_SAVED}")

add_library(lwip STATIC ${lwipcore_SRCS} ${lwipcore4_SRCS}
  "${ISERE_LWIP_DIR}/src/api/tcpip.c" "${ISERE_LWIP_DIR}/src/netif/ethernet.c"
  "${ISERE_LWIP_DIR}/contrib/ports/freertos/sys_arch.c")
target_include_directories(lwip SYSTEM PUBLIC "${ISERE_LWIP_DIR}/src/include"
  "${ISERE_LWIP_DIR}/contrib/ports/freertos/include")
target_include_directories(lwip PUBLIC "${lwip_port_dir}/include" "${source_dir}" "${platform_dir}")
target_compile_options(lwip PRIVATE -O2)
target_link_libraries(lwip PUBLIC freertos_headers PRIVATE third_party_flags)

file(GLOB firmware_sources CONFIGURE_DEPENDS "${lwip_port_dir}/*.c" "${platform_dir}/*.c" "${platform_dir}/*.S")
add_executable(isere ${firmware_sources})
set_target_properties(isere PROPERTIES OUTPUT_NAME isere.elf)
target_include_directories(isere PRIVATE "${board_dir}" "${lwip_port_dir}")
target_link_libraries(isere PRIVATE isere_flags isere_core lwip)
target_link_options(isere PRIVATE -nostartfiles -static
  "-T${platform_dir}/image.ld" "-L${board_dir}" "-Wl,-Map=${PROJECT_BINARY_DIR}/isere.map"
  -Wl,--fatal-warnings)
set_target_properties(isere PROPERTIES LINK_DEPENDS "${platform_dir}/image.ld;${board_dir}/memory.ld")
