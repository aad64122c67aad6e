#include "../Packing.h"
#include "../Scalar/Scalar.h"

#if WB_X86
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,f16c"))), apply_to = function)
#define LANES(name) wb_avx2_##name
#define LANES_HALF 1
#define LANES_CONVERT(value) convert_avx2(value)
#define LANES_MASK(mask) mask_avx2(mask)

typedef float avx2_floats __attribute__((ext_vector_type(16)));
typedef int32_t avx2_integers __attribute__((ext_vector_type(16)));
typedef int32_t avx2_half __attribute__((ext_vector_type(8)));

WB_INLINE avx2_integers convert_avx2(avx2_floats value) {
  avx2_integers result;
  result.lo = ((avx2_half)(_mm256_cvttps_epi32(((__m256)(value.lo)))));
  result.hi = ((avx2_half)(_mm256_cvttps_epi32(((__m256)(value.hi)))));
  return result;
}

WB_INLINE uint32_t mask_avx2(avx2_integers mask) {
  return (uint32_t)_mm256_movemask_ps(((__m256)(mask.lo)))
         | (uint32_t)_mm256_movemask_ps(((__m256)(mask.hi))) << 8;
}

#include "Kernels.h"
#pragma clang attribute pop
#endif
