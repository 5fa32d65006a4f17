#include "cli/measure_options.h"

namespace semblance::cli {

void add_measure_options(CLI::App& command, MeasureNames& names) {
  command.add_option("--descriptor", names.descriptor,
                     "What is compared: shape (default), colour, histogram, histogram-foreground");
  command.add_option("--metric", names.metric,
                     "cosine (default for shape and colour), euclidean, or jaccard for networks "
                     "without negative numbers; for histograms also chi-square (their default), "
                     "hellinger, intersection and emd (earth mover's distance between colours)");
  command.add_option("--colour-weight", names.colour_weight,
                     "0: shape alone (default) ... 1: colour alone; mixes the two scores");
  command.add_option("--colour-descriptor", names.colour_descriptor,
                     "What is mixed with shape: colour (default where the network has it), "
                     "histogram-foreground (default elsewhere) or histogram");
  command.add_option("--colour-metric", names.colour_metric,
                     "By which metric it is compared: cosine for colour, hellinger for histograms "
                     "unless said otherwise");
}

}  // namespace semblance::cli
