// Q3_K: sixteen sub-blocks of 16, each with a 6-bit scale.
//
//   0           32                        96        108 110
//   ├ high bits ┼ low codes, four a byte ─┼ scales ──┼ d ┤
// Orders of operations: ggml-quants.c, quantize_row_q3_K_ref; with importance quantize_row_q3_K_impl.
#include "../Packing.h"
#include "Scalar.h"

#pragma STDC FP_CONTRACT OFF

enum { SUBS = 16, N = 16, BYTES = 110, LOW = 32, SCALES = 96, D = 108 };

// Rounds by the peak, then moves one code at a time while the weighted fit (weight x²) gets better;
// at most five rounds. Codes are offset by 4.
// ggml-quants.c, make_q3_quants.
float wb_fit_q3(const float *x, int8_t *codes) {
  const float peak = wb_peak(N, x);
  if (fabsf(peak) < WB_TINY) {
    memset(codes, 0, N);
    return 0;
  }
  const float inverse = -4.0f / peak;
  float xl = 0, ll = 0;
  for (int i = 0; i < N; ++i) {
    const float weight = x[i] * x[i];
    codes[i] = (int8_t)wb_clamp(wb_nearest(inverse * x[i]), -4, 3);
    xl += weight * x[i] * (float)codes[i];
    ll += weight * (float)codes[i] * (float)codes[i];
  }
  for (int round = 0; round < 5; ++round) {
    bool changed = false;
    for (int i = 0; i < N; ++i) {
      const float weight = x[i] * x[i], old = (float)codes[i];
      float new_xl = xl - weight * x[i] * old;
      if (!(new_xl > 0)) continue;
      float new_ll = ll - weight * old * old;
      const int32_t code = wb_clamp(wb_nearest(x[i] * new_ll / new_xl), -4, 3);
      if (code == codes[i]) continue;
      new_xl += weight * x[i] * (float)code;
      new_ll += weight * (float)code * (float)code;
      if (new_ll > 0 && new_xl * new_xl * ll > xl * xl * new_ll) {
        codes[i] = (int8_t)code;
        xl = new_xl;
        ll = new_ll;
        changed = true;
      }
    }
    if (!changed) break;
  }
  for (int i = 0; i < N; ++i) codes[i] = (int8_t)(codes[i] + 4);
  return ll > 0 ? xl / ll : 0.0f;
}

static void weighted_head(const float *x, const float *importance, int8_t *codes, uint8_t *to) {
  float scales[SUBS], sums[SUBS], weights[N];
  const float sigma = 2 * wb_sum_of_squares(x, WB_SUPER) / WB_SUPER;
  for (int j = 0; j < SUBS; ++j) {
    wb_importance_weights(N, x + N * j, importance + N * j, sigma, weights);
    sums[j] = 0;
    for (int i = 0; i < N; ++i) sums[j] += weights[i];
    scales[j] = wb_fit_symmetric(N, 4, x + N * j, weights, codes + N * j);
  }
  int8_t scale_codes[SUBS];
  const float d = wb_fit_symmetric(SUBS, 32, scales, sums, scale_codes);
  wb_pack_q3_scales((const uint8_t *)scale_codes, to + SCALES);
  wb_store_half(to + D, d);
}

static void encode_block(const float *x, const float *importance, uint8_t *to) {
  int8_t codes[WB_SUPER], scale_codes[SUBS];
  if (importance) {
    weighted_head(x, importance, codes, to);
  } else {
    float scales[SUBS];
    for (int j = 0; j < SUBS; ++j) scales[j] = wb_fit_q3(x + N * j, codes + N * j);
    wb_plain_q3_head(scales, to);
  }
  wb_unpack_q3_scales(to + SCALES, scale_codes);
  const float d = wb_load_half(to + D);
  for (int j = 0; j < SUBS; ++j) {
    const float scale = d * (float)scale_codes[j];
    if (scale == 0) continue;  // the codes of the fit stay
    for (int i = 0; i < N; ++i) {
      codes[N * j + i] = (int8_t)(wb_clamp(wb_nearest(x[N * j + i] / scale), -4, 3) + 4);
    }
  }
  memset(to, 0, LOW);
  for (int i = 0; i < WB_SUPER; ++i) to[i % 32] |= (uint8_t)((codes[i] >> 2) << (i / 32));
  for (int i = 0; i < 64; ++i) {
    const int8_t *from = codes + 128 * (i / 32) + i % 32;
    to[LOW + i] =
        (uint8_t)((from[0] & 3) | (from[32] & 3) << 2 | (from[64] & 3) << 4 | (from[96] & 3) << 6);
  }
}

SCALAR_ENCODER(q3_k) {
  uint8_t *to = out;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += BYTES) {
      encode_block(x, importance ? importance + at : NULL, to);
    }
  }
}

SCALAR_DECODER(q3_k) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += BYTES, out += WB_SUPER) {
    int8_t scales[SUBS];
    wb_unpack_q3_scales(in + SCALES, scales);
    const float d = wb_load_half(in + D);
    for (int i = 0; i < WB_SUPER; ++i) {
      const int low = (in[LOW + 32 * (i / 128) + i % 32] >> (2 * (i % 128 / 32))) & 3;
      const int high = (in[i % 32] >> (i / 32)) & 1;
      const float scale = d * (float)scales[i / N];
      out[i] = scale * (float)(low + 4 * high - 4);
    }
  }
}
