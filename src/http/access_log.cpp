#include "http/access_log.h"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <cmath>
#include <ctime>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/utf8.h"

namespace semblance::http {

namespace {

/// Lines that may wait to be written.
constexpr std::size_t kQueueLines = 8192;

std::string utc_time(std::chrono::system_clock::time_point time) {
  const auto since_epoch =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const auto seconds = static_cast<std::time_t>(since_epoch / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string milliseconds = std::to_string(1000 + since_epoch % 1000);
  milliseconds[0] = '.';
  return std::string(text.data(), length) + milliseconds + "Z";
}

class SpdlogAccessLog final : public AccessLog {
 public:
  explicit SpdlogAccessLog(spdlog::sink_ptr sink)
      : threads_(std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "access", std::move(sink), threads_, spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_pattern("%v");
    logger_->flush_on(spdlog::level::info);
  }

  void write(const AccessRecord& record) override {
    logger_->log(spdlog::level::info,
                 spdlog::string_view_t(access_line(record, std::chrono::system_clock::now())));
  }
  [[nodiscard]] std::uint64_t lost() const override { return threads_->overrun_counter(); }

 private:
  // The pool writes what waits when it is destroyed; messages hold the logger, so that goes first.
  std::shared_ptr<spdlog::details::thread_pool> threads_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

}  // namespace

std::string access_line(const AccessRecord& record, std::chrono::system_clock::time_point now) {
  nlohmann::ordered_json line;
  line["time"] = utc_time(now);
  line["id"] = record.request.id;
  line["remote"] = record.request.remote_address;
  line["method"] = to_utf8(record.request.method);
  line["target"] = to_utf8(record.request.target);
  line["status"] = record.status;
  line["bytes"] = record.body_bytes;
  line["ms"] = std::round(record.seconds * 1e6) / 1e3;
  if (!record.note.empty()) line["note"] = to_utf8(record.note);
  const bool only_ascii = true;
  return line.dump(-1, ' ', only_ascii);
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::filesystem::path& file) {
  try {
    spdlog::sink_ptr sink;
    if (file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
    }
    return std::unique_ptr<AccessLog>(std::make_unique<SpdlogAccessLog>(std::move(sink)));
  } catch (const std::exception& problem) {
    return Error{ErrorCode::kIo,
                 "cannot write the access log '" + to_utf8(file.string()) + "': " + problem.what()};
  }
}

}  // namespace semblance::http
