#pragma once

// libarchive, opened with dlopen when the first archive is read or written: with the nine libraries
// that it brings it would otherwise double the time that every start of the program takes.

#include <archive.h>
#include <archive_entry.h>

#include "base/result.h"

namespace semblance {

#define SEMBLANCE_LIBARCHIVE_FUNCTIONS(apply)                                                      \
  apply(archive_error_string) apply(archive_read_support_format_zip) apply(archive_read_new)       \
      apply(archive_read_free) apply(archive_read_support_format_tar) apply(                       \
          archive_read_support_filter_gzip) apply(archive_read_support_filter_zstd)                \
          apply(archive_read_open_filename) apply(archive_read_open_memory) apply(                 \
              archive_read_next_header) apply(archive_read_data) apply(archive_filter_count)       \
              apply(archive_write_new) apply(archive_write_free) apply(                            \
                  archive_write_set_format_pax_restricted) apply(archive_write_add_filter_gzip)    \
                  apply(archive_write_add_filter_zstd) apply(archive_write_open) apply(            \
                      archive_write_header) apply(archive_write_data) apply(archive_write_close)   \
                      apply(archive_write_set_bytes_in_last_block) apply(archive_set_error)        \
                          apply(archive_entry_new) apply(archive_entry_free)                       \
                              apply(archive_entry_set_pathname) apply(archive_entry_set_size)      \
                                  apply(archive_entry_set_filetype) apply(archive_entry_set_perm)  \
                                      apply(archive_entry_set_mtime) apply(archive_entry_pathname) \
                                          apply(archive_entry_filetype)                            \
                                              apply(archive_entry_hardlink)                        \
                                                  apply(archive_entry_symlink)                     \
                                                      apply(archive_entry_size)                    \
                                                          apply(archive_entry_size_is_set)         \
                                                              apply(archive_entry_sparse_count)

/// The functions used, by the library's own names and types.
struct LibArchive {
  /// Opens the library on the first call. Errors: kUnavailable, naming the package to install.
  static Result<const LibArchive*> get();

// The name is declared and looked up as it is: parentheses are no option.
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define SEMBLANCE_DECLARE(name) decltype(&::name) name = nullptr;
  SEMBLANCE_LIBARCHIVE_FUNCTIONS(SEMBLANCE_DECLARE)
#undef SEMBLANCE_DECLARE
};

}  // namespace semblance
