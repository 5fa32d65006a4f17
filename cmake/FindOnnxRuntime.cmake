# Finds ONNX Runtime: the system's package where there is one, else the official builds that the npm
# package com.github.asus4.onnxruntime (package.json) brings.
#
#   OnnxRuntime::headers    INTERFACE target with the folder of onnxruntime_cxx_api.h
#   OnnxRuntime_LIBRARY     path of libonnxruntime.so: the program loads it when it first embeds
#                           and is never linked with it
#   OnnxRuntime_SOURCE      where both come from, for the log
#
# -DONNXRUNTIME_ROOT=DIR (with include/ and lib/) goes before everything else.

set(_npm ${PROJECT_SOURCE_DIR}/node_modules/com.github.asus4.onnxruntime/Plugins)
set(_names onnxruntime_cxx_api.h)
set(_suffixes include include/onnxruntime include/onnxruntime/core/session)

function(_onnxruntime_take source)
  cmake_parse_arguments(ARG "" "" "INCLUDE;LIBRARY" ${ARGN})
  find_path(_include NAMES ${_names} PATHS ${ARG_INCLUDE} NO_DEFAULT_PATH NO_CACHE)
  find_library(_library NAMES onnxruntime PATHS ${ARG_LIBRARY} NO_DEFAULT_PATH NO_CACHE)
  if(_include AND _library)
    set(OnnxRuntime_INCLUDE_DIR ${_include} PARENT_SCOPE)
    set(OnnxRuntime_LIBRARY ${_library} PARENT_SCOPE)
    set(OnnxRuntime_SOURCE ${source} PARENT_SCOPE)
  endif()
endfunction()

unset(OnnxRuntime_LIBRARY)
if(ONNXRUNTIME_ROOT)
  list(TRANSFORM _suffixes PREPEND ${ONNXRUNTIME_ROOT}/ OUTPUT_VARIABLE _includes)
  _onnxruntime_take("ONNXRUNTIME_ROOT" INCLUDE ${_includes} LIBRARY ${ONNXRUNTIME_ROOT}/lib)
endif()
if(NOT OnnxRuntime_LIBRARY)
  pkg_check_modules(_onnxruntime QUIET libonnxruntime)
  if(_onnxruntime_FOUND)
    set(_includes ${_onnxruntime_INCLUDE_DIRS} ${_onnxruntime_INCLUDEDIR})
    foreach(_folder ${_onnxruntime_INCLUDEDIR} ${CMAKE_SYSTEM_PREFIX_PATH})
      list(APPEND _includes ${_folder}/onnxruntime ${_folder}/onnxruntime/core/session)
    endforeach()
    _onnxruntime_take("the system, ${_onnxruntime_VERSION}" INCLUDE ${_includes}
      LIBRARY ${_onnxruntime_LIBRARY_DIRS} ${_onnxruntime_LIBDIR})
  endif()
endif()
if(NOT OnnxRuntime_LIBRARY AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  # The package has headers only beside its iOS libraries; they are the same for every platform.
  _onnxruntime_take("npm"
    INCLUDE "${_npm}/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers"
    LIBRARY ${_npm}/Linux/x64)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OnnxRuntime
  REQUIRED_VARS OnnxRuntime_LIBRARY OnnxRuntime_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run scripts/setup, which fetches it with npm, or give -DONNXRUNTIME_ROOT=DIR")

if(OnnxRuntime_FOUND AND NOT TARGET OnnxRuntime::headers)
  add_library(OnnxRuntime::headers INTERFACE IMPORTED GLOBAL)
  set_target_properties(OnnxRuntime::headers PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${OnnxRuntime_INCLUDE_DIR}")
  target_link_libraries(OnnxRuntime::headers INTERFACE ${CMAKE_DL_LIBS})
endif()
