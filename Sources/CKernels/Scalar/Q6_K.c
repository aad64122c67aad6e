// Q6_K: sixteen sub-blocks of 16, each with a signed 8-bit scale.
// Orders of operations: ggml-quants.c, quantize_row_q6_K_ref; with importance quantize_row_q6_K_impl.
#include "../Packing.h"
#include "Scalar.h"

#pragma STDC FP_CONTRACT OFF

enum { SUBS = 16, N = 16, BYTES = 210, HIGH = 128, SCALES = 192, D = 208 };

// Halves of 128: low nibbles of elements l and l + 64 share a byte; two high bits of l, l + 32,
// l + 64, l + 96 share a byte.
static void pack(const uint8_t *codes, uint8_t *to) {
  for (int half = 0; half < 2; ++half, codes += 128) {
    uint8_t *low = to + 64 * half, *high = to + HIGH + 32 * half;
    for (int i = 0; i < 64; ++i) low[i] = (uint8_t)((codes[i] & 15) | (codes[i + 64] & 15) << 4);
    for (int i = 0; i < 32; ++i) {
      high[i] = (uint8_t)(codes[i] >> 4 | (codes[i + 32] >> 4) << 2 | (codes[i + 64] >> 4) << 4
                          | (codes[i + 96] >> 4) << 6);
    }
  }
}

static void encode_block(const float *x, const float *importance, uint8_t *to) {
  uint8_t codes[WB_SUPER];
  float scales[SUBS];
  for (int j = 0; j < SUBS; ++j) {
    scales[j] = wb_fit_symmetric(
        N, 32, x + N * j, importance ? importance + N * j : NULL, (int8_t *)codes + N * j);
  }
  if (!wb_q6_head(scales, to)) {
    memset(to, 0, BYTES);
    return;
  }
  const float d = wb_load_half(to + D);
  for (int j = 0; j < SUBS; ++j) {
    const float scale = d * (float)(int8_t)to[SCALES + j];
    if (scale == 0) continue;
    for (int i = 0; i < N; ++i) {
      codes[N * j + i] = (uint8_t)(wb_clamp(wb_nearest(x[N * j + i] / scale), -32, 31) + 32);
    }
  }
  pack(codes, to);
}

SCALAR_ENCODER(q6_k) {
  uint8_t *to = out;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += BYTES) {
      encode_block(x, importance ? importance + at : NULL, to);
    }
  }
}

SCALAR_DECODER(q6_k) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += BYTES, out += WB_SUPER) {
    const float d = wb_load_half(in + D);
    for (int i = 0; i < WB_SUPER; ++i) {
      const int half = i / 128, quarter = i % 128 / 32, column = i % 32;
      const int low = (in[64 * half + i % 64] >> (4 * (quarter / 2))) & 15;
      const int high = (in[HIGH + 32 * half + column] >> (2 * quarter)) & 3;
      const float scale = d * (float)(int8_t)in[SCALES + i / N];
      out[i] = scale * (float)((low | high << 4) - 32);
    }
  }
}
