// Writes the tests' own picture files into a folder: the corpus to start fuzzing from.

#include <cstdio>

#include "support/picture_files.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_picture_corpus FOLDER\n", stderr);
    return 2;
  }
  for (const auto& file : semblance::test::make_picture_files()) {
    const auto path = std::filesystem::path(argv[1]) / file.name;
    if (const auto status = semblance::write_file_atomically(path, file.bytes); !status) {
      std::fprintf(stderr, "%s\n", status.error().message.c_str());
      return 2;
    }
  }
  return 0;
}
