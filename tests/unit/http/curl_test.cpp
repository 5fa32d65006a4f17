// A client that others wrote.
#include <curl/curl.h>
#include <gtest/gtest.h>

#include "http/multipart.h"
#include "test_server.h"

namespace semblance::http::test {
namespace {

std::size_t append(char* bytes, std::size_t /*size*/, std::size_t count, void* text) {
  static_cast<std::string*>(text)->append(bytes, count);
  return count;
}

class CurlTest : public testing::Test {
 protected:
  CurlTest() : curl_(curl_easy_init()) {
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &body_);
    curl_easy_setopt(curl_, CURLOPT_NOPROXY, "*");
  }
  CurlTest(const CurlTest&) = delete;
  CurlTest& operator=(const CurlTest&) = delete;
  ~CurlTest() override { curl_easy_cleanup(curl_); }

  /// The status.
  long perform(const TestServer& server, const std::string& target) {
    const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + target;
    curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
    body_.clear();
    if (curl_easy_perform(curl_) != CURLE_OK) return 0;
    long status = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  CURL* curl_;
  std::string body_;
};

TEST_F(CurlTest, UploadsAForm) {
  TestServer server([](const auto& request, const Reply& reply) {
    const auto parts = parse_multipart(request->field("Content-Type").value_or(""), request->body);
    std::string text;
    if (parts) {
      for (const Part& part : *parts) {
        text += part.name + ":" + part.filename.value_or("-") + ":" + part.content_type + ":" +
                std::to_string(part.bytes.size()) + "\n";
      }
    }
    reply({200, "text/plain", {}, text});
  });
  // Large enough that libcurl waits for "100 Continue".
  const std::string photo(3 << 20, '\xFF');
  curl_mime* form = curl_mime_init(curl_);
  curl_mimepart* part = curl_mime_addpart(form);
  curl_mime_name(part, "k");
  curl_mime_data(part, "10", CURL_ZERO_TERMINATED);
  part = curl_mime_addpart(form);
  curl_mime_name(part, "photo");
  curl_mime_filename(part, "a \"b\".jpg");
  curl_mime_type(part, "image/jpeg");
  curl_mime_data(part, photo.data(), photo.size());
  curl_easy_setopt(curl_, CURLOPT_MIMEPOST, form);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(perform(server, "/"), 200);
    EXPECT_TRUE(body_ == "k:-:text/plain:2\nphoto:a \"b\".jpg:image/jpeg:3145728\n" ||
                body_ == "k:-:text/plain:2\nphoto:a %22b%22.jpg:image/jpeg:3145728\n")
        << body_;
  }
  EXPECT_EQ(server.gauges().connections, 1U);
  curl_mime_free(form);
}

TEST_F(CurlTest, LearnsThatItsUploadIsRefused) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  TestServer server(echo, options);
  const std::string body(2 << 20, 'x');
  curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  EXPECT_EQ(perform(server, "/"), 413);
}

TEST_F(CurlTest, AsksForHeadsOnOneConnection) {
  TestServer server(echo);
  curl_easy_setopt(curl_, CURLOPT_NOBODY, 1L);
  EXPECT_EQ(perform(server, "/"), 200);
  EXPECT_EQ(perform(server, "/"), 200);
  EXPECT_EQ(body_, "");
  EXPECT_EQ(server.gauges().connections, 1U);
}

}  // namespace
}  // namespace semblance::http::test
