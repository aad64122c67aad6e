#include "../Grids.h"
#include "../Packing.h"
#include "../Scalar/Scalar.h"

#if WB_X86
#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,f16c"))), apply_to = function)
#define LANES(name) wb_avx512_##name
#define LANES_HALF 1
#define LANES_BYTES 1
#define LANES_CONVERT(value) ((vi)(_mm512_cvttps_epi32(((__m512)(value)))))
#define LANES_MASK(mask) ((uint32_t)_mm512_movepi32_mask(((__m512i)(mask))))
#define LANES_LOOKUP(table, index) \
  ((vf)(_mm512_permutexvar_ps(((__m512i)(index)), ((__m512)(table)))))
#include "Kernels.h"
#pragma clang attribute pop
#endif
