// Q4_K and Q5_K: eight sub-blocks of 32, each with a 6-bit scale and a 6-bit minimum.
// Orders of operations: ggml-quants.c, quantize_row_q4_K_ref and _q5_K_ref; with importance _impl.
#include "../Packing.h"
#include "Scalar.h"

#pragma STDC FP_CONTRACT OFF

enum { SUBS = 8, N = 32 };

static void weighted_scales(
    const float *scales, const float *minimums, const float *sums, int limit, uint8_t *head) {
  uint8_t scale_codes[SUBS], minimum_codes[SUBS];
  const float scale = wb_fit_positive(SUBS, 63, scales, sums, scale_codes);
  const float minimum = wb_fit_positive(SUBS, 63, minimums, sums, minimum_codes);
  for (int j = 0; j < SUBS && limit == 31; ++j) {
    if (scale_codes[j] > 63) scale_codes[j] = 63;
    if (minimum_codes[j] > 63) minimum_codes[j] = 63;
  }
  wb_store_half(head, scale);
  wb_store_half(head + 2, minimum);
  wb_pack_six_bits(scale_codes, minimum_codes, head + 4);
}

// Fits the sub-blocks, writes the head (d, dmin, packed scales), and rounds to the stored scales.
static void encode_codes(
    const float *x, const float *importance, int limit, wb_search plain, uint8_t *head,
    uint8_t *codes) {
  float scales[SUBS], minimums[SUBS], sums[SUBS], weights[N];
  const float sigma = importance ? 2 * wb_sum_of_squares(x, WB_SUPER) / WB_SUPER : 0;
  for (int j = 0; j < SUBS; ++j) {
    const float *sub = x + N * j;
    wb_search search = plain;
    if (importance) {
      wb_importance_weights(N, sub, importance + N * j, sigma, weights);
      sums[j] = 0;
      for (int i = 0; i < N; ++i) sums[j] += weights[i];
      search = (wb_search){-0.9f, 0.05f, 36, false};
    } else {
      const float mean = sqrtf(wb_sum_of_squares(sub, N) / N);
      for (int i = 0; i < N; ++i) weights[i] = mean + fabsf(sub[i]);
    }
    scales[j] = wb_fit_affine(N, limit, sub, weights, codes + N * j, &minimums[j], search);
  }
  if (importance) {
    weighted_scales(scales, minimums, sums, limit, head);
  } else {
    wb_plain_six_bit_head(scales, minimums, head);
  }
  uint8_t scale_codes[SUBS], minimum_codes[SUBS];
  wb_unpack_six_bits(head + 4, scale_codes, minimum_codes);
  for (int j = 0; j < SUBS; ++j) {
    const float scale = wb_load_half(head) * (float)scale_codes[j];
    if (scale == 0) continue;  // the codes of the fit stay
    const float minimum = wb_load_half(head + 2) * (float)minimum_codes[j];
    for (int i = 0; i < N; ++i) {
      codes[N * j + i] = (uint8_t)wb_clamp(wb_nearest((x[N * j + i] + minimum) / scale), 0, limit);
    }
  }
}

// Sub-blocks 2k and 2k + 1 share 32 bytes: low nibbles and high nibbles.
static void pack_nibbles(const uint8_t *codes, uint8_t *to) {
  for (int pair = 0; pair < 4; ++pair) {
    for (int i = 0; i < N; ++i) {
      to[N * pair + i] =
          (uint8_t)((codes[64 * pair + i] & 15) | (codes[64 * pair + N + i] & 15) << 4);
    }
  }
}

SCALAR_ENCODER(q4_k) {
  uint8_t *to = out;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += 144) {
      uint8_t codes[WB_SUPER];
      const wb_search search = {-1.0f, 0.1f, 20, false};
      encode_codes(x, importance ? importance + at : NULL, 15, search, to, codes);
      pack_nibbles(codes, to + 16);
    }
  }
}

SCALAR_ENCODER(q5_k) {
  uint8_t *to = out;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += 176) {
      uint8_t codes[WB_SUPER];
      const wb_search search = {-0.5f, 0.1f, 15, false};
      encode_codes(x, importance ? importance + at : NULL, 31, search, to, codes);
      // Byte i of the fifth bits: bit j belongs to element i of sub-block j.
      for (int i = 0; i < N; ++i) {
        uint8_t bits = 0;
        for (int j = 0; j < SUBS; ++j) bits |= (uint8_t)((codes[N * j + i] >> 4) << j);
        to[16 + i] = bits;
      }
      pack_nibbles(codes, to + 48);
    }
  }
}

// `fifth` null: four bits.
static void decode_super_block(
    const uint8_t *in, const uint8_t *fifth, const uint8_t *nibbles, float *out) {
  const float d = wb_load_half(in), dmin = wb_load_half(in + 2);
  uint8_t scales[SUBS], minimums[SUBS];
  wb_unpack_six_bits(in + 4, scales, minimums);
  for (int j = 0; j < SUBS; ++j) {
    const float scale = d * (float)scales[j], minimum = dmin * (float)minimums[j];
    for (int i = 0; i < N; ++i) {
      const int low = (nibbles[N * (j / 2) + i] >> (4 * (j % 2))) & 15;
      const int code = low + (fifth ? ((fifth[i] >> j) & 1) << 4 : 0);
      out[N * j + i] = scale * (float)code - minimum;
    }
  }
}

SCALAR_DECODER(q4_k) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 144, out += WB_SUPER) {
    decode_super_block(in, NULL, in + 16, out);
  }
}

SCALAR_DECODER(q5_k) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 176, out += WB_SUPER) {
    decode_super_block(in, in + 16, in + 48, out);
  }
}
