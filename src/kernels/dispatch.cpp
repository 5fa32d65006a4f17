#include <cstdlib>
#include <string_view>

#include "kernels/tables.h"

namespace semblance::kernels {

namespace {

constexpr InstructionSet kBestFirst[] = {InstructionSet::kAvx512, InstructionSet::kAvx2,
                                         InstructionSet::kScalar};

const KernelTable& choose() {
  const char* const wanted = std::getenv("SEMBLANCE_KERNELS");
  const KernelTable* best = nullptr;
  for (const InstructionSet set : kBestFirst) {
    const KernelTable* const table = table_of(set);
    if (table == nullptr) continue;
    if (wanted != nullptr && std::string_view(wanted) == table->name) return *table;
    if (best == nullptr) best = table;
  }
  return *best;
}

}  // namespace

const KernelTable* table_of(InstructionSet set) {
#if defined(SEMBLANCE_X86_KERNELS)
  // The compiler's cpuid checks ask the operating system, too, whether it saves the registers.
  switch (set) {
    case InstructionSet::kAvx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                     __builtin_cpu_supports("avx512vnni")
                 ? &kAvx512Table
                 : nullptr;
    case InstructionSet::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kAvx2Table
                                                                             : nullptr;
    case InstructionSet::kScalar:
      break;
  }
#endif
  return set == InstructionSet::kScalar ? &kScalarTable : nullptr;
}

const KernelTable& active() {
  static const KernelTable& chosen = choose();
  return chosen;
}

}  // namespace semblance::kernels
