# How the project's own targets are declared: one CMake target a module, with what it depends on.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

find_program(SEMBLANCE_CCACHE ccache)
if(SEMBLANCE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SEMBLANCE_CCACHE})
endif()

# Flags of everything that is ours. Libraries' headers come in as SYSTEM and are not judged.
add_library(semblance_flags INTERFACE)
target_compile_options(semblance_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                                 -Wno-sign-conversion -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarm in operator+(const char*, std::string&&) of g++ 12 (GCC bug 105651).
  target_compile_options(semblance_flags INTERFACE -Wno-restrict)
endif()
target_link_libraries(semblance_flags INTERFACE Threads::Threads)
if(SEMBLANCE_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # With sanitizers g++ 12 sees uninitialised members in std::regex and std::optional.
    target_compile_options(semblance_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_compile_options(semblance_flags INTERFACE -fsanitize=${SEMBLANCE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(semblance_flags INTERFACE -fsanitize=${SEMBLANCE_SANITIZE})
endif()

# semblance_module(NAME SOURCES file... [DEPENDS module...] [LIBRARIES target...])
#   A static library semblance_NAME. DEPENDS names other modules, LIBRARIES private libraries.
function(semblance_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  add_library(semblance_${name} STATIC ${ARG_SOURCES})
  target_include_directories(semblance_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM ARG_DEPENDS PREPEND semblance_)
  target_link_libraries(semblance_${name} PUBLIC ${ARG_DEPENDS} PRIVATE semblance_flags ${ARG_LIBRARIES})
  if(SEMBLANCE_SANITIZE)
    target_link_libraries(semblance_${name} PUBLIC semblance_flags)
  endif()
endfunction()

# semblance_unit_test(MODULE SOURCES file... [LIBRARIES target...])
#   GoogleTest program unit_MODULE for src/MODULE; every TEST becomes a ctest test labelled "fast".
function(semblance_unit_test module)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(unit_${module} ${ARG_SOURCES})
  target_link_libraries(unit_${module} PRIVATE semblance_flags semblance_${module} semblance_test_support
                                               GTest::gtest_main ${ARG_LIBRARIES})
  set(suppressions ${PROJECT_SOURCE_DIR}/tests/support/lsan.supp)
  # Sanitizers make everything several times slower.
  set(timeout_s 60)
  if(SEMBLANCE_SANITIZE)
    set(timeout_s 600)
  endif()
  gtest_discover_tests(unit_${module} DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS fast TIMEOUT ${timeout_s}
               ENVIRONMENT LSAN_OPTIONS=suppressions=${suppressions}:print_suppressions=0)
endfunction()
