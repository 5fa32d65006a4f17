#include <map>

#include "opensearch/remote_fixture.h"

namespace semblance::remote {
namespace {

using Kind = BulkOperation::Kind;

class Bulk : public RemoteTest {};

BulkOperation operation(Kind kind, const std::string& id, Json document, std::uint64_t tag) {
  return {kind, id, std::move(document), {}, {}, tag};
}

TEST_F(Bulk, SaysOfEveryOperationWhatBecameOfIt) {
  make_index();
  const Json whole = to_document(item("good", 1));
  Json other_dimension = to_document(item("short", 2));
  other_dimension["embedding"] = {1, 0, 0};
  Json unknown_field = whole;
  unknown_field["surprise"] = 1;
  Json unmapped_attribute = to_document(item("attribute", 3, {{"size", "38"}}));
  Json wrong_type = whole;
  wrong_type["width"] = "wide";
  const std::vector<BulkOutcome> outcomes = write({
      operation(Kind::kIndex, "good", whole, 1),
      operation(Kind::kIndex, "short", other_dimension, 2),
      operation(Kind::kIndex, "strict", unknown_field, 3),
      operation(Kind::kIndex, "attribute", unmapped_attribute, 4),
      operation(Kind::kCreate, "good", whole, 5),
      operation(Kind::kDelete, "nobody", {}, 6),
      operation(Kind::kUpdate, "nobody", {{"product", "p"}}, 7),
      operation(Kind::kUpdate, "good", {{"product", "p"}}, 8),
      operation(Kind::kIndex, "type", wrong_type, 9),
      operation(Kind::kDelete, "good", {}, 10),
  });
  std::map<std::uint64_t, BulkOutcome> by_tag;
  for (const BulkOutcome& outcome : outcomes) by_tag[outcome.tag] = outcome;
  ASSERT_EQ(outcomes.size(), 10U);
  ASSERT_EQ(by_tag.size(), 10U);
  EXPECT_EQ(by_tag[1].status, 201);
  EXPECT_EQ(by_tag[1].result, "created");
  EXPECT_GE(by_tag[1].seq_no, 0);
  EXPECT_EQ(by_tag[2].status, 400);
  EXPECT_EQ(by_tag[2].type,
            is_opensearch() ? "mapper_parsing_exception" : "document_parsing_exception");
  EXPECT_EQ(by_tag[2].error().code, ErrorCode::kBadRow);
  EXPECT_NE(by_tag[2].reason.find("dimension"), std::string::npos) << by_tag[2].reason;
  EXPECT_EQ(by_tag[3].status, 400);
  EXPECT_EQ(by_tag[3].type, "strict_dynamic_mapping_exception");
  EXPECT_EQ(by_tag[4].status, 400);
  EXPECT_EQ(by_tag[4].type, "strict_dynamic_mapping_exception");
  EXPECT_EQ(by_tag[5].status, 409);
  EXPECT_EQ(by_tag[5].error().code, ErrorCode::kConflict);
  EXPECT_FALSE(by_tag[5].repeated);
  EXPECT_EQ(by_tag[6].status, 404);
  EXPECT_EQ(by_tag[6].result, "not_found");
  EXPECT_EQ(by_tag[7].status, 404);
  EXPECT_EQ(by_tag[7].type, "document_missing_exception");
  EXPECT_EQ(by_tag[7].error().code, ErrorCode::kNotFound);
  EXPECT_EQ(by_tag[8].result, "updated");
  EXPECT_EQ(by_tag[9].status, 400);
  EXPECT_EQ(by_tag[10].result, "deleted");
}

TEST_F(Bulk, WritesOnlyOverWhatWasRead) {
  make_index();
  const RemoteItem first = item("a", 1);
  const std::string id = item_document_id("a");
  BulkOperation create{Kind::kCreate, id, to_document(first), {}, {}, 0};
  const std::vector<BulkOutcome> created = write({create});
  ASSERT_EQ(created.size(), 1U);
  ASSERT_TRUE(created[0].ok()) << created[0].error().message;
  BulkOperation change{
      Kind::kIndex, id, to_document(item("a", 2)), created[0].seq_no, created[0].primary_term, 0};
  EXPECT_TRUE(write({change})[0].ok());
  // The second has not seen the first's change.
  const std::vector<BulkOutcome> late = write({change});
  EXPECT_EQ(late[0].status, 409);
  EXPECT_EQ(late[0].type, "version_conflict_engine_exception");
  BulkOperation removal{Kind::kDelete, id, {}, created[0].seq_no, created[0].primary_term, 0};
  EXPECT_EQ(write({removal})[0].status, 409);
}

TEST_F(Bulk, NeverMakesAnIndexByWritingToIt) {
  make_index();
  ASSERT_TRUE(admin().remove(index_));
  std::vector<BulkOutcome> outcomes;
  BulkWriter writer(*cluster_, writable(), {},
                    [&](const BulkOutcome& outcome) { outcomes.push_back(outcome); });
  ASSERT_TRUE(writer.add({Kind::kIndex, "x", to_document(item("x", 1)), {}, {}, 0}));
  EXPECT_TRUE(writer.flush());
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].status, 404);
  EXPECT_EQ(admin().describe(index_).error().code, ErrorCode::kNotFound);
}

TEST_F(Bulk, SplitsBatchesByDocumentsAndBytes) {
  make_index();
  std::vector<BulkOperation> operations;
  for (int i = 0; i < 25; ++i) {
    const RemoteItem one = item("i" + std::to_string(i), i);
    operations.push_back({Kind::kIndex,
                          item_document_id(one.item.id),
                          to_document(one),
                          {},
                          {},
                          static_cast<std::uint64_t>(i)});
  }
  BulkOptions options;
  options.batch_documents = 10;
  options.batch_bytes = 20'000;
  options.refresh = "true";
  const std::vector<BulkOutcome> outcomes = write(std::move(operations), options);
  ASSERT_EQ(outcomes.size(), 25U);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(outcomes[i].tag, i);
    EXPECT_TRUE(outcomes[i].ok());
  }
  EXPECT_EQ(*reader().count(nullptr), 25);
}

}  // namespace
}  // namespace semblance::remote
