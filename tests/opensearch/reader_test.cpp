#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <random>

#include "opensearch/remote_fixture.h"
#include "remote/field_names.h"
#include "remote/filter_query.h"

namespace semblance::remote {
namespace {

class Reader : public RemoteTest {
 protected:
  std::vector<std::string> scan_ids(const ScanOptions& options, const Json& query = nullptr) {
    std::vector<std::string> ids;
    const Status scanned = reader().scan(query, options, [&](JsonView hit) {
      ids.push_back(std::string(hit["sort"].element(0).text().value()));
      return Status();
    });
    EXPECT_TRUE(scanned) << scanned.error().message;
    return ids;
  }
};

void expect_equal(const RemoteItem& read, const RemoteItem& written) {
  EXPECT_EQ(read.item.id, written.item.id);
  EXPECT_EQ(read.item.product, written.item.product);
  EXPECT_EQ(read.item.path.native(), written.item.path.native());
  EXPECT_EQ(read.item.url, written.item.url);
  EXPECT_EQ(read.item.link, written.item.link);
  EXPECT_EQ(read.item.width, written.item.width);
  EXPECT_EQ(read.item.height, written.item.height);
  EXPECT_EQ(read.size_bytes, written.size_bytes);
  EXPECT_EQ(read.mtime_ns, written.mtime_ns);
  EXPECT_EQ(read.content_hash, written.content_hash);
  EXPECT_EQ(read.attributes, written.attributes);
  EXPECT_EQ(read.attributes_hash, hash_of(written.attributes));
  ASSERT_TRUE(read.descriptors);
  EXPECT_EQ(*read.descriptors, *written.descriptors);
}

TEST_F(Reader, ItemsComeBackBitForBit) {
  RemoteItem odd = item("odd / \u00fc \"id\"", 3);
  odd.item.path = std::string("/photos/\xff\xfe.jpg");
  odd.item.url = "https://shop.example/" + std::string(40'000, 'u');
  odd.item.link = "https://shop.example/p?x=1&y=2";
  odd.attributes = {{"", "an empty name"},
                    {"_id", "under"},
                    {"a.b.c", "dots"},
                    {"empty", ""},
                    {"long", std::string(70'000, 'l')},
                    {"per%cent", "12.99 USD"},
                    {"truth", "yes"},
                    {"\u540d\u524d", "\u30b7\u30e3\u30c4"}};
  odd.descriptors->embedding[0] = std::numeric_limits<float>::denorm_min();
  odd.descriptors->embedding[1] = -0.0F;
  odd.descriptors->histogram[5] = 1.0F / 3;
  std::vector<std::string> names;
  for (const Attribute& attribute : odd.attributes) names.push_back(attribute.name);
  make_index(1, names);
  write({odd, item("plain", 4)});

  const std::vector<std::string> ids = {item_document_id(odd.item.id), "nobody",
                                        item_document_id("plain")};
  const auto documents = reader().documents(ids, source_of_all());
  ASSERT_TRUE(documents) << documents.error().message;
  ASSERT_EQ(documents->found.size(), 3U);
  ASSERT_TRUE(documents->found[0]);
  EXPECT_FALSE(documents->found[1]);
  const Result<RemoteItem> read = parse_item(documents->found[0], {8, 288});
  ASSERT_TRUE(read) << read.error().message;
  expect_equal(*read, odd);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(read->descriptors->embedding[1]), 0x80000000U);
  EXPECT_GE(read->seq_no, 0);
  EXPECT_EQ(read->primary_term, 1);

  // A change of some fields keeps the others.
  const std::vector<BulkOutcome> changed =
      write({{BulkOperation::Kind::kUpdate, ids[0], {{"product", "other"}}, {}, {}, 0}});
  ASSERT_TRUE(changed.at(0).ok()) << changed[0].error().message;
  RemoteItem other = odd;
  other.item.product = "other";
  const auto again = reader().documents(ids, source_of_all());
  ASSERT_TRUE(again);
  expect_equal(*parse_item(again->found[0]), other);
}

TEST_F(Reader, ScansEverythingInTheOrderOfIdsInFlatPages) {
  make_index(3);
  std::vector<RemoteItem> items;
  std::vector<std::string> want;
  for (int i = 0; i < 137; ++i) {
    want.push_back((i % 3 == 0 ? "B" : "a") + std::to_string(i));
    items.push_back(item(want.back(), static_cast<std::uint64_t>(i)));
  }
  write(items);
  std::sort(want.begin(), want.end());
  ScanOptions options;
  options.page_documents = 10;
  EXPECT_EQ(scan_ids(options), want);
  options.page_documents = 137;  // the last page is full
  EXPECT_EQ(scan_ids(options), want);
  options.after_id = want[99];
  EXPECT_EQ(scan_ids(options), std::vector<std::string>(want.begin() + 100, want.end()));
  // Pages of documents that are too large are made smaller.
  ScanOptions small;
  small.page_documents = 100;
  small.page_bytes = 30'000;
  small.source = source_of_all();
  small.versions = true;
  int count = 0;
  const Status scanned = reader().scan(indexed_items_query(), small, [&](JsonView hit) -> Status {
    const Result<RemoteItem> read = parse_item(hit);
    if (!read) return read.error();
    EXPECT_GE(read->seq_no, 0);
    EXPECT_EQ(read->item.id, want[static_cast<std::size_t>(count++)]);
    return {};
  });
  EXPECT_TRUE(scanned) << scanned.error().message;
  EXPECT_EQ(count, 137);
}

TEST_F(Reader, AScanSeesOneMoment) {
  make_index(2);
  std::vector<RemoteItem> items;
  for (int i = 0; i < 30; ++i) items.push_back(item("i" + std::to_string(10 + i), 1));
  write(items);
  ScanOptions options;
  options.page_documents = 7;
  int count = 0;
  const Status scanned = reader().scan(nullptr, options, [&](JsonView) {
    // Others come while it is under way.
    if (++count == 3) write({item("i999", 2), item("i000", 3)});
    return Status();
  });
  EXPECT_TRUE(scanned);
  EXPECT_EQ(count, 30);
  EXPECT_EQ(scan_ids(options).size(), 32U);
}

TEST_F(Reader, AScanGoesOnWhenItsPointInTimeIsGone) {
  if (!is_opensearch()) GTEST_SKIP() << "Elasticsearch ends no point in time but one by its id";
  make_index(2);
  std::vector<RemoteItem> items;
  for (int i = 0; i < 30; ++i) items.push_back(item("i" + std::to_string(10 + i), 1));
  write(items);
  ScanOptions options;
  options.page_documents = 7;
  std::set<std::string> ids;
  int count = 0;
  const Status scanned = reader().scan(nullptr, options, [&](JsonView hit) {
    ids.insert(std::string(hit["sort"].element(0).text().value()));
    if (++count == 3) {
      EXPECT_TRUE(cluster_->send("DELETE", "/_search/point_in_time/_all"));
    }
    return Status();
  });
  EXPECT_TRUE(scanned) << scanned.error().message;
  EXPECT_EQ(count, 30);
  EXPECT_EQ(ids.size(), 30U);
}

TEST_F(Reader, AScanStopsWhenItIsTold) {
  make_index();
  write({item("a", 1), item("b", 2), item("c", 3)});
  int count = 0;
  const Status scanned = reader().scan(nullptr, {}, [&](JsonView) -> Status {
    if (++count == 2) return Error{ErrorCode::kCancelled, "enough"};
    return {};
  });
  EXPECT_EQ(scanned.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(count, 2);
  const IndexReader nowhere(*cluster_, *dialect_, "no-such-index");
  EXPECT_EQ(nowhere.scan(nullptr, {}, [](JsonView) { return Status(); }).error().code,
            ErrorCode::kNotFound);
}

TEST_F(Reader, CountsAndSamples) {
  make_index(2, {"gender"});
  std::vector<RemoteItem> items;
  for (int i = 0; i < 50; ++i) {
    items.push_back(item("i" + std::to_string(i), 1, {{"gender", i < 20 ? "Men" : "Women"}}));
  }
  write(items);
  const Json men = *indexed_items_query("gender=Men", {"gender"});
  const std::vector<Json> queries = {men, nullptr, Json{{"match_none", Json::object()}}};
  EXPECT_EQ(*reader().counts(queries), (std::vector<std::int64_t>{20, 50, 0}));
  EXPECT_EQ(*reader().count(men), 20);

  const auto sampled = [&](std::uint64_t seed) {
    const Result<SearchHits> found = reader().sample(indexed_items_query(), 5, seed, {"id"});
    EXPECT_TRUE(found) << found.error().message;
    std::vector<std::string> ids;
    for (const JsonView hit : found->hits) ids.emplace_back(hit["_source"]["id"].text().value());
    return ids;
  };
  EXPECT_EQ(sampled(1).size(), 5U);
  EXPECT_EQ(sampled(1), sampled(1));
  EXPECT_NE(sampled(1), sampled(2));
  EXPECT_EQ(sampled(std::numeric_limits<std::uint64_t>::max()).size(), 5U);
}

TEST_F(Reader, CountsValuesExactlyOnSeveralShards) {
  make_index(3, {"colour"});
  std::mt19937 random(1);
  std::map<std::string, std::int64_t> want;
  std::vector<RemoteItem> items;
  for (int i = 0; i < 300; ++i) {
    const std::string colour = i % 10 == 0 ? "" : "c" + std::to_string(random() % 40);
    if (!colour.empty()) ++want[colour];
    items.push_back(item("i" + std::to_string(i), 1, {{"colour", colour}}));
  }
  write(items);
  const Result<Facets> facets = reader().facets(text_field("colour"), nullptr, 7);
  ASSERT_TRUE(facets) << facets.error().message;
  EXPECT_EQ(facets->items, 270);
  EXPECT_EQ(facets->distinct, static_cast<std::int64_t>(want.size()));
  ASSERT_EQ(facets->values.size(), 7U);
  std::vector<std::pair<std::int64_t, std::string>> order;
  for (const auto& [colour, count] : want) order.emplace_back(-count, colour);
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(facets->values[i].value, order[i].second);
    EXPECT_EQ(facets->values[i].count, -order[i].first);
  }
  EXPECT_EQ(*reader().distinct("product", indexed_items_query()), 300);
}

TEST_F(Reader, CountsMoreValuesThanFitInAnAnswer) {
  make_index(2);
  // Small documents: 10,500 products.
  std::vector<BulkOperation> operations;
  for (int i = 0; i < 10'500; ++i) {
    RemoteItem one;
    one.item.id = "i" + std::to_string(i);
    one.item.product = i < 3 ? "often" : "p" + std::to_string(i);
    operations.push_back(
        {BulkOperation::Kind::kIndex, item_document_id(one.item.id), to_document(one), {}, {}, 0});
  }
  BulkOptions options;
  options.batch_documents = 5'000;
  for (const BulkOutcome& outcome : write(std::move(operations), options)) {
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  }
  ASSERT_TRUE(admin().refresh(index_));
  const Result<Facets> facets = reader().facets("product", nullptr, 2);
  ASSERT_TRUE(facets) << facets.error().message;
  EXPECT_EQ(facets->items, 10'500);
  EXPECT_EQ(facets->distinct, 10'498);
  ASSERT_EQ(facets->values.size(), 2U);
  EXPECT_EQ(facets->values[0].value, "often");
  EXPECT_EQ(facets->values[0].count, 3);
  EXPECT_EQ(facets->values[1].value, "p10");
  EXPECT_EQ(scan_ids({}).size(), 10'500U);
}

TEST_F(Reader, KeepsStateAndProblems) {
  make_index();
  const Json value = {{"lock", "host-1"}, {"nested", {{"a", 1}, {"b.c", {1, "x"}}}}};
  const Problem problem{"photo.jpg", "styles.csv:12", "bad_row", "too few columns", "input"};
  const std::vector<BulkOutcome> outcomes = write(
      {{BulkOperation::Kind::kIndex, state_document_id("k"), state_document("k", value), {}, {}, 0},
       {BulkOperation::Kind::kIndex,
        problem_document_id(problem),
        to_document(problem),
        {},
        {},
        0}});
  for (const BulkOutcome& outcome : outcomes) ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  const std::vector<std::string> ids = {state_document_id("k"), problem_document_id(problem)};
  const auto documents =
      reader().documents(ids, std::vector<std::string>{"kind", "id", "state", "subject", "place",
                                                       "reason", "message", "status"});
  ASSERT_TRUE(documents);
  EXPECT_EQ(*parse_state(documents->found.front()), value);
  const Result<Problem> read = parse_problem(documents->found[1]);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->subject, problem.subject);
  EXPECT_EQ(read->place, problem.place);
  EXPECT_EQ(read->reason, problem.reason);
  EXPECT_EQ(read->message, problem.message);
  EXPECT_EQ(read->kind, problem.kind);
}

}  // namespace
}  // namespace semblance::remote
