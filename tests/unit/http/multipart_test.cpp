#include "http/multipart.h"

#include <gtest/gtest.h>

namespace semblance::http {
namespace {

constexpr std::string_view kType = "multipart/form-data; boundary=XX";

/// One part with these lines of fields and this content.
std::string part(const std::string& fields, const std::string& content) {
  return "--XX\r\n" + fields + "\r\n\r\n" + content + "\r\n";
}

const std::string kNamed = "Content-Disposition: form-data; name=\"a\"";

TEST(ParseMultipart, ReadsFieldsAndFiles) {
  const std::string bytes("\xFF\xD8\0\r\n--X\r\n\r\n--XY--\r\n", 20);
  const std::string body = part(kNamed, "1") +
                           part(
                               "content-disposition:form-data;name=photo;filename=\"ä \\\"1\\\" "
                               "c:\\x;y.jpg\"\r\nContent-Type: image/jpeg",
                               bytes) +
                           part("X-Other: 1\r\n" + kNamed, "") + "--XX--\r\n";
  const auto parts = parse_multipart(kType, body);
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 3U);
  EXPECT_EQ(parts->at(0).name, "a");
  EXPECT_EQ(parts->at(0).bytes, "1");
  EXPECT_EQ(parts->at(0).filename, std::nullopt);
  EXPECT_EQ(parts->at(0).content_type, "text/plain");
  EXPECT_EQ(parts->at(1).name, "photo");
  EXPECT_EQ(parts->at(1).filename, "ä \"1\" c:\\x;y.jpg");
  EXPECT_EQ(parts->at(1).content_type, "image/jpeg");
  EXPECT_EQ(parts->at(1).bytes, bytes);
  EXPECT_EQ(parts->at(2).bytes, "");
}

TEST(ParseMultipart, ReadsWhatIsAroundTheParts) {
  for (const std::string& before : {std::string(), std::string("\r\n"), std::string("text\r\n")}) {
    for (const std::string after : {"", "\r\n", " \t\r\nepilogue\r\n--XX\r\n"}) {
      const auto parts = parse_multipart(kType, before + part(kNamed, "1") + "--XX--" + after);
      ASSERT_TRUE(parts) << before << "|" << after;
      EXPECT_EQ(parts->size(), 1U);
    }
  }
  EXPECT_TRUE(parse_multipart(kType, "--XX--")->empty());
  EXPECT_EQ(parse_multipart(kType, "--XX \t\r\n" + kNamed + "\r\n\r\n1\r\n--XX--")->size(), 1U);
}

TEST(ParseMultipart, ReadsBoundariesAsClientsWriteThem) {
  const std::string body = "--a b;=\r\n" + kNamed + "\r\n\r\n1\r\n--a b;=--";
  EXPECT_EQ(parse_multipart("Multipart/Form-Data ; charset=utf-8;Boundary=\"a b;=\"", body)->size(),
            1U);
  EXPECT_TRUE(is_multipart_form(" multipart/FORM-data;x"));
  EXPECT_FALSE(is_multipart_form("multipart/form-data2"));
  EXPECT_FALSE(is_multipart_form(""));
}

TEST(ParseMultipart, RefusesTypesWithoutABoundary) {
  for (const std::string& type :
       {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
        std::string("multipart/form-data; boundary=\"XX"), std::string("image/jpeg; boundary=XX"),
        std::string("multipart/form-data; boundary"),
        "multipart/form-data; boundary=" + std::string(71, 'X')}) {
    const auto parts = parse_multipart(type, "--XX--");
    ASSERT_FALSE(parts) << type;
    EXPECT_EQ(parts.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(ParseMultipart, RefusesWhatIsBroken) {
  const std::string end = "--XX--\r\n";
  for (const std::string& body :
       {std::string(), std::string("XX"), std::string("--XX"), std::string("--XX\r\n"),
        part(kNamed, "1"), std::string("--XY--"), part("", "1") + end, part("no field", "1") + end,
        part("Content-Type: image/png", "1") + end, part(kNamed + "\r\n" + kNamed, "1") + end,
        part("Content-Disposition: attachment; name=a", "1") + end,
        part("Content-Disposition: form-data", "1") + end,
        part("Content-Disposition: form-data; name=\"a", "1") + end,
        part("Content-Disposition: form-data; name=\"a\"b", "1") + end,
        part("Content-Disposition: form-data; name=\"\xFF\"", "1") + end,
        "--XX\r\n" + kNamed + "\r\n" + end}) {
    const auto parts = parse_multipart(kType, body);
    ASSERT_FALSE(parts) << body;
    EXPECT_EQ(parts.error().code, ErrorCode::kInvalidArgument) << body;
  }
}

TEST(ParseMultipart, KeepsToItsLimits) {
  std::string body;
  for (int i = 0; i < 3; ++i) body += part(kNamed, "1");
  body += "--XX--";
  EXPECT_TRUE(parse_multipart(kType, body, {3, 100}));
  EXPECT_EQ(parse_multipart(kType, body, {2, 100}).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(parse_multipart(kType, body, {3, 30}).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace semblance::http
