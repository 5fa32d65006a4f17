#include "engine/neighbour_export.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/csv.h"
#include "engine/collection.h"
#include "engine/measure.h"
#include "engine/neighbours.h"
#include "engine/rows_by_id.h"

namespace semblance {

namespace {

struct ExportedNeighbour {
  const std::string* id = nullptr;
  Closeness closeness;
};

/// The shortest text from which the same number is read.
std::string number_text(double number) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr};
}

/// One item after the other, in the form that the file's name asks for.
class Writer {
 public:
  Writer(AtomicFile file, bool json) : file_(std::move(file)), json_(json) {}

  Status begin() { return file_.write(json_ ? "[" : "id,rank,neighbour,score,distance\n"); }

  Status add(const std::string& id, std::span<const ExportedNeighbour> neighbours) {
    return json_ ? add_json(id, neighbours) : add_csv(id, neighbours);
  }

  Status end() {
    if (json_) SEMBLANCE_RETURN_IF_ERROR(file_.write("\n]\n"));
    return file_.commit();
  }

 private:
  Status add_csv(const std::string& id, std::span<const ExportedNeighbour> neighbours) {
    const std::string first = csv_field(id) + ",";
    std::string lines;
    for (std::size_t i = 0; i < neighbours.size(); ++i) {
      lines += first + std::to_string(i + 1) + "," + csv_field(*neighbours[i].id) + "," +
               number_text(neighbours[i].closeness.score) + "," +
               number_text(neighbours[i].closeness.distance) + "\n";
    }
    return file_.write(lines);
  }

  Status add_json(const std::string& id, std::span<const ExportedNeighbour> neighbours) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < neighbours.size(); ++i) {
      list.push_back({{"rank", i + 1},
                      {"id", *neighbours[i].id},
                      {"score", neighbours[i].closeness.score},
                      {"distance", neighbours[i].closeness.distance}});
    }
    const nlohmann::ordered_json item = {{"id", id}, {"neighbours", std::move(list)}};
    const char* before = any_ ? ",\n" : "\n";
    any_ = true;
    return file_.write(before + item.dump());
  }

  AtomicFile file_;
  bool json_;
  bool any_ = false;
};

/// Errors where the table is not what searches would find now.
Status check_current(const CollectionFiles& files, const Catalogue& catalogue) {
  const Result<std::optional<NeighbourSettings>> wanted = wanted_neighbours(catalogue);
  if (!wanted) return wanted.error();
  if (!*wanted) {
    return Error{ErrorCode::kNotFound,
                 "the collection has no neighbour table; 'semblance neighbours' makes one"};
  }
  const Result<std::optional<Error>> trouble = trouble_with_neighbours(files, catalogue);
  if (!trouble) return trouble.error();
  if (!*trouble) return {};
  return Error{ErrorCode::kConflict,
               (*trouble)->message + "; 'semblance neighbours' brings it up to date"};
}

}  // namespace

Result<NeighbourExportReport> export_neighbours(const std::filesystem::path& data_folder,
                                                std::string_view name,
                                                const std::filesystem::path& output,
                                                std::optional<int> limit) {
  const bool json = output.extension() == ".json";
  if (!json && output.extension() != ".csv") {
    return Error{
        ErrorCode::kInvalidArgument,
        "neighbours are written to a file called .csv or .json; '" + output.string() + "' is not"};
  }
  if (limit && *limit < 1) {
    return Error{ErrorCode::kInvalidArgument, "the limit must be at least 1"};
  }
  const Result<Collection> collection = Collection::open(data_folder, name);
  if (!collection) return collection.error();
  const CollectionFiles files(data_folder, name);
  SEMBLANCE_RETURN_IF_ERROR(check_current(files, collection->catalogue()));
  const VectorSet& set = collection->set();
  const MatrixView embeddings = set.rows > 0 ? collection->vectors().embedding() : MatrixView();
  const Result<NeighbourTable> table =
      NeighbourTable::open(files, set, collection->keys_by_row(), embeddings);
  if (!table) return table.error();
  const Result<std::vector<IdAndRow>> rows = rows_by_id(*collection);
  if (!rows) return rows.error();
  std::vector<const std::string*> id_of(static_cast<std::size_t>(set.rows));
  for (const IdAndRow& each : *rows) id_of[static_cast<std::size_t>(each.row)] = &each.id;

  const NeighbourSettings settings = table->settings();
  const Measure measure = neighbour_measure(settings.colour_weight);
  const auto most =
      static_cast<std::size_t>(std::min(settings.limit, limit.value_or(settings.limit)));
  Result<AtomicFile> file = AtomicFile::create(output);
  if (!file) return file.error();
  Writer writer(*std::move(file), json);
  SEMBLANCE_RETURN_IF_ERROR(writer.begin());
  NeighbourExportReport report;
  std::vector<ExportedNeighbour> neighbours;
  for (const IdAndRow& each : *rows) {
    neighbours.clear();
    const Scorer scorer(measure, set.shape_dimension, {embeddings.row(each.row), {}, {}});
    const auto list = table->lists().of(each.row);
    for (const Neighbour& one : list.first(std::min(most, list.size()))) {
      const std::string* id = id_of[static_cast<std::size_t>(one.row)];
      if (id == nullptr) continue;  // removed since the collection was opened
      neighbours.push_back({id, scorer.compare({embeddings.row(one.row), {}, {}})});
    }
    SEMBLANCE_RETURN_IF_ERROR(writer.add(each.id, neighbours));
    ++report.items;
    report.neighbours += static_cast<std::int64_t>(neighbours.size());
  }
  SEMBLANCE_RETURN_IF_ERROR(writer.end());
  return report;
}

}  // namespace semblance
