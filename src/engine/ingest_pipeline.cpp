#include "engine/ingest_pipeline.h"

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "base/file.h"
#include "engine/photo_name.h"

namespace semblance {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTasksAtOnce = 1000;         // read from the plan
constexpr std::size_t kPhotosWaiting = 4;  // each may have the whole size limit
constexpr std::size_t kOutcomesWaiting = 64;
constexpr std::chrono::seconds kBatchTime{2};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

struct IngestPipeline::Photo {
  SyncTask task;
  Bytes bytes;
  Sha256 content_hash{};
};

struct IngestPipeline::Outcome {
  SyncTask task;
  PhotoFacts facts;
  std::optional<PhotoDescriptors> descriptors;
  std::optional<StoredVector> copy;  // instead of descriptors: the same content is stored already
  bool is_known = false;             // the item has this content and its vector
  std::optional<Error> error;
};

struct IngestPipeline::Channels {
  BoundedQueue<Photo> photos{kPhotosWaiting};
  BoundedQueue<Outcome> outcomes{kOutcomesWaiting};
  std::atomic<std::int64_t> read_ns{0};
};

Result<bool> IngestPipeline::read_files(Channels& channels, const std::atomic<bool>* stop) const {
  std::int64_t ordinal = 0;
  while (true) {
    Result<std::vector<SyncTask>> tasks =
        parts_.plan.tasks_after(SyncPlan::Photos::kFiles, ordinal, kTasksAtOnce);
    if (!tasks) return tasks.error();
    if (tasks->empty()) return true;
    ordinal = tasks->back().ordinal;
    for (SyncTask& task : *tasks) {
      if (stop != nullptr && stop->load()) return false;
      Result<bool> wanted = read_file_of(std::move(task), channels);
      if (!wanted || !*wanted) return wanted;
    }
  }
}

Result<bool> IngestPipeline::read_file_of(SyncTask task, Channels& channels) const {
  const Clock::time_point start = Clock::now();
  Result<Bytes> bytes = read_file(task.seen.path, parts_.describer.limits().max_bytes);
  if (!bytes) {
    Outcome outcome;
    outcome.task = std::move(task);
    outcome.error = bytes.error();
    return channels.outcomes.push(std::move(outcome));
  }
  const Sha256 hash = sha256(*bytes);
  channels.read_ns += std::chrono::nanoseconds(Clock::now() - start).count();
  return hand_over(std::move(task), *std::move(bytes), hash, channels);
}

/// To the workers, or past them where vectors of that content are stored already.
Result<bool> IngestPipeline::hand_over(SyncTask task, Bytes bytes, const Sha256& hash,
                                       Channels& channels) const {
  const Result<std::optional<StoredVector>> stored = parts_.plan.find_vector(parts_.set_key, hash);
  if (!stored) return stored.error();
  if (!*stored) return channels.photos.push({std::move(task), std::move(bytes), hash});
  Outcome outcome;
  outcome.task = std::move(task);
  outcome.facts = (*stored)->facts;
  outcome.copy = *stored;
  return channels.outcomes.push(std::move(outcome));
}

Status IngestPipeline::fetch_photos(Channels& channels, const std::atomic<bool>* stop) const {
  std::vector<SyncTask> page;
  std::size_t next_in_page = 0;
  std::int64_t ordinal = 0;
  Status plan_status;
  std::unordered_map<std::uint64_t, SyncTask> under_way;
  const auto next = [&]() -> std::optional<PhotoRequest> {
    if (next_in_page == page.size()) {
      auto tasks = parts_.plan.tasks_after(SyncPlan::Photos::kAddresses, ordinal, kTasksAtOnce);
      if (!tasks) plan_status = tasks.error();
      if (!tasks || tasks->empty()) return std::nullopt;
      page = *std::move(tasks);
      next_in_page = 0;
      ordinal = page.back().ordinal;
    }
    SyncTask& task = page[next_in_page++];
    PhotoRequest request{static_cast<std::uint64_t>(task.ordinal), task.seen.url};
    under_way.emplace(request.tag, std::move(task));
    return request;
  };
  const auto done = [&](FetchedPhoto photo) -> Status {
    auto entry = under_way.extract(photo.tag);
    const Result<bool> wanted = take_fetched(std::move(entry.mapped()), std::move(photo), channels);
    if (!wanted) return wanted.error();
    if (!*wanted) return Error{ErrorCode::kCancelled, "writing has failed"};
    return {};
  };
  // libcurl is not loaded for a source without addresses.
  const auto any = parts_.plan.tasks_after(SyncPlan::Photos::kAddresses, 0, 1);
  if (!any) return any.error();
  if (any->empty()) return {};
  SEMBLANCE_RETURN_IF_ERROR(parts_.remote.fetch(next, done, stop));
  return plan_status;
}

Result<bool> IngestPipeline::take_fetched(SyncTask task, FetchedPhoto photo,
                                          Channels& channels) const {
  if (photo.error && photo.error->code == ErrorCode::kCancelled) return true;  // the next run's
  Outcome outcome;
  if (photo.error) {
    outcome.task = std::move(task);
    outcome.error = std::move(photo.error);
    return channels.outcomes.push(std::move(outcome));
  }
  if (task.action == SyncAction::kCheck && task.previous_hash == photo.content_hash) {
    outcome.task = std::move(task);
    outcome.is_known = true;
    return channels.outcomes.push(std::move(outcome));
  }
  if (task.action == SyncAction::kCheck) task.action = SyncAction::kTouched;
  if (!photo.not_modified) {
    return hand_over(std::move(task), std::move(photo.bytes), photo.content_hash, channels);
  }
  Result<Bytes> bytes = parts_.remote.read_cached(task.seen.url);
  if (bytes) {
    return hand_over(std::move(task), *std::move(bytes), photo.content_hash, channels);
  }
  outcome.task = std::move(task);
  outcome.error = bytes.error();
  return channels.outcomes.push(std::move(outcome));
}

void IngestPipeline::describe_photos(Channels& channels) const {
  while (std::optional<Photo> photo = channels.photos.pop()) {
    Outcome outcome;
    outcome.task = std::move(photo->task);
    outcome.facts.content_hash = photo->content_hash;
    Result<PhotoDescriptors> descriptors = parts_.describer.describe(photo->bytes);
    if (descriptors) {
      outcome.facts.width = descriptors->width;
      outcome.facts.height = descriptors->height;
      outcome.facts.format = format_name(descriptors->format);
      outcome.descriptors = *std::move(descriptors);
    } else {
      outcome.error = descriptors.error();
    }
    if (!channels.outcomes.push(std::move(outcome))) return;
  }
}

Result<StoredVector> IngestPipeline::store_vector(const Outcome& outcome) {
  StoredVector vector;
  vector.facts = outcome.facts;
  if (outcome.copy) {
    const Result<std::int64_t> row =
        parts_.store.append_copy(outcome.copy->row, outcome.copy->checksum);
    if (!row) return row.error();
    vector.row = *row;
    vector.checksum = outcome.copy->checksum;
    return vector;
  }
  const PhotoDescriptors& descriptors = *outcome.descriptors;
  const DescriptorSpans spans{descriptors.embedding, descriptors.histogram,
                              descriptors.histogram_foreground};
  vector.row = parts_.store.append(spans);
  vector.checksum = checksum(spans);
  ++counts_.embedded;
  return vector;
}

Status IngestPipeline::store_indexed(const Outcome& outcome) {
  const Result<StoredVector> vector = store_vector(outcome);
  if (!vector && vector.error().code == ErrorCode::kCorrupt) {
    return store_problem(
        outcome, {ErrorCode::kEmbedFailed,
                  "an equal photo's vectors were to be copied, but " + vector.error().message +
                      "; run 'semblance doctor --repair', then sync --retry"});
  }
  if (!vector) return vector.error();
  const Result<std::int64_t> key = parts_.items.put_indexed(outcome.task, *vector);
  if (!key) return key.error();
  if (outcome.task.kept) {
    ++counts_.kept;
    return {};
  }
  switch (outcome.task.action) {
    case SyncAction::kNew:
      ++counts_.added;
      break;
    case SyncAction::kTouched:
    case SyncAction::kRetry:
      ++counts_.changed;
      break;
    default:
      ++(outcome.task.renamed ? counts_.renamed : counts_.unchanged);
      break;
  }
  return {};
}

Status IngestPipeline::store_outcome(const Outcome& outcome) {
  if (outcome.is_known) {
    ++counts_.unchanged;
    return parts_.items.refresh(outcome.task);
  }
  return outcome.error ? store_problem(outcome, *outcome.error) : store_indexed(outcome);
}

Status IngestPipeline::store_problem(const Outcome& outcome, const Error& error) {
  if (outcome.task.action == SyncAction::kCheck) {
    // Its server does not answer as it should: the photo that we have goes on being found.
    ++counts_.failed;
    return parts_.items.add_problem("input", outcome.task.seen.id, outcome.task.seen.url, error);
  }
  if (outcome.task.kept) {
    ++counts_.kept_failed;
    return parts_.items.put_problem(outcome.task, ItemStatus::kFailed, error);
  }
  // An address was named as that of a photo; a file may just lie among photos.
  const bool skipped = outcome.task.seen.url.empty() &&
                       is_skipped_rather_than_failed(error.code, outcome.task.seen.path);
  ++(skipped ? counts_.skipped : counts_.failed);
  return parts_.items.put_problem(outcome.task,
                                  skipped ? ItemStatus::kSkipped : ItemStatus::kFailed, error);
}

Status IngestPipeline::write_outcomes(Channels& channels,
                                      const std::function<void(const IngestCounts&)>& progress) {
  while (std::optional<Outcome> outcome = channels.outcomes.pop()) {
    // Vectors of the batch are appended (in memory) while its catalogue changes are made; they are
    // written and synced before those are committed. A batch ends with its time, also while a slow
    // download is waited for: others may want to write to the catalogue.
    Result<Transaction> transaction = Transaction::begin(parts_.catalogue.database());
    if (!transaction) return transaction.error();
    const Clock::time_point batch_end = Clock::now() + kBatchTime;
    for (int count = 1; outcome; ++count) {
      const Clock::time_point start = Clock::now();
      SEMBLANCE_RETURN_IF_ERROR(store_outcome(*outcome));
      counts_.write_seconds += seconds_since(start);
      progress(counts_);
      if (count == batch_items_ || Clock::now() >= batch_end) break;
      outcome = channels.outcomes.pop_until(batch_end);
    }
    const Clock::time_point start = Clock::now();
    SEMBLANCE_RETURN_IF_ERROR(parts_.store.flush());
    SEMBLANCE_RETURN_IF_ERROR(parts_.items.set_rows(parts_.store.rows()));
    SEMBLANCE_RETURN_IF_ERROR(transaction->commit());
    if (parts_.committed) SEMBLANCE_RETURN_IF_ERROR(parts_.committed());
    counts_.write_seconds += seconds_since(start);
  }
  return {};
}

Result<IngestCounts> IngestPipeline::run(const std::atomic<bool>* stop,
                                         const std::function<void(const IngestCounts&)>& progress) {
  Channels channels;
  Status read_status;
  std::thread reader([&] {
    const Result<bool> read = read_files(channels, stop);
    if (!read) read_status = read.error();
    if (read && *read) read_status = fetch_photos(channels, stop);
    channels.photos.close();
  });
  std::atomic<int> working{workers_};
  std::vector<std::thread> workers;
  workers.reserve(static_cast<std::size_t>(workers_));
  for (int i = 0; i < workers_; ++i) {
    workers.emplace_back([&] {
      describe_photos(channels);
      if (working.fetch_sub(1) == 1) channels.outcomes.close();
    });
  }
  const Status write_status = write_outcomes(channels, progress);
  if (!write_status) {  // free those who wait for a place in a queue
    channels.photos.close();
    channels.outcomes.close();
  }
  reader.join();
  for (std::thread& worker : workers) worker.join();
  if (!write_status) return write_status.error();
  if (!read_status) return read_status.error();
  counts_.read_seconds = static_cast<double>(channels.read_ns.load()) * 1e-9;
  return counts_;
}

}  // namespace semblance
