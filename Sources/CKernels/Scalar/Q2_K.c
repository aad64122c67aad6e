// Q2_K: sixteen sub-blocks of 16, each with a 4-bit scale and a 4-bit minimum.
//
//   0        16                             80  82    84
//   ├ scales ┼ codes, four to a byte ───────┼ d ┼ dmin ┤   scales: low nibble scale, high minimum
// Orders of operations: ggml-quants.c, quantize_row_q2_K_ref; with importance quantize_row_q2_K_impl.
#include "../Packing.h"
#include "Scalar.h"

#pragma STDC FP_CONTRACT OFF

enum { SUBS = 16, N = 16, BYTES = 84, CODES = 16, D = 80, DMIN = 82 };

static void encode_block(const float *x, const float *importance, uint8_t *to) {
  uint8_t codes[WB_SUPER];
  float scales[SUBS], minimums[SUBS], sums[SUBS], weights[N];
  const float sigma = importance ? wb_sum_of_squares(x, WB_SUPER) / WB_SUPER : 0;
  for (int j = 0; j < SUBS; ++j) {
    const float *sub = x + N * j;
    wb_search search = {-0.5f, 0.1f, 15, true};
    if (importance) {
      search = (wb_search){-0.9f, 0.05f, 36, false};
      wb_importance_weights(N, sub, importance + N * j, sigma, weights);
    } else {
      for (int i = 0; i < N; ++i) weights[i] = fabsf(sub[i]);
    }
    sums[j] = 0;
    for (int i = 0; i < N; ++i) sums[j] += weights[i];
    scales[j] = wb_fit_affine(N, 3, sub, weights, codes + N * j, &minimums[j], search);
  }
  if (importance) {
    uint8_t scale_codes[SUBS], minimum_codes[SUBS];
    wb_store_half(to + D, wb_fit_positive(SUBS, 15, scales, sums, scale_codes));
    wb_store_half(to + DMIN, wb_fit_positive(SUBS, 15, minimums, sums, minimum_codes));
    for (int j = 0; j < SUBS; ++j) to[j] = (uint8_t)(scale_codes[j] | minimum_codes[j] << 4);
  } else {
    wb_plain_four_bit_head(scales, minimums, to);
  }
  for (int j = 0; j < SUBS; ++j) {
    const float scale = wb_load_half(to + D) * (float)(to[j] & 15);
    if (scale == 0) continue;  // the codes of the fit stay
    const float minimum = wb_load_half(to + DMIN) * (float)(to[j] >> 4);
    for (int i = 0; i < N; ++i) {
      codes[N * j + i] = (uint8_t)wb_clamp(wb_nearest((x[N * j + i] + minimum) / scale), 0, 3);
    }
  }
  for (int i = 0; i < 64; ++i) {
    const uint8_t *from = codes + 128 * (i / 32) + i % 32;
    to[CODES + i] = (uint8_t)(from[0] | from[32] << 2 | from[64] << 4 | from[96] << 6);
  }
}

SCALAR_ENCODER(q2_k) {
  uint8_t *to = out;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += BYTES) {
      encode_block(x, importance ? importance + at : NULL, to);
    }
  }
}

SCALAR_DECODER(q2_k) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += BYTES, out += WB_SUPER) {
    const float d = wb_load_half(in + D), dmin = wb_load_half(in + DMIN);
    for (int i = 0; i < WB_SUPER; ++i) {
      const int code = (in[CODES + 32 * (i / 128) + i % 32] >> (2 * (i % 128 / 32))) & 3;
      const float scale = d * (float)(in[i / N] & 15), minimum = dmin * (float)(in[i / N] >> 4);
      out[i] = scale * (float)code - minimum;
    }
  }
}
