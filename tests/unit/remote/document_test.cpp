#include "remote/document.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "base/base64.h"
#include "describe/histogram.h"

namespace semblance::remote {
namespace {

RemoteItem sample() {
  RemoteItem item;
  item.item.id = "shoes/1563.jpg";
  item.item.product = "1563";
  item.item.path = "/photos/shoes/1563.jpg";
  item.item.url = "https://shop.example/1563.jpg";
  item.item.link = "https://shop.example/1563";
  item.item.width = 60;
  item.item.height = 80;
  item.origin = ItemOrigin::kApi;
  item.size_bytes = std::uint64_t{1} << 40;
  item.mtime_ns = -1;
  item.format = "jpeg";
  item.place = "styles.csv:7";
  item.content_hash = sha256({});
  item.attributes = {
      {"articleType", "Shoes"}, {"note", ""}, {"price", "12.99 USD"}, {"sale", "no"}};
  StoredDescriptors descriptors;
  descriptors.embedding = {1, -0.0F, std::numeric_limits<float>::denorm_min(), 0.1F};
  descriptors.histogram.assign(kHistogramDimension, 0.25F);
  descriptors.histogram_foreground.assign(kHistogramDimension, 1.0F / 3);
  item.descriptors = descriptors;
  return item;
}

Json hit_of(const Json& document) {
  return {{"_id", "x"}, {"_source", document}};
}

JsonDocument read_back(const Json& hit) {
  return JsonDocument::parse(hit.dump()).value();
}

TEST(Document, SaysEverythingAndComesBack) {
  const RemoteItem item = sample();
  const Json document = Json::parse(to_document(item).dump());
  EXPECT_EQ(document["attributes"]["price"]["number"], 12.99);
  EXPECT_EQ(document["attributes"]["sale"]["boolean"], false);
  EXPECT_FALSE(document["attributes"].contains("note"));  // no value, for filters
  EXPECT_EQ(document["other_attributes"]["note"], "");
  EXPECT_EQ(document["embedding"].size(), 4U);
  EXPECT_EQ(document["part"], part_of(item.item.id));
  Json hit = hit_of(document);
  hit["_seq_no"] = 17;
  hit["_primary_term"] = 2;
  const Result<RemoteItem> read = parse_item(read_back(hit).root(), {4, kHistogramDimension});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->item.id, item.item.id);
  EXPECT_EQ(read->item.product, item.item.product);
  EXPECT_EQ(read->item.path, item.item.path);
  EXPECT_EQ(read->item.url, item.item.url);
  EXPECT_EQ(read->item.link, item.item.link);
  EXPECT_EQ(read->item.width, 60);
  EXPECT_EQ(read->status, ItemStatus::kIndexed);
  EXPECT_EQ(read->origin, ItemOrigin::kApi);
  EXPECT_EQ(read->size_bytes, item.size_bytes);
  EXPECT_EQ(read->mtime_ns, -1);
  EXPECT_EQ(read->format, "jpeg");
  EXPECT_EQ(read->place, item.place);
  EXPECT_EQ(read->content_hash, item.content_hash);
  EXPECT_EQ(read->attributes, item.attributes);
  EXPECT_EQ(read->attributes_hash, hash_of(item.attributes));
  EXPECT_EQ(encode_descriptors(read->descriptors->spans()),
            encode_descriptors(item.descriptors->spans()));
  EXPECT_EQ(read->seq_no, 17);
  EXPECT_EQ(read->primary_term, 2);
}

TEST(Document, OfWhatFailedHasNoEmbedding) {
  RemoteItem item = sample();
  item.status = ItemStatus::kFailed;
  item.reason = "truncated";
  item.message = "the photo ends early";
  const Json document = to_document(item);
  EXPECT_FALSE(document.contains("embedding"));
  const Result<RemoteItem> read = parse_item(read_back(hit_of(document)).root());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->status, ItemStatus::kFailed);
  EXPECT_EQ(read->reason, "truncated");
  EXPECT_EQ(read->message, item.message);
}

TEST(Document, ReadsWhatWasAskedForOnly) {
  const Result<RemoteItem> read =
      parse_item(read_back(hit_of({{"id", "a"}, {"unknown", {1, 2}}})).root());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->item.id, "a");
  EXPECT_FALSE(read->descriptors);
  EXPECT_EQ(read->seq_no, -1);
}

TEST(Document, DamagedOnesAreErrorsThatNameTheField) {
  const Json whole = to_document(sample());
  const auto complaint = [&](const std::string& field, const Json& value) {
    Json document = whole;
    document[field] = value;
    const Result<RemoteItem> read =
        parse_item(read_back(hit_of(document)).root(), {4, kHistogramDimension});
    EXPECT_FALSE(read) << field << " " << value.dump().substr(0, 80);
    if (read) return;
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(read.error().message.find("'" + field + "'"), std::string::npos)
        << read.error().message;
    EXPECT_NE(read.error().message.find("'x'"), std::string::npos);
  };
  complaint("id", 5);
  complaint("id", "");
  complaint("kind", "problem");
  complaint("status", "gone");
  complaint("origin", "sea");
  complaint("width", "60");
  complaint("width", 1e3);
  complaint("width", 5'000'000'000);
  complaint("size_bytes", -1);
  complaint("content_hash", "abc");
  complaint("content_hash", std::string(64, 'g'));
  complaint("path", "base64:***");
  complaint("attributes", 5);
  complaint("attributes", {{"%zz", {{"text", "x"}}}});
  complaint("attributes", {{"a", "x"}});
  complaint("attributes", {{"a", {{"text", 5}}}});
  complaint("other_attributes", {{"a", 5}});
  complaint("descriptors", "***");
  complaint("descriptors", "AAAA");
  complaint("descriptors", whole["descriptors"].get<std::string>().substr(0, 2'000));
  StoredDescriptors broken = *sample().descriptors;
  broken.embedding[1] = std::numeric_limits<float>::quiet_NaN();
  complaint("descriptors", encode_descriptors(broken.spans()));
  for (const Json& hit : {Json(), Json::array(), Json{{"_id", "x"}}, Json{{"_source", 5}}}) {
    EXPECT_EQ(parse_item(read_back(hit).root()).error().code, ErrorCode::kCorrupt);
  }
}

TEST(Document, DescriptorsOfAnotherNetworkAreNotTaken) {
  const std::string text = encode_descriptors(sample().descriptors->spans());
  EXPECT_TRUE(decode_descriptors(text, {4, kHistogramDimension}));
  EXPECT_TRUE(decode_descriptors(text, {}));
  EXPECT_FALSE(decode_descriptors(text, {5, kHistogramDimension}));
  EXPECT_FALSE(decode_descriptors("", {}));
}

TEST(Document, IdsAreDeterministic) {
  // echo -n a | sha256sum
  EXPECT_EQ(item_document_id("a"), "ca978112ca1bbdcafac231b39a23dc4d");
  EXPECT_EQ(item_document_id(std::string(4'096, 'x')).size(), 32U);
  const Problem problem{"a", "b", "c", "d", "input"};
  const Problem other{"ab", "", "c", "d", "input"};
  std::set<std::string> ids = {item_document_id("a"), state_document_id("a"),
                               problem_document_id(problem), problem_document_id(other)};
  EXPECT_EQ(ids.size(), 4U);
}

TEST(Parts, CoverEverythingOnce) {
  EXPECT_EQ(part_of("a"), 0xca97);
  for (const int n : {1, 2, 3, 7, 8, 1'000}) {
    int end = 0;
    for (int i = 1; i <= n; ++i) {
      const PartRange range = part_range(i, n);
      EXPECT_EQ(range.first, end);
      EXPECT_LT(range.first, range.end);
      end = range.end;
    }
    EXPECT_EQ(end, kParts);
  }
  EXPECT_TRUE(part_range(2, 2).contains(kParts - 1));
  EXPECT_FALSE(part_range(1, 2).contains(kParts / 2));
}

TEST(Document, ProblemsAndStateComeBack) {
  const Problem problem{"photo.jpg", "list.csv:3", "bad_row", "no photo", "attribute"};
  const Result<Problem> read = parse_problem(read_back(hit_of(to_document(problem))).root());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->subject, problem.subject);
  EXPECT_EQ(read->kind, "attribute");
  EXPECT_FALSE(parse_problem(read_back(hit_of(to_document(sample()))).root()));
  EXPECT_EQ(*parse_state(read_back(hit_of(state_document("k", {1, 2}))).root()), Json({1, 2}));
  EXPECT_TRUE(parse_state(read_back(hit_of(Json::object())).root())->is_null());
  EXPECT_FALSE(parse_state(read_back(hit_of({{"state", 5}})).root()));
}

TEST(Document, NeverHasAnUnknownField) {
  const std::vector<std::string>& all = source_of_all();
  const std::set<std::string> names(all.begin(), all.end());
  RemoteItem item = sample();
  item.reason = "x";
  item.message = "y";
  const Json document = to_document(item);
  for (const auto& [name, value] : document.items()) {
    EXPECT_TRUE(names.contains(name) || name == "embedding") << name;
  }
}

}  // namespace
}  // namespace semblance::remote
