#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "image/image.h"

namespace semblance::test {

/// A picture file made by the tests themselves, and how decoding it must end.
struct PictureFile {
  std::string name;
  Bytes bytes;
  std::optional<ErrorCode> error;  ///< empty: it decodes
  /// How far a decoded value 0..255 is from make_scene()'s on average at most; negative: it shows
  /// another picture.
  double tolerance = -1;
};

/// A drawn product photo, 72 x 96, upright and not symmetric, in fewer than 256 colours, on white.
/// Different variants (0..99) show different colours and forms.
Image make_scene(int variant = 0);

/// The scene in every format and disguise, and files broken in many ways: valid ones first. The
/// bytes are the same in every run.
std::vector<PictureFile> make_picture_files();

}  // namespace semblance::test
