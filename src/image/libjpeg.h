#pragma once

// libjpeg's headers, which need FILE and size_t to be known before them.

// clang-format off
#include <cstddef>
#include <cstdio>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on
