#include "render/catalogue.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/file.h"
#include "render/plan.h"
#include "render/scene.h"

namespace semblance::demo {
namespace {

// Part of the stamp: raise it with every change of the code that changes pixels.
constexpr int kRendererVersion = 1;
constexpr int kJpegQuality = 88;
constexpr std::string_view kStampHead = "semblance demo catalogue\n";
constexpr std::string_view kStampEnd = "complete\n";
constexpr std::uint64_t kMaxStampBytes = 4096;

namespace fs = std::filesystem;

std::string stamp_of(const CatalogueOptions& options, const TemplateSet& set) {
  return std::string(kStampHead) + "renderer " + std::to_string(kRendererVersion) + "\nseed " +
         std::to_string(options.seed) + "\nsize " + std::to_string(options.width) + "x" +
         std::to_string(options.height) + (options.quick ? "\nquick" : "\nfull") + "\ntemplates " +
         set.sha256 + "\n";
}

std::string read_stamp(const fs::path& path) {
  const auto bytes = read_file(path, kMaxStampBytes);
  if (!bytes) return {};
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

fs::path photo_path(const fs::path& out, const Photo& photo) {
  return out / (photo.view == View::kQuery ? "queries" : "images") / (photo.id + ".jpg");
}

bool all_present(const fs::path& out, const Plan& plan) {
  std::error_code error;
  if (!fs::is_regular_file(out / "styles.csv", error)) return false;
  for (const auto* photos : {&plan.photos, &plan.queries}) {
    for (const Photo& photo : *photos) {
      if (!fs::is_regular_file(photo_path(out, photo), error)) return false;
    }
  }
  return true;
}

// Photos are a cache that can be rendered again, so they are not forced to the disk one by one.
Status write_photo(const fs::path& path, const std::vector<unsigned char>& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return Error{ErrorCode::kIo, system_message("cannot write", path, errno)};
  return {};
}

// Makes OUT/images and OUT/queries and empties them of photos, but only where an earlier run of
// ours, or nobody, has put something there.
Status prepare_folders(const fs::path& out, bool ours) {
  for (const char* const name : {"images", "queries"}) {
    const fs::path folder = out / name;
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return Error{ErrorCode::kIo, system_message("cannot create", folder, error.value())};
    if (!ours && !fs::is_empty(folder, error)) {
      return Error{ErrorCode::kConflict, "'" + folder.string() +
                                             "' holds files that were not rendered by this tool: "
                                             "choose another --out"};
    }
    std::vector<fs::path> old_photos;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".jpg") old_photos.push_back(entry.path());
    }
    for (const fs::path& photo : old_photos) {
      fs::remove(photo, error);
      if (error)
        return Error{ErrorCode::kIo, system_message("cannot remove", photo, error.value())};
    }
  }
  return {};
}

// One product at a time in each thread: its SVG is drawn once for all its views.
class Renderer {
 public:
  Renderer(const CatalogueOptions& options, const TemplateSet& set, const Plan& plan,
           const Progress& progress)
      : options_(options), set_(set), plan_(plan), progress_(progress) {
    photos_of_product_.resize(plan.products.size());
    for (const auto* photos : {&plan.photos, &plan.queries}) {
      for (const Photo& photo : *photos) photos_of_product_[photo.product_index].push_back(&photo);
      total_ += photos->size();
    }
  }

  Status run() {
    unsigned count = options_.threads != 0 ? options_.threads : std::thread::hardware_concurrency();
    count = std::max(count, 1U);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    if (error_) return *error_;
    return {};
  }

 private:
  void work() {
    while (!failed_) {
      const std::size_t index = next_++;
      if (index >= plan_.products.size()) return;
      const Status status = render_product(index);
      if (status) continue;
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = status.error();
      failed_ = true;
    }
  }

  Status render_product(std::size_t index) {
    const Product& product = plan_.products[index];
    const Template& drawing = set_.templates[product.template_index];
    const auto svg = draw(set_, drawing, drawing.variants[product.variant_index], product.colour,
                          product.accent, product.pattern);
    if (!svg) return svg.error();
    const int side = std::max(options_.width, options_.height) * 3 / 2;
    const auto cutout = render_cutout(*svg, side);
    if (!cutout) {
      return Error{cutout.error().code, product.id + ": " + cutout.error().message};
    }
    for (const Photo* const photo : photos_of_product_[index]) {
      const Scene scene = choose_scene(drawing, product, photo->view, options_.seed);
      const Surface surface = compose(*cutout, scene, options_.width, options_.height);
      const auto jpeg = encode_jpeg(surface, kJpegQuality);
      if (!jpeg) return jpeg.error();
      SEMBLANCE_RETURN_IF_ERROR(write_photo(photo_path(options_.out, *photo), *jpeg));
      const std::lock_guard lock(mutex_);
      if (progress_) progress_(++done_, total_);
    }
    return {};
  }

  const CatalogueOptions& options_;
  const TemplateSet& set_;
  const Plan& plan_;
  const Progress& progress_;
  std::vector<std::vector<const Photo*>> photos_of_product_;
  std::size_t total_ = 0;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;  // guards what follows
  std::size_t done_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<CatalogueReport> render_catalogue(const CatalogueOptions& options,
                                         const Progress& progress) {
  const auto set = load_templates(options.templates);
  if (!set) return set.error();
  const Plan plan = make_plan(*set, options.seed, options.quick);
  CatalogueReport report{plan.products.size(), plan.photos.size(), plan.queries.size(), false};
  const fs::path stamp_path = options.out / ".catalogue";
  const std::string wanted = stamp_of(options, *set);
  const std::string found = read_stamp(stamp_path);
  if (!options.force && found == wanted + std::string(kStampEnd) &&
      all_present(options.out, plan)) {
    report.up_to_date = true;
    return report;
  }
  SEMBLANCE_RETURN_IF_ERROR(prepare_folders(options.out, found.starts_with(kStampHead)));
  // An interrupted run leaves this: ours, but not complete.
  SEMBLANCE_RETURN_IF_ERROR(write_file_atomically(stamp_path, wanted));
  SEMBLANCE_RETURN_IF_ERROR(Renderer(options, *set, plan, progress).run());
  SEMBLANCE_RETURN_IF_ERROR(
      write_file_atomically(options.out / "styles.csv", styles_csv(*set, plan)));
  SEMBLANCE_RETURN_IF_ERROR(write_file_atomically(stamp_path, wanted + std::string(kStampEnd)));
  return report;
}

}  // namespace semblance::demo
