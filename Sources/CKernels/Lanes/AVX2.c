#include "../Grids.h"
#include "../Packing.h"
#include "../Scalar/Scalar.h"

#if WB_X86
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,f16c"))), apply_to = function)
#define LANES(name) wb_avx2_##name
#define LANES_HALF 1
#define LANES_BYTES 1
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

#define LANES_LOOKUP(table, index) lookup_avx2(table, index)
#define LANES_LOOKUP8(table, index) lookup8_avx2(table, index)

WB_INLINE __m256 lookup_half(__m256 low, __m256 high, __m256i index) {
  const __m256 upper = _mm256_castsi256_ps(_mm256_slli_epi32(index, 28));  // bit 3 as the sign
  return _mm256_blendv_ps(
      _mm256_permutevar8x32_ps(low, index), _mm256_permutevar8x32_ps(high, index), upper);
}

typedef float avx2_half_floats __attribute__((ext_vector_type(8)));

WB_INLINE avx2_floats lookup_avx2(avx2_floats table, avx2_integers index) {
  const __m256 low = (__m256)table.lo, high = (__m256)table.hi;
  avx2_floats result;
  result.lo = (avx2_half_floats)lookup_half(low, high, (__m256i)index.lo);
  result.hi = (avx2_half_floats)lookup_half(low, high, (__m256i)index.hi);
  return result;
}

WB_INLINE avx2_floats lookup8_avx2(avx2_floats table, avx2_integers index) {
  const __m256 low = (__m256)table.lo;
  avx2_floats result;
  result.lo = (avx2_half_floats)_mm256_permutevar8x32_ps(low, (__m256i)index.lo);
  result.hi = (avx2_half_floats)_mm256_permutevar8x32_ps(low, (__m256i)index.hi);
  return result;
}

#include "Kernels.h"
#pragma clang attribute pop
#endif
