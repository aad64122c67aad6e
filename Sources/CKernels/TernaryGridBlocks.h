// IQ1_S and IQ1_M: three levels around a shift of ±⅛ (ENC-58). What the scalar kernels and the lanes
// share: how the fits of a super-block's sub-blocks are stored.
#pragma STDC FP_CONTRACT OFF

typedef struct {
  float scale;
  uint16_t indices[4];
  int shift;  // one bit a half, set for −⅛; the first half's is bit 1
} TernaryFit;

static const float ternary_up[4] = {-0.875f, 0.125f, 1.125f, 0};
static const float ternary_down[4] = {-1.125f, -0.125f, 0.875f, 0};

// The levels of group `k`: in a block of two halves each group has a shift of its own.
WB_INLINE const float *ternary_levels(int count, int shift, int k) {
  const int bit = count == 32 ? shift & 1 : (shift >> (1 - k)) & 1;
  return bit ? ternary_down : ternary_up;
}

WB_INLINE float ternary_peak(int subs, const TernaryFit *fits) {
  float peak = 0;
  for (int j = 0; j < subs; ++j) peak = peak > fits[j].scale ? peak : fits[j].scale;
  return peak;
}

WB_INLINE int32_t ternary_scale_code(float inverse, float scale) {
  return wb_clamp(wb_nearest(0.5f * (inverse * scale - 1)), 0, 7);
}

GRID_INLINE void store_iq1_s(const TernaryFit *fits, uint8_t *to) {
  memset(to, 0, 50);
  const float peak = ternary_peak(8, fits);
  const float d = peak / 15;
  const float inverse = 1 / d;
  if (peak != 0) wb_store_half(to, d * 1.125f);
  for (int j = 0; j < 8; ++j) {
    uint32_t word = 0;
    for (int k = 0; k < 4; ++k) {
      to[2 + 4 * j + k] = (uint8_t)fits[j].indices[k];
      word |= (uint32_t)(fits[j].indices[k] >> 8) << (3 * k);
    }
    if (peak != 0) {
      word |= (uint32_t)ternary_scale_code(inverse, fits[j].scale) << 12;
      word |= (uint32_t)(fits[j].shift & 1) << 15;
    }
    wb_store16(to + 34 + 2 * j, (uint16_t)word);
  }
}

// The block's scale is fitted once more, now that all codes are known.
GRID_INLINE void store_iq1_m(
    const float *x, const float *weights, const TernaryFit *fits, uint8_t *to) {
  memset(to, 0, 56);
  for (int j = 0; j < 16; ++j) {
    to[2 * j] = (uint8_t)fits[j].indices[0];
    to[2 * j + 1] = (uint8_t)fits[j].indices[1];
    to[32 + j] = (uint8_t)(fits[j].indices[0] >> 8 | (fits[j].indices[1] >> 8) << 4);
  }
  const float peak = ternary_peak(16, fits);
  if (peak == 0) return;
  float d = peak / 15;
  const float inverse = 1 / d;
  float qx = 0, qq = 0;
  uint16_t scales[4] = {0};
  for (int j = 0; j < 16; ++j) {
    const int32_t code = ternary_scale_code(inverse, fits[j].scale);
    scales[j / 4] |= (uint16_t)(code << (3 * (j % 4)));
    to[32 + j] |= (uint8_t)((fits[j].shift & 1) << 7 | (fits[j].shift >> 1) << 3);
    for (int i = 0; i < 16; ++i) {
      const float *levels = ternary_levels(16, fits[j].shift, i / 8);
      const int level = (wb_codebook_iq1[fits[j].indices[i / 8]] >> (2 * (i % 8))) & 3;
      const float q = levels[level] * (float)(2 * code + 1), weight = weights[16 * j + i];
      qx += weight * q * x[16 * j + i];
      qq += weight * q * q;
    }
  }
  if (qq > 0) d = qx / qq;
  const uint32_t half = wb_float_to_half(d * 1.1125f);
  for (int j = 0; j < 4; ++j) {
    wb_store16(to + 48 + 2 * j, (uint16_t)(scales[j] | ((half >> (4 * j)) & 15) << 12));
  }
}
