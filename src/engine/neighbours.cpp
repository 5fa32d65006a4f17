#include "engine/neighbours.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <numeric>
#include <system_error>
#include <utility>

#include "engine/collection.h"
#include "engine/measure.h"
#include "engine/open_to_change.h"
#include "engine/search_index.h"
#include "engine/set_embeddings.h"
#include "index/exact_index.h"
#include "index/neighbour_lists.h"
#include "vector/codes.h"
#include "vector/row_sample.h"

namespace semblance {

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kSetting = "neighbours";

/// Share of the true neighbours that the graph shall find.
constexpr double kGraphRecall = .99;

/// A list has one place more than hits that are read from it: it shows whether the last hit ties
/// with one behind it, so that its id decides, which a sync may have changed since.
int places_for(int limit) {
  return limit + 1;
}

std::uint32_t members_checksum(std::span<const std::int64_t> keys_by_row) {
  return crc32_of(0, std::as_bytes(keys_by_row));
}

/// An item as far as lists depend on it: where the number is the same, so are id and vector.
std::uint64_t tag_of(std::string_view id, std::int64_t vector_checksum) {
  const std::string text = std::to_string(vector_checksum) + "\n" + std::string(id);
  const Sha256 digest = sha256(std::as_bytes(std::span(text)));
  std::uint64_t tag = 0;
  std::memcpy(&tag, digest.data(), sizeof tag);
  return std::max<std::uint64_t>(tag, 1);  // 0: no item
}

/// What the rows of a set belong to.
struct Members {
  std::vector<std::int64_t> keys;     ///< by row, as item_keys_by_row gives them
  std::vector<std::uint64_t> tags;    ///< by row
  std::vector<std::uint32_t> places;  ///< by row: of its id, among all
};

Result<Members> read_members(const Catalogue& catalogue, const VectorSet& set) {
  Result<Statement> statement = catalogue.database().prepare(
      "SELECT vector.row, vector.item, vector.checksum, item.id FROM vector "
      "JOIN item ON item.key = vector.item WHERE vector_set = ?");
  if (!statement) return statement.error();
  statement->bind(1, set.key);
  const auto rows = static_cast<std::size_t>(set.rows);
  Members members{std::vector<std::int64_t>(rows), std::vector<std::uint64_t>(rows),
                  std::vector<std::uint32_t>(rows)};
  std::vector<std::pair<std::string, std::size_t>> ids;
  while (true) {
    const Result<bool> more = statement->step();
    if (!more) return more.error();
    if (!*more) break;
    const auto row = static_cast<std::size_t>(statement->integer(0));
    if (row >= rows) continue;
    members.keys[row] = statement->integer(1);
    members.tags[row] = tag_of(statement->text_view(3), statement->integer(2));
    ids.emplace_back(statement->text(3), row);
  }
  std::sort(ids.begin(), ids.end());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    members.places[ids[i].second] = static_cast<std::uint32_t>(i);
  }
  return members;
}

/// Looking alike as a search for an item sees it.
class ItemMeasure final : public NeighbourMeasure {
 public:
  ItemMeasure(const MatrixView& rows, int shape_dimension, const Measure& measure,
              const std::vector<std::uint32_t>& places)
      : rows_(rows), shape_dimension_(shape_dimension), measure_(measure), places_(places) {}

  void query_of(std::int64_t row, std::span<float> query) const override {
    const auto numbers = rows_.row(row);
    const double weight = measure_.colour_weight;
    for (std::size_t i = 0; i < query.size(); ++i) {
      const bool shape = i < static_cast<std::size_t>(shape_dimension_);
      query[i] =
          static_cast<float>((shape ? 1 - weight : weight) * static_cast<double>(numbers[i]));
    }
  }
  [[nodiscard]] double score(std::int64_t row, std::int64_t other) const override {
    const Scorer scorer(measure_, shape_dimension_, {rows_.row(row), {}, {}});
    return scorer.compare({rows_.row(other), {}, {}}).score;
  }
  [[nodiscard]] bool before(std::int64_t a, std::int64_t b) const override {
    return places_[static_cast<std::size_t>(a)] < places_[static_cast<std::size_t>(b)];
  }

 private:
  MatrixView rows_;
  int shape_dimension_;
  Measure measure_;
  const std::vector<std::uint32_t>& places_;
};

Status check(const NeighbourSettings& settings, const VectorSet& set) {
  if (settings.limit < 1 || settings.limit > kMaxNeighbourLimit) {
    return Error{ErrorCode::kInvalidArgument, "a neighbour table holds 1 to " +
                                                  std::to_string(kMaxNeighbourLimit) +
                                                  " neighbours of each item"};
  }
  if (!(settings.colour_weight >= 0 && settings.colour_weight <= 1)) {
    return Error{ErrorCode::kInvalidArgument, "the colour weight must be between 0 and 1"};
  }
  if (settings.colour_weight > 0 && set.colour_dimension == 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "the collection's network has no colour output: a neighbour table of it can only "
                 "have the colour weight 0"};
  }
  return {};
}

std::optional<NeighbourFile> open_sound(const std::filesystem::path& path) {
  Result<NeighbourFile> file = NeighbourFile::open(path);
  if (!file || !file->verify()) return std::nullopt;
  return *std::move(file);
}

std::string text_of(const NeighbourSettings& settings) {
  std::array<char, 32> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), settings.colour_weight).ptr;
  return std::to_string(settings.limit) + " " + std::string(digits.data(), end);
}

/// What a command that changes the table works with.
struct OpenForChange {
  OpenToChange collection;
  VectorSet set;
};

Result<OpenForChange> open_for_change(const CollectionFiles& files,
                                      const std::filesystem::path& data_folder,
                                      std::string_view collection, const NeighbourHooks& hooks) {
  Result<OpenToChange> opened =
      open_to_change(files, data_folder, collection, hooks.stop, hooks.notice);
  if (!opened) return opened.error();
  Result<std::optional<VectorSet>> set = opened->catalogue.live_set();
  if (!set) return set.error();
  if (!*set) return Error{ErrorCode::kNotFound, "the collection is empty"};
  return OpenForChange{*std::move(opened), **std::move(set)};
}

}  // namespace

/// Brings the table of one set to the state of the catalogue.
class NeighbourRefresh {
 public:
  NeighbourRefresh(const CollectionFiles& files, const Catalogue& catalogue, const VectorSet& set,
                   const NeighbourSettings& settings, int threads, std::int64_t all_pairs_up_to,
                   const NeighbourHooks& hooks, std::filesystem::path path)
      : files_(files),
        catalogue_(catalogue),
        set_(set),
        settings_(settings),
        threads_(threads),
        all_pairs_up_to_(all_pairs_up_to),
        hooks_(hooks),
        path_(std::move(path)) {}

  Result<NeighbourUpdate> run();

 private:
  void open_index(const MatrixView& rows);
  Result<UpdatedNeighbours> make(const MatrixView& rows,
                                 const std::optional<NeighbourFile>& before) const;
  [[nodiscard]] NeighbourSource source() const {
    return {name_of_set(set_), settings_.colour_weight, members_checksum(members_.keys),
            !effort_.has_value()};
  }
  /// Whether its lists can be used: of the same vectors, measured alike.
  [[nodiscard]] bool is_alike(const NeighbourFile& file) const {
    const NeighbourSource& other = file.source();
    return other.set == name_of_set(set_) && other.colour_weight == settings_.colour_weight &&
           other.exact == !effort_.has_value() && file.view().k == places_for(settings_.limit);
  }

  const CollectionFiles& files_;
  const Catalogue& catalogue_;
  const VectorSet& set_;
  const NeighbourSettings settings_;
  const int threads_;
  const std::int64_t all_pairs_up_to_;
  const NeighbourHooks& hooks_;
  const std::filesystem::path path_;  ///< of the file whose lists are kept where they can be
  Members members_;
  VectorFile vectors_;
  std::optional<SearchIndex> index_;
  Codes codes_;                        ///< where the index has none
  std::optional<std::size_t> effort_;  ///< of the graph; nothing: all pairs are compared
};

/// The set's codes, and the graph where it is to be used.
void NeighbourRefresh::open_index(const MatrixView& rows) {
  index_.emplace(files_, set_, rows);
  if (index_->exact() == nullptr) codes_ = Codes::of(rows);
  if (set_.rows > all_pairs_up_to_ && index_->graph() != nullptr) {
    effort_ = index_->effort_for(kGraphRecall, settings_.colour_weight);
  }
}

Result<UpdatedNeighbours> NeighbourRefresh::make(const MatrixView& rows,
                                                 const std::optional<NeighbourFile>& before) const {
  const ExactIndex made(codes_.view(), rows);
  const ItemMeasure measure(rows, set_.shape_dimension, neighbour_measure(settings_.colour_weight),
                            members_.places);
  const ExactIndex& exact = index_->exact() != nullptr ? *index_->exact() : made;
  NeighbourTask task{rows, members_.tags, exact, measure};
  task.k = places_for(settings_.limit);
  task.threads = threads_;
  if (effort_) {
    task.approximate = index_->graph();
    task.effort = *effort_;
  }
  task.progress = [this](std::int64_t done, std::int64_t total) {
    if (hooks_.progress) hooks_.progress(done, total);
    return hooks_.stop == nullptr || !hooks_.stop->load();
  };
  return update_neighbour_lists(task, before ? before->view() : NeighbourView{});
}

Result<NeighbourUpdate> NeighbourRefresh::run() {
  const Clock::time_point start = Clock::now();
  Result<Members> members = read_members(catalogue_, set_);
  if (!members) return members.error();
  members_ = *std::move(members);
  if (set_.rows > 0) {
    Result<VectorFile> vectors = open_embeddings(files_, set_);
    if (!vectors) return vectors.error();
    vectors_ = *std::move(vectors);
  }
  const MatrixView rows = set_.rows > 0 ? vectors_.view() : MatrixView();
  open_index(rows);
  std::optional<NeighbourFile> before = open_sound(path_);
  if (before && !is_alike(*before)) before.reset();

  NeighbourUpdate update;
  update.set_ = set_;
  update.source_ = source();
  NeighbourReport& report = update.report_;
  report.settings = settings_;
  report.exact = !effort_.has_value();
  report.items = std::count_if(members_.tags.begin(), members_.tags.end(),
                               [](std::uint64_t tag) { return tag != 0; });
  const bool current = before && before->source() == source() &&
                       std::equal(members_.tags.begin(), members_.tags.end(),
                                  before->view().tags.begin(), before->view().tags.end());
  if (!current) {
    Result<UpdatedNeighbours> made = make(rows, before);
    if (!made) return made.error();
    report.searched = made->searched;
    report.joined = made->joined;
    update.lists_ = std::move(made->lists);
  }
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return update;
}

Measure neighbour_measure(double colour_weight) {
  Measure measure;
  measure.colour_weight = colour_weight;
  measure.colour_descriptor = Descriptor::kColour;
  measure.colour_metric = Metric::kCosine;
  return measure;
}

std::filesystem::path neighbour_path(const CollectionFiles& files, const VectorSet& set) {
  return files.vectors(set.key) / "neighbours.table";
}

Result<std::optional<NeighbourSettings>> wanted_neighbours(const Catalogue& catalogue) {
  const Result<std::optional<std::string>> text = catalogue.setting(kSetting);
  if (!text) return text.error();
  if (!*text || (*text)->empty()) return std::optional<NeighbourSettings>();
  NeighbourSettings settings;
  const char* end = (*text)->data() + (*text)->size();
  const auto limit = std::from_chars((*text)->data(), end, settings.limit);
  const bool more = limit.ec == std::errc() && limit.ptr != end && *limit.ptr == ' ';
  if (!more || std::from_chars(limit.ptr + 1, end, settings.colour_weight).ec != std::errc()) {
    return Error{ErrorCode::kCorrupt, "the setting 'neighbours' of the catalogue is '" + **text +
                                          "'; 'semblance neighbours --limit K' puts it right"};
  }
  return std::optional(settings);
}

Result<NeighbourReport> build_neighbours(const std::filesystem::path& data_folder,
                                         std::string_view collection,
                                         const NeighbourOptions& options,
                                         const NeighbourHooks& hooks) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(collection));
  const CollectionFiles files(data_folder, collection);
  const Result<OpenForChange> opened = open_for_change(files, data_folder, collection, hooks);
  if (!opened) return opened.error();
  NeighbourSettings settings;
  const Result<std::optional<NeighbourSettings>> wanted =
      wanted_neighbours(opened->collection.catalogue);
  if (wanted && *wanted) settings = **wanted;
  settings.limit = options.limit.value_or(settings.limit);
  settings.colour_weight = options.colour_weight.value_or(settings.colour_weight);
  SEMBLANCE_RETURN_IF_ERROR(check(settings, opened->set));
  const Result<NeighbourUpdate> update =
      NeighbourRefresh(files, opened->collection.catalogue, opened->set, settings, options.threads,
                       options.all_pairs_up_to, hooks, neighbour_path(files, opened->set))
          .run();
  if (!update) return update.error();
  Result<NeighbourReport> report = update->publish(files, opened->collection.catalogue);
  if (!report) return report;
  SEMBLANCE_RETURN_IF_ERROR(opened->collection.catalogue.set_setting(kSetting, text_of(settings)));
  return report;
}

Result<std::optional<NeighbourUpdate>> NeighbourUpdate::compute(const CollectionFiles& files,
                                                                const Catalogue& catalogue,
                                                                int threads,
                                                                const NeighbourHooks& hooks,
                                                                std::int64_t all_pairs_up_to) {
  const Result<std::optional<NeighbourSettings>> wanted = wanted_neighbours(catalogue);
  if (!wanted) return wanted.error();
  const Result<std::optional<VectorSet>> set = catalogue.live_set();
  if (!set) return set.error();
  if (!*wanted || !*set) return std::optional<NeighbourUpdate>();
  SEMBLANCE_RETURN_IF_ERROR(check(**wanted, **set));
  Result<NeighbourUpdate> update =
      NeighbourRefresh(files, catalogue, **set, **wanted, threads, all_pairs_up_to, hooks,
                       neighbour_path(files, **set))
          .run();
  if (!update) return update.error();
  return std::optional(*std::move(update));
}

Status NeighbourUpdate::write_to(const std::filesystem::path& path) const {
  if (!lists_) return {};
  SEMBLANCE_RETURN_IF_ERROR(create_folders_durably(path.parent_path()));
  return write_neighbour_file(path, lists_->view(), source_);
}

Result<NeighbourReport> NeighbourUpdate::publish(const CollectionFiles& files,
                                                 const Catalogue& catalogue) const {
  const Result<std::optional<VectorSet>> live = catalogue.live_set();
  if (!live) return live.error();
  NeighbourReport report = report_;
  if (!*live || (*live)->key != set_.key) return report;
  const std::filesystem::path path = neighbour_path(files, set_);
  SEMBLANCE_RETURN_IF_ERROR(write_to(path));
  std::error_code ignored;
  report.bytes = std::filesystem::file_size(path, ignored);
  return report;
}

Result<NeighbourFile> refresh_neighbour_file(const CollectionFiles& files,
                                             const Catalogue& catalogue, const VectorSet& set,
                                             const NeighbourSettings& settings, int threads,
                                             const NeighbourHooks& hooks,
                                             const std::filesystem::path& path) {
  SEMBLANCE_RETURN_IF_ERROR(check(settings, set));
  NeighbourRefresh refresh(files, catalogue, set, settings, threads, kAllPairsUpTo, hooks, path);
  const Result<NeighbourUpdate> update = refresh.run();
  if (!update) return update.error();
  SEMBLANCE_RETURN_IF_ERROR(update->write_to(path));
  return NeighbourFile::open(path);
}

Result<std::optional<NeighbourReport>> update_neighbours(const CollectionFiles& files,
                                                         const Catalogue& catalogue, int threads,
                                                         const NeighbourHooks& hooks,
                                                         std::int64_t all_pairs_up_to) {
  const Result<std::optional<NeighbourUpdate>> update =
      NeighbourUpdate::compute(files, catalogue, threads, hooks, all_pairs_up_to);
  if (!update) return update.error();
  if (!*update) return std::optional<NeighbourReport>();
  Result<NeighbourReport> report = (*update)->publish(files, catalogue);
  if (!report) return report.error();
  return std::optional(*std::move(report));
}

Status drop_neighbours(const std::filesystem::path& data_folder, std::string_view collection,
                       const NeighbourHooks& hooks) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(collection));
  const CollectionFiles files(data_folder, collection);
  const Result<OpenForChange> opened = open_for_change(files, data_folder, collection, hooks);
  if (!opened) return opened.error();
  SEMBLANCE_RETURN_IF_ERROR(opened->collection.catalogue.set_setting(kSetting, ""));
  const std::filesystem::path path = neighbour_path(files, opened->set);
  std::error_code code;
  std::filesystem::remove(path, code);
  if (code) {
    return Error{ErrorCode::kIo, "cannot remove '" + path.string() + "': " + code.message()};
  }
  return {};
}

Result<NeighbourTable> NeighbourTable::open(const CollectionFiles& files, const VectorSet& set,
                                            std::span<const std::int64_t> keys_by_row,
                                            const MatrixView& embeddings) {
  Result<NeighbourFile> file = NeighbourFile::open(neighbour_path(files, set));
  if (!file) return file.error();
  if (file->source().set != name_of_set(set) || file->view().k < 2 ||
      file->view().rows != static_cast<std::int64_t>(keys_by_row.size()) ||
      embeddings.rows != file->view().rows ||
      file->source().members != members_checksum(keys_by_row)) {
    return Error{ErrorCode::kConflict,
                 "the neighbour table is of another state of the collection; 'semblance "
                 "neighbours' brings it up to date"};
  }
  return NeighbourTable(*std::move(file), set.shape_dimension, keys_by_row, embeddings);
}

NeighbourSettings NeighbourTable::settings() const {
  return {file_.view().k - 1, file_.source().colour_weight};
}

bool NeighbourTable::answers(const SearchOptions& options) const {
  const Measure& measure = options.measure;
  const double weight = file_.source().colour_weight;
  const bool same_measure = measure.descriptor == Descriptor::kShape &&
                            measure.metric == Metric::kCosine && measure.colour_weight == weight &&
                            (weight == 0 || (measure.colour_descriptor == Descriptor::kColour &&
                                             measure.colour_metric == Metric::kCosine));
  const bool sure = exact() || (!options.exact && options.recall_target <= kGraphRecall);
  return same_measure && sure && options.filter.empty() && !options.collapse &&
         options.diversity == 0 && !options.max_distance && options.limit < file_.view().k;
}

std::optional<std::vector<Candidate>> NeighbourTable::neighbours_of(
    std::int64_t row, const SearchOptions& options,
    const std::function<std::string_view(std::int64_t)>& id_of) const {
  const NeighbourView& table = file_.view();
  if (row < 0 || row >= table.rows || !answers(options)) return std::nullopt;
  const Scorer scorer(options.measure, shape_dimension_, {embeddings_.row(row), {}, {}});
  std::vector<Candidate> hits;
  for (const Neighbour& one : table.of(row)) {
    const auto other = static_cast<std::size_t>(one.row);
    if (one.row < 0 || other >= keys_by_row_.size() || keys_by_row_[other] == 0 || one.row == row) {
      return std::nullopt;
    }
    const double score = scorer.compare({embeddings_.row(one.row), {}, {}}).score;
    if (static_cast<float>(score) != one.score) return std::nullopt;
    hits.push_back({one.row, score});
  }
  const auto limit = static_cast<std::size_t>(options.limit);
  const bool full = hits.size() == static_cast<std::size_t>(table.k);
  const double last = hits.empty() ? 0 : hits.back().score;
  std::sort(hits.begin(), hits.end(), [&](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : id_of(a.row) < id_of(b.row);
  });
  if (options.after) {
    std::erase_if(hits, [&](const Candidate& one) {
      return one.score > options.after->score ||
             (one.score == options.after->score && id_of(one.row) <= options.after->id);
    });
  }
  // Further rows may have the same score as the last; which of them are hits is not in the table.
  if (full && (hits.size() < limit || hits[limit - 1].score == last)) return std::nullopt;
  if (hits.size() > limit) hits.resize(limit);
  std::erase_if(hits, [&](const Candidate& one) { return one.score < options.min_score; });
  return hits;
}

Result<std::optional<Error>> trouble_with_neighbours(const CollectionFiles& files,
                                                     const Catalogue& catalogue) {
  const Result<std::optional<VectorSet>> set = catalogue.live_set();
  if (!set) return set.error();
  const Result<std::optional<NeighbourSettings>> wanted = wanted_neighbours(catalogue);
  if (!wanted) return std::optional(wanted.error());
  if (!*set || !*wanted) return std::optional<Error>();
  const Result<NeighbourFile> file = NeighbourFile::open(neighbour_path(files, **set));
  if (!file) return std::optional(file.error());
  if (const Status sound = file->verify(); !sound) return std::optional(sound.error());
  const Result<Members> members = read_members(catalogue, **set);
  if (!members) return members.error();
  const auto& tags = file->view().tags;
  if (file->source().set != name_of_set(**set) ||
      !std::equal(tags.begin(), tags.end(), members->tags.begin(), members->tags.end())) {
    return std::optional(
        Error{ErrorCode::kConflict, "the neighbour table is of another state of the collection"});
  }
  return std::optional<Error>();
}

}  // namespace semblance
