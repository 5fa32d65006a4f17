#pragma once

#include <string_view>

#include "base/result.h"

namespace semblance {

/// What computes the networks.
enum class Device { kCpu, kCuda };

/// Chooses it for the networks that this process opens from now on; the default is the processor. A
/// property of the machine and not of a collection: that is why it is no argument of everything
/// between the command line and the network. Call it before threads are started.
void choose_device(Device device);
Device chosen_device();

/// "cpu" or "cuda". Errors: kInvalidArgument.
Result<Device> parse_device(std::string_view text);

/// Whether networks can be computed on the chosen device, without opening one.
/// Errors: kUnavailable, with what is missing and where it was looked for.
Status check_device();

}  // namespace semblance
