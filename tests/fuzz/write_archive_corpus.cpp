// Writes small archives, good and evil, into a folder: the corpus to start fuzzing from.

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "archive/archive_writer.h"
#include "base/file.h"
#include "base/sha256.h"
#include "describe/histogram.h"
#include "engine/archive_manifest.h"
#include "support/fake_embedder.h"
#include "support/tar_files.h"

namespace semblance::test {
namespace {

/// An archive as the format wants it, of files that are all zeros.
std::vector<TarMember> sound_archive(bool with_network) {
  ArchiveManifest manifest{"0.1.0", "default", "2024-01-01T00:00:00Z", {}, {}, {}};
  if (with_network) {
    manifest.network = ArchivedNetwork{FakeEmbedder().card(), 1, kHistogramDimension};
  }
  manifest.files = expected_files(manifest.network);
  std::vector<TarMember> members = {{std::string(kManifestMember), ""}};
  for (ArchivedFile& file : manifest.files) {
    if (file.bytes == 0) file.bytes = 512;
    members.push_back({file.name, std::string(file.bytes, '\0')});
    file.sha256 = to_hex(sha256(std::as_bytes(std::span(members.back().content))));
  }
  members[0].content = to_json(manifest);
  return members;
}

Status write_compressed(const std::filesystem::path& path, const std::vector<TarMember>& members) {
  Result<ArchiveWriter> writer = ArchiveWriter::create(path);
  if (!writer) return writer.error();
  for (const TarMember& member : members) {
    SEMBLANCE_RETURN_IF_ERROR(writer->begin(member.name, member.content.size(), 0));
    SEMBLANCE_RETURN_IF_ERROR(writer->write(std::as_bytes(std::span(member.content))));
  }
  return writer->finish();
}

Status write_corpus(const std::filesystem::path& folder) {
  const std::vector<TarMember> full = sound_archive(true);
  const std::vector<TarMember> bare = sound_archive(false);
  std::vector<TarMember> link = bare;
  link.push_back({"vectors/x", "", '2', "/etc"});
  std::vector<TarMember> climbing = bare;
  climbing[1].name = "../catalogue.sqlite";
  const std::pair<const char*, std::string> files[] = {{"full.tar", make_tar(full)},
                                                       {"bare.tar", make_tar(bare)},
                                                       {"link.tar", make_tar(link)},
                                                       {"climbing.tar", make_tar(climbing)},
                                                       {"manifest.json", full[0].content}};
  for (const auto& [name, content] : files) {
    SEMBLANCE_RETURN_IF_ERROR(write_file_atomically(folder / name, content));
  }
  SEMBLANCE_RETURN_IF_ERROR(write_compressed(folder / "bare.tar.gz", bare));
  return write_compressed(folder / "full.tar.zst", full);
}

}  // namespace
}  // namespace semblance::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_archive_corpus FOLDER\n", stderr);
    return 2;
  }
  const auto status = semblance::test::write_corpus(argv[1]);
  if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return status ? 0 : 2;
}
