#pragma once

#include <CLI/App.hpp>

#include "engine/measure.h"

namespace semblance::cli {

/// --descriptor, --metric and --colour-weight.
void add_measure_options(CLI::App& command, MeasureNames& names);

}  // namespace semblance::cli
