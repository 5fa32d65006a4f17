#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/confidence.h"
#include "engine/labelled_hits.h"

namespace semblance {

/// What to learn confidence from.
struct ConfidenceOptions {
  std::string label{};  ///< as LabelledHitOptions has it
  std::string where{};
  int threads = 1;
  std::int64_t most_queries = 5'000;
};

/// What is learnt from hits: of four ways (shape alone or all parts, logistic or isotonic), the one
/// with the smallest log loss on products that it was not learnt from. `network`, `fitted` and
/// `where` are left empty. Errors: kInvalidArgument where all hits are right, or none.
Result<Confidence> learn_confidence(const LabelledHits& hits, bool has_colour);

/// How well a model's probabilities fit hits that it was not learnt from.
CalibrationCheck check_calibration(const LabelledHits& hits, const std::vector<double>& confidence);

/// Searches with the collection's photos (by shape, and by shape mixed with colour as recommended),
/// learns, and stores what was learnt in the catalogue. Waits for the collection's lock. Errors:
/// those of gather_labelled_hits, kIo.
Result<Confidence> fit_confidence(const std::filesystem::path& data_folder,
                                  std::string_view collection, const ConfidenceOptions& options,
                                  const LabelledHitHooks& hooks);

/// How well what is stored fits the searches of the photos that `options` name. Errors: also
/// kNotFound where nothing was learnt for the collection's network.
Result<CalibrationCheck> check_confidence(const std::filesystem::path& data_folder,
                                          std::string_view collection,
                                          const ConfidenceOptions& options,
                                          const LabelledHitHooks& hooks);

/// Errors: kNotFound where nothing was learnt.
Status forget_confidence(const std::filesystem::path& data_folder, std::string_view collection,
                         const LabelledHitHooks& hooks);

/// The probabilities of a way like `like` for all hits, each by what was learnt from other
/// products. Errors: kInvalidArgument where all hits are right, or none.
Result<std::vector<double>> held_out_confidence(const LabelledHits& hits,
                                                const ConfidenceModel& like);

}  // namespace semblance
