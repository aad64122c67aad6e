// What every CPU has: SSE2 on x86-64, NEON on aarch64.
#include "../Grids.h"
#include "../Packing.h"
#include "../Scalar/Scalar.h"

#define LANES(name) wb_portable_##name
#if defined(__aarch64__)
#define LANES_HALF 1
#else
#define LANES_HALF 0
#endif
#include "Kernels.h"
