# SPDX-License-Identifier: BSD-2-Clause
# How the programs of the daemon are linked.
include_guard(GLOBAL)

option(POSTERN_STATIC_MODULES "Link the modules statically: a fork copies fewer pages" ON)
string(FIND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${CMAKE_BUILD_TYPE}} ${CMAKE_EXE_LINKER_FLAGS}" "-fsanitize" POSTERN_SANITIZED_AT)
string(FIND "${CMAKE_CXX_FLAGS} ${CMAKE_EXE_LINKER_FLAGS}" "coverage" POSTERN_COVERAGE_AT)
if(POSTERN_INSTRUMENTED OR POSTERN_SANITIZED_AT GREATER -1 OR POSTERN_COVERAGE_AT GREATER -1)
  set(POSTERN_INSTRUMENTED_BUILD ON CACHE INTERNAL "sanitizers or coverage: no static linking")
endif()

# Each function in a section of its own, unused ones left out.
add_library(postern_sections INTERFACE)
target_compile_options(postern_sections INTERFACE -ffunction-sections -fdata-sections)
target_link_options(postern_sections INTERFACE -Wl,--gc-sections)
if(POSTERN_COVERAGE_AT GREATER -1)
  target_compile_definitions(postern_sections INTERFACE POSTERN_COVERAGE)
endif()

# postern_module(NAME n SOURCES a.cc… LIBS …): an executable that the dispatcher starts. Statically linked (its
# forks are the cost of a connection) unless instrumented or DYNAMIC, which is for what needs the name service.
function(postern_module)
  cmake_parse_arguments(ARG "DYNAMIC" "NAME" "SOURCES;LIBS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_link_libraries(${ARG_NAME} PRIVATE postern_options postern_sections ${ARG_LIBS})
  if(POSTERN_STATIC_MODULES AND NOT ARG_DYNAMIC AND NOT POSTERN_INSTRUMENTED_BUILD)
    target_compile_options(${ARG_NAME} PRIVATE -fPIE)
    target_link_options(${ARG_NAME} PRIVATE -static-pie)
  elseif(NOT POSTERN_INSTRUMENTED_BUILD)
    target_link_options(${ARG_NAME} PRIVATE -static-libstdc++ -static-libgcc -pie)
  endif()
  set_property(GLOBAL APPEND PROPERTY POSTERN_MODULES ${ARG_NAME})
endfunction()
