#pragma once

#include <CLI/App.hpp>

#include "engine/measure.h"

namespace semblance::cli {

/// --descriptor, --metric, --colour-weight, --colour-descriptor and --colour-metric.
void add_measure_options(CLI::App& command, MeasureNames& names);

}  // namespace semblance::cli
