#pragma once

#include <CLI/App.hpp>

#include "cli/command.h"
#include "describe/model_card.h"

namespace semblance::cli {

// One file each: the subcommands of `semblance models`.
void add_models_list(CLI::App& command, Session& session);
void add_models_pull(CLI::App& command, Session& session);
void add_models_add(CLI::App& command, Session& session);

/// Of the ONNX file and all files with weights.
std::uint64_t total_bytes(const ModelCard& card);

/// Measures a network that has just been made, notes its speed and says where and how good it is.
void tell_about_new_network(const ModelCard& card, const Session& session);

}  // namespace semblance::cli
