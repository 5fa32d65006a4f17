#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/base64.h"
#include "engine/descriptors_fit.h"
#include "live/item_change_rules.h"
#include "remote/bulk.h"
#include "remote/document.h"
#include "remote/index_admin.h"
#include "remote/remote_collection.h"

namespace semblance::remote {

namespace {

using Outcome = Result<ChangeOutcome>;

/// Others may change an item between our reading and our writing of it.
constexpr int kAttempts = 5;

/// What one change makes of an item: an outcome at once, or a document to be written.
struct Step {
  std::size_t change = 0;
  std::optional<Outcome> outcome;
  ChangeOutcome::Kind kind = ChangeOutcome::Kind::kUnchanged;
  BulkOperation operation{};
  std::vector<std::string> attributes;  ///< names, to be mapped before
  bool uploads = false;                 ///< the photo is to be stored before
};

/// The changes of one call; those of one item are carried out one after the other.
class ItemChanges {
 public:
  ItemChanges(const RemoteIndex& index, std::vector<ItemChange> changes, const SendOptions& send)
      : index_(index),
        changes_(std::move(changes)),
        outcomes_(changes_.size(),
                  Outcome(Error{ErrorCode::kUnavailable, "the change was not carried out"})),
        send_(send) {}

  std::vector<Outcome> run();

 private:
  using Round = std::vector<std::size_t>;

  std::vector<Round> rounds() const;
  /// Those that have to be tried again, since somebody else changed their items meanwhile.
  Result<Round> attempt(const Round& round);
  [[nodiscard]] Step step_of(std::size_t change, const std::optional<RemoteItem>& known) const;
  void put(const ItemChange& change, const std::optional<RemoteItem>& known, Step& step) const;
  void put_photo(const ItemChange& change, const std::optional<RemoteItem>& known,
                 Step& step) const;
  void patch(const ItemChange& change, const RemoteItem& known, Step& step) const;
  void write(const RemoteItem& item, const std::optional<RemoteItem>& known, Step& step) const;
  Status prepare(const std::vector<Step>& steps);

  const RemoteIndex& index_;
  std::vector<ItemChange> changes_;
  std::vector<Outcome> outcomes_;
  const SendOptions send_;
  std::shared_ptr<const IndexView> view_;
};

/// Each change in the first round in which its item is not changed already.
std::vector<ItemChanges::Round> ItemChanges::rounds() const {
  std::vector<Round> rounds;
  std::unordered_map<std::string, std::size_t> next;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const std::size_t round = next[changes_[i].id]++;
    if (round == rounds.size()) rounds.emplace_back();
    rounds[round].push_back(i);
  }
  return rounds;
}

void ItemChanges::write(const RemoteItem& item, const std::optional<RemoteItem>& known,
                        Step& step) const {
  step.operation.kind = known ? BulkOperation::Kind::kIndex : BulkOperation::Kind::kCreate;
  step.operation.document_id = item_document_id(item.item.id);
  step.operation.document = to_document(item);
  if (known) {
    step.operation.if_seq_no = known->seq_no;
    step.operation.if_primary_term = known->primary_term;
  }
  for (const Attribute& attribute : item.attributes) step.attributes.push_back(attribute.name);
}

void ItemChanges::put_photo(const ItemChange& change, const std::optional<RemoteItem>& known,
                            Step& step) const {
  if (!change.descriptors) {
    step.outcome = Error{ErrorCode::kInvalidArgument, "a photo is put with its descriptors"};
    return;
  }
  if (!fits(*change.descriptors, view_->network, view_->dimensions())) {
    step.outcome = described_by_another_network();
    return;
  }
  const Sha256 hash = sha256(*change.photo);
  const bool indexed = known && known->status == ItemStatus::kIndexed;
  RemoteItem item = known.value_or(RemoteItem{});
  item.item.id = change.id;
  item.item.product = change.product.value_or(known ? known->item.product : change.id);
  item.item.path.clear();
  item.item.url = change.url;
  item.item.link = change.link;
  if (change.attributes) item.attributes = *change.attributes;
  const bool same = indexed && known->descriptors && known->content_hash == hash &&
                    item.item.product == known->item.product && change.url == known->item.url &&
                    change.link == known->item.link &&
                    hash_of(item.attributes) == hash_of(known->attributes);
  if (same) {
    step.outcome = ChangeOutcome{ChangeOutcome::Kind::kUnchanged};
    return;
  }
  const PhotoDescriptors& descriptors = *change.descriptors;
  item.status = ItemStatus::kIndexed;
  item.origin = ItemOrigin::kApi;
  item.reason.clear();
  item.message.clear();
  item.content_hash = hash;
  item.size_bytes = change.photo->size();
  item.mtime_ns = 0;
  item.item.width = descriptors.width;
  item.item.height = descriptors.height;
  item.format = format_name(descriptors.format);
  item.descriptors = StoredDescriptors{descriptors.embedding, descriptors.histogram,
                                       descriptors.histogram_foreground};
  step.kind = indexed ? ChangeOutcome::Kind::kReplaced : ChangeOutcome::Kind::kCreated;
  step.uploads = true;
  write(item, known, step);
}

void ItemChanges::put(const ItemChange& change, const std::optional<RemoteItem>& known,
                      Step& step) const {
  if (change.photo && !change.photo->empty()) return put_photo(change, known, step);
  if (!known || known->status != ItemStatus::kIndexed) {
    step.outcome = Error{ErrorCode::kNotFound,
                         "no item '" + change.id + "' yet: it has to be put with its photo"};
    return;
  }
  RemoteItem item = *known;
  if (change.product) item.item.product = *change.product;
  if (!change.link.empty()) item.item.link = change.link;
  if (change.attributes) item.attributes = *change.attributes;
  if (item.item.product == known->item.product && item.item.link == known->item.link &&
      hash_of(item.attributes) == hash_of(known->attributes)) {
    step.outcome = ChangeOutcome{ChangeOutcome::Kind::kUnchanged};
    return;
  }
  step.kind = ChangeOutcome::Kind::kReplaced;
  write(item, known, step);
}

void ItemChanges::patch(const ItemChange& change, const RemoteItem& known, Step& step) const {
  RemoteItem item = known;
  item.attributes = patched(known.attributes, change);
  if (change.product) item.item.product = *change.product;
  if (!change.link.empty()) item.item.link = change.link;
  if (item.item.product == known.item.product && item.item.link == known.item.link &&
      hash_of(item.attributes) == hash_of(known.attributes)) {
    step.outcome = ChangeOutcome{ChangeOutcome::Kind::kUnchanged};
    return;
  }
  step.kind = ChangeOutcome::Kind::kPatched;
  write(item, known, step);
}

Step ItemChanges::step_of(std::size_t at, const std::optional<RemoteItem>& known) const {
  const ItemChange& change = changes_[at];
  Step step;
  step.change = at;
  if (auto trouble = trouble_with_texts(change)) {
    step.outcome = *std::move(trouble);
    return step;
  }
  switch (change.kind) {
    case ItemChange::Kind::kPut:
      put(change, known, step);
      break;
    case ItemChange::Kind::kPatch:
      if (known && known->status == ItemStatus::kIndexed) {
        patch(change, *known, step);
      } else {
        step.outcome = no_item(change.id);
      }
      break;
    case ItemChange::Kind::kDelete:
      if (!known) {
        step.outcome = no_item(change.id);
        break;
      }
      step.kind = ChangeOutcome::Kind::kDeleted;
      step.operation.kind = BulkOperation::Kind::kDelete;
      step.operation.document_id = item_document_id(change.id);
      break;
  }
  return step;
}

/// What has to be there before the documents.
Status ItemChanges::prepare(const std::vector<Step>& steps) {
  std::set<std::string> names;
  for (const Step& step : steps) {
    for (const std::string& name : step.attributes) {
      if (!view_->description.attributes.contains(name)) names.insert(name);
    }
  }
  const IndexAdmin admin = index_.admin(*view_->dialect);
  if (!names.empty()) {
    const std::vector<std::string> list(names.begin(), names.end());
    SEMBLANCE_RETURN_IF_ERROR(admin.add_attributes(view_->description.index, list, send_));
  }
  for (const Step& step : steps) {
    if (step.outcome || !step.uploads) continue;
    const ItemChange& change = changes_[step.change];
    SEMBLANCE_RETURN_IF_ERROR(
        store_uploaded_photo(index_, *view_, change.id, *change.photo, send_));
  }
  return {};
}

Result<ItemChanges::Round> ItemChanges::attempt(const Round& round) {
  std::vector<std::string> ids;
  for (const std::size_t change : round) ids.push_back(item_document_id(changes_[change].id));
  const auto documents = index_.reader(*view_).documents(ids, source_of_all(), send_);
  if (!documents) return documents.error();
  std::vector<Step> steps;
  for (std::size_t i = 0; i < round.size(); ++i) {
    std::optional<RemoteItem> known;
    if (documents->found[i]) {
      Result<RemoteItem> item = parse_item(documents->found[i]);
      if (!item) return item.error();
      known = *std::move(item);
    }
    steps.push_back(step_of(round[i], known));
  }
  SEMBLANCE_RETURN_IF_ERROR(prepare(steps));
  Round again;
  BulkOptions options;
  options.cancelled = send_.cancelled;
  if (send_.deadline) {
    options.patience = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::max(*send_.deadline - Clock::now(), Clock::duration::zero()));
  }
  BulkWriter writer(index_.cluster(), write_alias(view_->description.index), options,
                    [&](const BulkOutcome& outcome) {
                      const Step& step = steps[outcome.tag];
                      if (outcome.ok() ||
                          (outcome.status == 404 && outcome.kind == BulkOperation::Kind::kDelete)) {
                        outcomes_[step.change] = ChangeOutcome{step.kind};
                      } else if (outcome.status == 409) {
                        again.push_back(step.change);
                      } else {
                        outcomes_[step.change] = outcome.error();
                      }
                    });
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].outcome) {
      outcomes_[steps[i].change] = *steps[i].outcome;
      continue;
    }
    steps[i].operation.tag = i;
    SEMBLANCE_RETURN_IF_ERROR(writer.add(std::move(steps[i].operation)));
  }
  SEMBLANCE_RETURN_IF_ERROR(writer.flush());
  return again;
}

std::vector<Outcome> ItemChanges::run() {
  Result<std::shared_ptr<const IndexView>> view = index_.view(send_);
  if (!view) return std::vector<Outcome>(changes_.size(), Outcome(view.error()));
  view_ = *std::move(view);
  for (const Round& first : rounds()) {
    Round round = first;
    for (int i = 0; i < kAttempts && !round.empty(); ++i) {
      Result<Round> again = attempt(round);
      if (!again) {
        for (const std::size_t change : round) outcomes_[change] = again.error();
        break;
      }
      round = *std::move(again);
      for (const std::size_t change : round) {
        outcomes_[change] =
            Error{ErrorCode::kUnavailable,
                  "somebody else kept changing item '" + changes_[change].id + "'; try again"};
      }
    }
  }
  return std::move(outcomes_);
}

}  // namespace

std::vector<Result<ChangeOutcome>> change_items(const RemoteIndex& index,
                                                std::vector<ItemChange> changes,
                                                Clock::time_point deadline) {
  SendOptions send;
  send.deadline = deadline;
  return ItemChanges(index, std::move(changes), send).run();
}

Status store_uploaded_photo(const RemoteIndex& index, const IndexView& view, std::string_view id,
                            std::span<const std::byte> photo, const SendOptions& send) {
  const EngineSettings& settings = index.settings();
  SEMBLANCE_RETURN_IF_ERROR(
      index.admin(*view.dialect)
          .ensure_photos_index(settings.alias, settings.shards, settings.replicas, send));
  const std::string path =
      "/" + photos_index_name(settings.alias) + "/_doc/" + item_document_id(id);
  const Result<Reply> stored =
      index.cluster().send("PUT", path, Json{{"id", id}, {"photo", encode_base64(photo)}}, send);
  return stored ? Status() : stored.error();
}

Result<std::optional<Bytes>> uploaded_photo(const RemoteIndex& index, std::string_view id) {
  SendOptions send;
  send.accept = {404};
  const std::string path =
      "/" + photos_index_name(index.settings().alias) + "/_doc/" + item_document_id(id);
  const Result<Reply> reply = index.cluster().send("GET", path, send);
  if (!reply) return reply.error();
  if (reply->status == 404) return std::optional<Bytes>();
  const Json& body = reply->body;
  if (!body.contains("_source") || !body["_source"].contains("photo")) {
    return Error{ErrorCode::kCorrupt, "the document of an uploaded photo is damaged"};
  }
  Result<Bytes> photo = decode_base64(body["_source"]["photo"].get<std::string>());
  if (!photo) return Error{ErrorCode::kCorrupt, "an uploaded photo in the cluster is damaged"};
  return std::optional<Bytes>(*std::move(photo));
}

}  // namespace semblance::remote
