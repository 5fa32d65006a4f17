#pragma once

#include <string>

#include "engine/search.h"

namespace semblance::cli {

/// The hits as a table for people: rank, score, confidence where hits have it, id, and the first
/// attributes that fit.
std::string hit_table(const SearchAnswer& answer, int width);

/// Four decimals, cut rather than rounded, so that "1.0000" is seen only for an identical vector.
std::string score_text(double score);

/// What stands below a hit's picture: "0.9312" or "0.9312 (shape 0.95 colour 0.87)".
std::string closeness_text(const SearchAnswer& answer, const Hit& hit);

/// Columns of the terminal that stdout is, or 100.
int output_width();

}  // namespace semblance::cli
