#pragma once

// What each instruction set's file gives to dispatch.cpp. As kernels.h, without inline functions.

#include "kernels/kernels.h"

namespace semblance::kernels {

extern const KernelTable kScalarTable;
#if defined(SEMBLANCE_X86_KERNELS)
extern const KernelTable kAvx2Table;
extern const KernelTable kAvx512Table;
#endif

}  // namespace semblance::kernels
