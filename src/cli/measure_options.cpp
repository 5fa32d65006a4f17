#include "cli/measure_options.h"

namespace semblance::cli {

void add_measure_options(CLI::App& command, MeasureNames& names) {
  command.add_option("--descriptor", names.descriptor,
                     "What is compared: shape (default), colour, histogram, histogram-foreground");
  command.add_option("--metric", names.metric,
                     "cosine, euclidean, or chi-square for histograms (their default)");
  command.add_option("--colour-weight", names.colour_weight,
                     "0: shape alone (default) ... 1: colour alone; mixes the two scores");
}

}  // namespace semblance::cli
