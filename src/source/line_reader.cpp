#include "source/line_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

namespace semblance {

namespace {

constexpr std::size_t kBufferBytes = 128U << 10;

}  // namespace

Result<FileDescriptor> open_regular_file(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    return Error{errno == ENOENT ? ErrorCode::kMissingFile : ErrorCode::kUnreadable,
                 system_message("cannot open", path, errno)};
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) {
    return Error{ErrorCode::kUnreadable, system_message("cannot stat", path, errno)};
  }
  if (!S_ISREG(info.st_mode)) {
    const char* what = S_ISDIR(info.st_mode) ? "' is a folder" : "' is not a regular file";
    return Error{ErrorCode::kUnreadable, "'" + path.string() + what};
  }
  return file;
}

Result<std::size_t> read_some(int fd, char* to, std::size_t size,
                              const std::filesystem::path& path_for_messages) {
  while (true) {
    const ssize_t count = ::read(fd, to, size);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) {
      return Error{ErrorCode::kUnreadable, system_message("cannot read", path_for_messages, errno)};
    }
  }
}

Result<LineReader> LineReader::open(const std::filesystem::path& path) {
  Result<FileDescriptor> file = open_regular_file(path);
  if (!file) return file.error();
  LineReader reader;
  reader.path_ = path;
  reader.file_ = *std::move(file);
  reader.buffer_.resize(kBufferBytes);
  SEMBLANCE_RETURN_IF_ERROR(reader.fill());
  const std::string_view start(reader.buffer_.data(), reader.end_);
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF")) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + path.string() + "' is UTF-16 text; save it as UTF-8"};
  }
  if (start.starts_with("\xEF\xBB\xBF")) reader.begin_ = 3;
  const bool has_lf = start.find('\n') != std::string_view::npos;
  if (!has_lf && start.find('\r') != std::string_view::npos) reader.terminator_ = '\r';
  return reader;
}

Status LineReader::fill() {
  const Result<std::size_t> count = read_some(file_.get(), buffer_.data(), buffer_.size(), path_);
  if (!count) return count.error();
  begin_ = 0;
  end_ = *count;
  at_end_ = *count == 0;
  return {};
}

Result<bool> LineReader::next(Line& line) {
  if (!unread_.empty()) {
    line = std::move(unread_.front());
    unread_.pop_front();
    return true;
  }
  line.text.clear();
  line.cut = false;
  bool any = false;
  while (!at_end_) {
    if (begin_ == end_) {
      SEMBLANCE_RETURN_IF_ERROR(fill());
      continue;
    }
    any = true;
    const char* from = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    const auto* terminator = static_cast<const char*>(std::memchr(from, terminator_, size));
    const std::size_t length = terminator == nullptr ? size : terminator - from;
    const std::size_t room = kMaxLineBytes - line.text.size();
    line.text.append(from, std::min(length, room));
    line.cut = line.cut || length > room;
    begin_ += length + (terminator == nullptr ? 0 : 1);
    if (terminator != nullptr) break;
  }
  if (!any) return false;
  line.number = ++number_;
  if (terminator_ == '\n' && line.text.ends_with('\r')) line.text.pop_back();
  return true;
}

void LineReader::unread(std::vector<Line> lines) {
  unread_.insert(unread_.begin(), std::make_move_iterator(lines.begin()),
                 std::make_move_iterator(lines.end()));
}

}  // namespace semblance
