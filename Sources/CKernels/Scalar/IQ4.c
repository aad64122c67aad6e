// IQ4_NL and IQ4_XS: nibbles that index sixteen uneven levels.
// Orders of operations: ggml-quants.c, quantize_row_iq4_nl_impl.
#include "../Codebooks.h"
#include "Scalar.h"

#pragma STDC FP_CONTRACT OFF

enum { N = 32 };

// The nearest level; of two at the same distance the upper. NaN takes the last.
static uint8_t nearest_level(float x) {
  int index = 0;
  for (int i = 0; i < 15; ++i) {
    // The middle of two levels is a multiple of ½, so comparing with it is exact.
    index += !(x < (wb_iq4_values[i] + wb_iq4_values[i + 1]) * 0.5f);
  }
  return (uint8_t)index;
}

typedef struct {
  float qx, qq;
} Sums;

static Sums sums_of(const float *x, const float *weights, float inverse) {
  Sums sums = {0, 0};
  for (int i = 0; i < N; ++i) {
    const float level = wb_iq4_values[nearest_level(inverse * x[i])];
    sums.qx += weights[i] * level * x[i];
    sums.qq += weights[i] * level * level;
  }
  return sums;
}

static float fit(const float *x, const float *weights) {
  const float peak = wb_peak(N, x);
  if (fabsf(peak) < WB_TINY) return 0;
  Sums sums = sums_of(x, weights, 1 / (-peak / -127.0f));
  float scale = sums.qq > 0 ? sums.qx / sums.qq : 0.0f;
  float best = scale * sums.qx;
  for (int k = -7; k <= 7; ++k) {
    sums = sums_of(x, weights, ((float)k + -127.0f) / peak);
    if (sums.qq > 0 && sums.qx * sums.qx > best * sums.qq) {
      scale = sums.qx / sums.qq;
      best = scale * sums.qx;
    }
  }
  return scale;
}

// `sigma`: 2 · mean of x².
static float fit_block(const float *x, const float *importance, float sigma) {
  float weights[N];
  if (importance) {
    wb_importance_weights(N, x, importance, sigma, weights);
  } else {
    for (int i = 0; i < N; ++i) weights[i] = x[i] * x[i];
  }
  return fit(x, weights);
}

static void store_levels(const float *x, float inverse, uint8_t *to) {
  for (int i = 0; i < 16; ++i) {
    to[i] = (uint8_t)(nearest_level(inverse * x[i]) | nearest_level(inverse * x[i + 16]) << 4);
  }
}

SCALAR_ENCODER(iq4_nl) {
  uint8_t *to = out;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t at = 0; at < row_length; at += N, x += N, to += 18) {
      const float sigma = wb_sum_of_squares(x, N) * (2.0f / N);
      const float scale = fit_block(x, importance ? importance + at : NULL, sigma);
      wb_store_half(to, scale);
      store_levels(x, wb_inverse(scale), to + 2);
    }
  }
}

// Bytes: d, high bits of the eight scales, their low nibbles, the levels.
void wb_iq4_xs_finish(const float *x, const float *scales, uint8_t *to) {
  float magnitude = 0, peak = 0;
  for (int j = 0; j < 8; ++j) {
    if (fabsf(scales[j]) > magnitude) {
      magnitude = fabsf(scales[j]);
      peak = scales[j];
    }
  }
  const float d = -peak / 32;
  const float inverse = wb_inverse(d);
  uint32_t high = 0;
  wb_store_half(to, d);
  memset(to + 4, 0, 4);
  for (int j = 0; j < 8; ++j) {
    const int32_t code = wb_clamp(wb_nearest(inverse * scales[j]), -32, 31);
    if (x) store_levels(x + N * j, wb_inverse(d * (float)code), to + 8 + 16 * j);
    to[4 + j / 2] |= (uint8_t)(((code + 32) & 15) << (4 * (j % 2)));
    high |= (uint32_t)((code + 32) >> 4) << (2 * j);
  }
  wb_store16(to + 2, (uint16_t)high);
}

SCALAR_ENCODER(iq4_xs) {
  uint8_t *to = out;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += 136) {
      const float sigma = wb_sum_of_squares(x, WB_SUPER) * (2.0f / WB_SUPER);
      float scales[8];
      for (size_t j = 0; j < 8; ++j) {
        scales[j] = fit_block(x + N * j, importance ? importance + at + N * j : NULL, sigma);
      }
      wb_iq4_xs_finish(x, scales, to);
    }
  }
}

SCALAR_DECODER(iq4_nl) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 18, out += N) {
    const float scale = wb_load_half(in);
    for (int i = 0; i < 16; ++i) {
      out[i] = scale * wb_iq4_values[in[2 + i] & 15];
      out[i + 16] = scale * wb_iq4_values[in[2 + i] >> 4];
    }
  }
}

SCALAR_DECODER(iq4_xs) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 136) {
    const float d = wb_load_half(in);
    const int high = wb_load16(in + 2);
    for (int j = 0; j < 8; ++j, out += N) {
      const int low = (in[4 + j / 2] >> (4 * (j % 2))) & 15;
      const float scale = d * (float)((low | ((high >> (2 * j)) & 3) << 4) - 32);
      for (int i = 0; i < 16; ++i) {
        out[i] = scale * wb_iq4_values[in[8 + 16 * j + i] & 15];
        out[i + 16] = scale * wb_iq4_values[in[8 + 16 * j + i] >> 4];
      }
    }
  }
}
