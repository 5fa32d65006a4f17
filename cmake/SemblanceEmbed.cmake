# semblance_embed(TARGET FUNCTION namespace::function FILES name=path...)
#   Builds files into a target: function(name) gives their content as a std::string_view. The
#   assembler reads them, so that large ones cost no compile time.
function(semblance_embed target)
  cmake_parse_arguments(ARG "" "FUNCTION" "FILES" ${ARGN})
  string(REGEX MATCH "^(.*)::([^:]*)$" _ "${ARG_FUNCTION}")
  set(namespace ${CMAKE_MATCH_1})
  set(function ${CMAKE_MATCH_2})
  set(symbols "")
  set(lines "")
  set(paths "")
  set(index 0)
  foreach(entry ${ARG_FILES})
    string(REGEX MATCH "^([^=]*)=(.*)$" _ "${entry}")
    set(name ${CMAKE_MATCH_1})
    set(path ${CMAKE_MATCH_2})
    list(APPEND paths ${path})
    set(symbol ${target}_file_${index})
    string(APPEND symbols
      "asm(\".pushsection .rodata\\n.globl ${symbol}\\n.globl ${symbol}_end\\n\"\n"
      "    \"${symbol}:\\n.incbin \\\"${path}\\\"\\n${symbol}_end:\\n.byte 0\\n.popsection\\n\");\n"
      "extern \"C\" const char ${symbol}[];\nextern \"C\" const char ${symbol}_end[];\n")
    string(APPEND lines
      "  if (name == \"${name}\") return {${symbol}, static_cast<std::size_t>(${symbol}_end - ${symbol})};\n")
    math(EXPR index "${index} + 1")
  endforeach()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}_files.cpp)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
"#include <cstddef>
#include <string_view>

${symbols}
namespace ${namespace} {
std::string_view ${function}(std::string_view name);
std::string_view ${function}(std::string_view name) {
${lines}  return {};
}
}  // namespace ${namespace}
")
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${paths}")
  target_sources(${target} PRIVATE ${source})
endfunction()
