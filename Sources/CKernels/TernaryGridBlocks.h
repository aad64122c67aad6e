// IQ1_S and IQ1_M: three levels around a shift of ±⅛. The elements are sorted and every split into
// three runs is scored; then each group takes a word of the codebook (ENC-58).
//
// Included by the scalar kernels and by the lanes. The including file defines SPLIT_ONE, SPLIT_HALVES
// and NEAREST_TERNARY, the searches of its level, and GRID_SUM.
#pragma STDC FP_CONTRACT OFF

typedef struct {
  float scale;
  uint16_t indices[4];
  int shift;
} TernaryFit;

// The levels of group `k`: in a block of two halves each group has a shift of its own.
WB_INLINE const float *ternary_levels(int count, int shift, int k) {
  const int bit = count == 32 ? shift & 1 : (shift >> (1 - k)) & 1;
  return bit ? ternary_down : ternary_up;
}

// Stable: equal elements keep their order.
WB_INLINE void sort_order(int count, const float *x, uint8_t *order) {
  for (int i = 0; i < count; ++i) {
    int at = i;
    for (; at > 0 && x[i] < x[order[at - 1]]; --at) order[at] = order[at - 1];
    order[at] = (uint8_t)i;
  }
}

static TernarySplit find_split(int count, const float *x, const float *weights, uint8_t *order) {
  // Prefix sums in sorted order; apart for the two halves where each has its own shift.
  float px[2][48] = {{0}}, pw[2][48] = {{0}};
  sort_order(count, x, order);
  for (int j = 0; j < count; ++j) {
    const int i = order[j], half = count == 32 ? 0 : i / 8;
    px[half][j + 1] = px[half][j] + weights[i] * x[i];
    px[1 - half][j + 1] = px[1 - half][j];
    pw[half][j + 1] = pw[half][j] + weights[i];
    pw[1 - half][j + 1] = pw[1 - half][j];
  }
  return count == 32 ? SPLIT_ONE(px[0], pw[0]) : SPLIT_HALVES(px, pw);
}

static float refit(
    int count, const float *x, const float *weights, const TernaryFit *fit, float scale) {
  float qx = 0, qq = 0;
  for (int i = 0; i < count; ++i) {
    const float *levels = ternary_levels(count, fit->shift, i / 8);
    const float q = levels[(wb_codebook_iq1[fit->indices[i / 8]] >> (2 * (i % 8))) & 3];
    qx += weights[i] * q * x[i];
    qq += weights[i] * q * q;
  }
  return qx > 0 && qq > 0 ? qx / qq : scale;
}

static TernaryFit fit_ternary(int count, float tiny, const float *x, const float *weights) {
  const wb_grid *grid = wb_grid_iq1();
  TernaryFit fit = {0, {0}, 0};
  uint8_t order[32], codes[32];
  float largest = fabsf(x[0]);
  for (int i = 1; i < count; ++i) largest = largest > fabsf(x[i]) ? largest : fabsf(x[i]);
  if (largest < tiny) return fit;
  const TernarySplit split = find_split(count, x, weights, order);
  if (split.first < 0) return fit;
  for (int j = 0; j < count; ++j) codes[order[j]] = (uint8_t)((j >= split.first) + (j >= split.second));
  fit.scale = split.scale;
  fit.shift = split.shift;
  if (fit.scale < 0) {
    for (int i = 0; i < count; ++i) codes[i] = (uint8_t)(2 - codes[i]);
    fit.scale = -fit.scale;
    fit.shift ^= count == 32 ? 1 : 3;
  }
  bool off = false;
  for (int k = 0; k < count / 8; ++k) {
    uint32_t word = 0;
    for (int i = 0; i < 8; ++i) word |= (uint32_t)codes[8 * k + i] << (2 * i);
    if (grid->map[word] < 0) {
      off = true;
      const uint16_t *list = grid->neighbours + (-1 - grid->map[word]);
      word = NEAREST_TERNARY(
          list, x + 8 * k, weights + 8 * k, fit.scale, ternary_levels(count, fit.shift, k));
    }
    fit.indices[k] = (uint16_t)grid->map[word];
  }
  if (off) fit.scale = refit(count, x, weights, &fit, fit.scale);
  return fit;
}

WB_INLINE float ternary_peak(int subs, const TernaryFit *fits) {
  float peak = 0;
  for (int j = 0; j < subs; ++j) peak = peak > fits[j].scale ? peak : fits[j].scale;
  return peak;
}

WB_INLINE int32_t ternary_scale_code(float inverse, float scale) {
  return wb_clamp(wb_nearest(0.5f * (inverse * scale - 1)), 0, 7);
}

static void encode_iq1_s(const float *x, const float *importance, uint8_t *to) {
  const float sigma = 2 * GRID_SUM(x) / WB_SUPER;
  TernaryFit fits[8];
  for (int j = 0; j < 8; ++j) {
    float weights[32];
    grid_weights(
        32, x + 32 * j, importance ? importance + 32 * j : NULL, sigma, EVEN_IMPORTANCE, weights);
    fits[j] = fit_ternary(32, 1e-12f, x + 32 * j, weights);
  }
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
static void encode_iq1_m(const float *x, const float *importance, uint8_t *to) {
  const float sigma = 2 * GRID_SUM(x) / WB_SUPER;
  TernaryFit fits[16];
  float weights[WB_SUPER];
  for (int j = 0; j < 16; ++j) {
    grid_weights(
        16, x + 16 * j, importance ? importance + 16 * j : NULL, sigma, SQUARES, weights + 16 * j);
    fits[j] = fit_ternary(16, 1e-7f, x + 16 * j, weights + 16 * j);
  }
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

#define TERNARY_ENCODER(bytes, encode)                                                \
  uint8_t *to = out;                                                                  \
  for (size_t row = 0; row < rows; ++row) {                                           \
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += bytes) { \
      encode(x, importance ? importance + at : NULL, to);                             \
    }                                                                                 \
  }
