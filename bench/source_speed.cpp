// How fast catalogues are read, and in how much memory.
//   bench_sources make csv|feed|json|urls ROWS FILE [IMAGES]   writes a catalogue of that many
//   products;
//                                                   IMAGES: and an empty photo for each
//   bench_sources read SOURCE [IMAGES]              reads it and prints rate and peak memory

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "source/open_source.h"

namespace {

namespace fs = std::filesystem;

void write_csv(std::ostream& out, int rows) {
  out << "id,gender,masterCategory,articleType,baseColour,year,productDisplayName\n";
  for (int i = 0; i < rows; ++i) {
    out << fmt::format("{},Men,Apparel,Tshirts,Blue,{},\"Shirt, number {}\"\n", i, 2000 + i % 20,
                       i);
  }
}

void write_feed(std::ostream& out, int rows) {
  out << "<rss xmlns:g=\"http://base.google.com/ns/1.0\"><channel>\n";
  for (int i = 0; i < rows; ++i) {
    out << fmt::format(
        "<item><g:id>{0}</g:id><title>Shirt &amp; number {0}</title><link>https://shop/p/{0}</link>"
        "<g:image_link>https://cdn/{0}.jpg</g:image_link><g:price>{1}.90 USD</g:price>"
        "<g:color>Blue</g:color><g:availability>in stock</g:availability></item>\n",
        i, 10 + i % 90);
  }
  out << "</channel></rss>\n";
}

// Each with three annotations, behind all images.
void write_json(std::ostream& out, int rows) {
  out << "{\"images\":[\n";
  for (int i = 0; i < rows; ++i) {
    out << fmt::format("{}{{\"image_id\":{},\"url\":[\"https://cdn/{}.jpg\"]}}\n", i > 0 ? "," : "",
                       i, i);
  }
  out << "],\"annotations\":[\n";
  for (int i = 0; i < rows * 3; ++i) {
    out << fmt::format("{}{{\"image_id\":{},\"label_id\":{}}}\n", i > 0 ? "," : "",
                       static_cast<std::int64_t>(i) * 7919 % rows, i % 50);
  }
  out << "]}\n";
}

void write_urls(std::ostream& out, int rows) {
  for (int i = 0; i < rows; ++i) out << "https://cdn.example/photos/" << i << ".jpg\n";
}

int make(std::string_view kind, int rows, const fs::path& file, const char* images) {
  std::ofstream out(file, std::ios::binary);
  if (kind == "csv") write_csv(out, rows);
  if (kind == "feed") write_feed(out, rows);
  if (kind == "json") write_json(out, rows);
  if (kind == "urls") write_urls(out, rows);
  for (int i = 0; images != nullptr && i < rows; ++i) {
    std::ofstream(fs::path(images) / (std::to_string(i) + ".jpg")).flush();
  }
  return out.flush() ? 0 : 2;
}

int read(const char* source, const char* images) {
  semblance::SourceOptions options;
  if (images != nullptr) options.images = images;
  const auto start = std::chrono::steady_clock::now();
  auto opened = semblance::open_source(source, options);
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    return 2;
  }
  std::int64_t good = 0;
  std::int64_t problems = 0;
  while (true) {
    const auto entry = (*opened)->next();
    if (!entry) {
      std::fprintf(stderr, "%s\n", entry.error().message.c_str());
      return 2;
    }
    if (!*entry) break;
    ++((*entry)->problem ? problems : good);
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf("%lld good, %lld with problems, %.2f s, %.0f a second, peak memory %ld MiB\n",
              static_cast<long long>(good), static_cast<long long>(problems), seconds,
              static_cast<double>(good + problems) / seconds, usage.ru_maxrss / 1024);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "make" && argc >= 5) {
    return make(argv[2], std::atoi(argv[3]), argv[4], argc > 5 ? argv[5] : nullptr);
  }
  if (command == "read" && argc >= 3) return read(argv[2], argc > 3 ? argv[3] : nullptr);
  std::fputs(
      "usage: bench_sources make csv|feed|json|urls ROWS FILE [IMAGES]\n"
      "       bench_sources read SOURCE [IMAGES]\n",
      stderr);
  return 2;
}
