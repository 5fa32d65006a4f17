#include "remote/remote_sync.h"

#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/staging.h"
#include "remote/document.h"
#include "remote/index_mirror.h"
#include "remote/remote_index.h"
#include "remote/stand_in.h"

namespace semblance::remote {

namespace {

/// One sync: the steps in the order in which run() calls them.
class RemoteSync {
 public:
  RemoteSync(const std::filesystem::path& data_folder, std::string_view collection,
             const RemoteIndex& index, const SyncOptions& options, const SyncHooks& hooks,
             const std::optional<SyncPart>& part)
      : data_folder_(data_folder),
        collection_(collection),
        index_(index),
        options_(options),
        hooks_(hooks),
        part_(part),
        range_(part ? part_range(part->number, part->of) : PartRange{}) {
    send_.cancelled = hooks.stop;
  }

  Result<SyncReport> run();

 private:
  Status look();
  Status fill(const Catalogue& catalogue);
  Status fill_begun_change(const Catalogue& catalogue);
  Status mirror(const Catalogue& catalogue);
  Status make_place_for(const VectorSet& set);
  Status finish(const Catalogue& catalogue, SyncReport& report);
  Status swap(std::int64_t set_key);
  void count_refused(SyncReport& report) const;

  const std::filesystem::path& data_folder_;
  const std::string collection_;
  const RemoteIndex& index_;
  const SyncOptions& options_;
  const SyncHooks& hooks_;
  const std::optional<SyncPart> part_;
  const PartRange range_;
  SendOptions send_;

  std::shared_ptr<const IndexView> view_;
  std::vector<Generation> others_;  // generations that are not live
  std::int64_t live_key_ = 0;
  std::int64_t begun_key_ = 0;  // of a set with another network, begun before; 0: none
  std::string begun_index_;
  std::unique_ptr<IndexMirror> mirror_;
};

Status RemoteSync::look() {
  Result<std::shared_ptr<const IndexView>> view = index_.view(send_);
  if (!view) return view.error();
  view_ = *std::move(view);
  Result<std::vector<Generation>> all =
      index_.admin(*view_->dialect).generations(index_.settings().alias, send_);
  if (!all) return all.error();
  for (Generation& each : *all) {
    if (!each.live) others_.push_back(std::move(each));
  }
  return {};
}

/// What an interrupted change of network has embedded. An older one is of no use any more.
Status RemoteSync::fill_begun_change(const Catalogue& catalogue) {
  if (others_.empty()) return {};
  const std::string& index_name = others_.back().index;
  const Result<IndexDescription> description =
      index_.admin(*view_->dialect).describe(index_name, send_);
  if (!description) return description.error();
  SEMBLANCE_RETURN_IF_ERROR(index_.admin(*view_->dialect).refresh(index_name, send_));
  const Result<VectorSet> set = create_set_of(catalogue, description->meta, false);
  if (!set) return set.error();
  begun_key_ = set->key;
  begun_index_ = index_name;
  return read_items_into(catalogue, begun_key_,
                         IndexReader(index_.cluster(), *view_->dialect, index_name), range_,
                         hooks_.stop, {});
}

Status RemoteSync::fill(const Catalogue& catalogue) {
  const Result<VectorSet> live = create_set_of(catalogue, view_->meta(), true);
  if (!live) return live.error();
  live_key_ = live->key;
  SEMBLANCE_RETURN_IF_ERROR(read_settings_into(catalogue, index_, *view_, send_));
  // What another process has written just now counts, too.
  SEMBLANCE_RETURN_IF_ERROR(index_.admin(*view_->dialect).refresh(view_->description.index, send_));
  const auto progress = [&](std::int64_t items) {
    if (hooks_.progress) hooks_.progress({SyncProgress::Phase::kReadingIndex, items, 0, 0});
  };
  SEMBLANCE_RETURN_IF_ERROR(
      read_items_into(catalogue, live_key_, index_.reader(*view_), range_, hooks_.stop, progress));
  return fill_begun_change(catalogue);
}

/// A generation for a network that the sync has just begun with.
Status RemoteSync::make_place_for(const VectorSet& set) {
  const IndexAdmin admin = index_.admin(*view_->dialect);
  for (const Generation& other : others_) {
    SEMBLANCE_RETURN_IF_ERROR(admin.remove(other.index, send_));
  }
  others_.clear();
  IndexLayout layout = layout_of(view_->meta(), set, index_.settings());
  const std::set<std::string>& names = view_->description.attributes;
  layout.attribute_names.assign(names.begin(), names.end());
  Result<std::string> created = admin.create_generation(index_.settings().alias, layout, send_);
  if (!created) return created.error();
  mirror_->set_place(set.key, *std::move(created));
  return {};
}

/// Called after each transaction of the sync.
Status RemoteSync::mirror(const Catalogue& catalogue) {
  Result<std::optional<VectorSet>> target = catalogue.building_set();
  if (!target) return target.error();
  if (!*target) target = catalogue.live_set();
  if (!target) return target.error();
  if (!*target) return {};
  if (!mirror_->place_of((*target)->key)) SEMBLANCE_RETURN_IF_ERROR(make_place_for(**target));
  return mirror_->write((*target)->key);
}

/// The generation that was filled takes the place of the live one.
Status RemoteSync::swap(std::int64_t set_key) {
  SEMBLANCE_RETURN_IF_ERROR(mirror_->note_failed_items());
  SEMBLANCE_RETURN_IF_ERROR(mirror_->write(set_key));
  SEMBLANCE_RETURN_IF_ERROR(mirror_->write_state(set_key, true));
  const std::string index_name = *mirror_->place_of(set_key);
  const IndexAdmin admin = index_.admin(*view_->dialect);
  SEMBLANCE_RETURN_IF_ERROR(admin.refresh(index_name, send_));
  SEMBLANCE_RETURN_IF_ERROR(
      admin.point_alias(index_.settings().alias, index_name, view_->description.index, send_));
  return admin.remove(view_->description.index, send_);
}

void RemoteSync::count_refused(SyncReport& report) const {
  for (const IndexMirror::Refused& refused : mirror_->refused()) {
    std::int64_t& counted = refused.was_known ? report.changed : report.added;
    if (counted > 0) --counted;
    ++report.failed;
  }
}

Status RemoteSync::finish(const Catalogue& catalogue, SyncReport& report) {
  const Result<std::optional<VectorSet>> live = catalogue.live_set();
  if (!live) return live.error();
  count_refused(report);
  const bool changed_network = *live && (*live)->key != live_key_;
  if (changed_network) return swap((*live)->key);
  SEMBLANCE_RETURN_IF_ERROR(mirror_->write_state(live_key_, !part_));
  return index_.admin(*view_->dialect).refresh(view_->description.index, send_);
}

Result<SyncReport> RemoteSync::run() {
  SEMBLANCE_RETURN_IF_ERROR(look());
  remove_leftovers(CollectionFiles(data_folder_, collection_));
  const Result<StagingFolder> folder = StagingFolder::create(data_folder_);
  if (!folder) return folder.error();
  const Result<Catalogue> catalogue =
      Catalogue::open(folder->files().catalogue(), Database::Mode::kWrite);
  if (!catalogue) return catalogue.error();
  SEMBLANCE_RETURN_IF_ERROR(fill(*catalogue));
  auto attached = IndexMirror::attach(folder->files(), index_, view_, hooks_.stop);
  if (!attached) return attached.error();
  mirror_ = *std::move(attached);
  mirror_->set_place(live_key_, view_->description.index);
  if (begun_key_ != 0) {
    mirror_->set_place(begun_key_, begun_index_);
  }
  SyncStandIn stand_in{folder->files(), [&] { return mirror(*catalogue); }, {}};
  if (part_) {
    stand_in.takes = [this](std::string_view id) { return range_.contains(part_of(id)); };
  }
  Result<SyncReport> report = sync_stand_in(data_folder_, collection_, options_, hooks_, stand_in);
  if (!report || options_.dry_run) return report;
  if (report->interrupted) {
    count_refused(*report);
    return report;
  }
  SEMBLANCE_RETURN_IF_ERROR(finish(*catalogue, *report));
  return report;
}

}  // namespace

Result<SyncPart> parse_part(std::string_view text) {
  SyncPart part;
  const char* const end = text.data() + text.size();
  const auto [slash, first] = std::from_chars(text.data(), end, part.number);
  if (first == std::errc() && slash != end && *slash == '/') {
    const auto [last, second] = std::from_chars(slash + 1, end, part.of);
    if (second == std::errc() && last == end && part.number >= 1 && part.number <= part.of &&
        part.of <= kParts) {
      return part;
    }
  }
  return Error{ErrorCode::kInvalidArgument,
               "--part is one of N parts of the items, counted from 1: 2/8, say, not '" +
                   std::string(text) + "'"};
}

Result<SyncReport> sync_remote(const std::filesystem::path& data_folder,
                               std::string_view collection, const SyncOptions& options,
                               const SyncHooks& hooks, const std::optional<SyncPart>& part) {
  const Result<EngineSettings> settings =
      read_engine_settings(CollectionFiles(data_folder, collection));
  if (!settings) return settings.error();
  const Result<std::shared_ptr<const RemoteIndex>> index =
      RemoteIndex::create(*settings, std::string(collection), kPatienceToWrite);
  if (!index) return index.error();
  return RemoteSync(data_folder, collection, **index, options, hooks, part).run();
}

}  // namespace semblance::remote
