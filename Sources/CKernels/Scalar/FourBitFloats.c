// MXFP4 and NVFP4: elements of E2M1 under a shared scale. Importance has no effect.
// Orders of operations: ggml-quants.c, quantize_row_mxfp4_ref and quantize_row_nvfp4_ref.
#include "../Codebooks.h"
#include "Scalar.h"

#pragma STDC FP_CONTRACT OFF

// The first of the nearest values of E2M1.
static uint8_t nearest_e2m1(float x, float scale) {
  int index = 0;
  float best = fabsf(wb_e2m1_values[0] * scale - x);
  for (int i = 1; i < 16; ++i) {
    const float error = fabsf(wb_e2m1_values[i] * scale - x);
    if (error < best) {
      best = error;
      index = i;
    }
  }
  return (uint8_t)index;
}

static float largest(size_t count, const float *x) { return fabsf(wb_peak(count, x)); }

uint8_t wb_mxfp4_exponent(float value) {
  if (!(value > 0)) return 0;
  uint32_t bits = wb_bits(value);
  if (bits >= 0x7f800000) return 0;
  int exponent = (int)(bits >> 23) - 127;
  uint32_t significand = (bits & 0x7fffff) | 0x800000;
  if (exponent == -127) {
    const int shift = __builtin_clz(bits) - 8;
    significand = bits << shift;
    exponent = -126 - shift;
  }
  // The format takes the logarithm as a float: just below a power of two it rounds up to it.
  const uint32_t size = (uint32_t)(exponent >= 0 ? exponent : -exponent - 1);
  const uint32_t reach = size ? (44u << (31 - __builtin_clz(size))) >> 6 : 0;
  if (significand >= 0x1000000 - reach) ++exponent;
  return (uint8_t)(exponent - 2 + 127);
}

uint8_t wb_ue4m3(float value) {
  if (!(value > 0)) return 0;
  if (value > 448) value = 448;
  const uint32_t bits = wb_bits(value);
  const int exponent = (int)(bits >> 23) - 127 + 7;
  if (exponent <= 0) {
    const int mantissa = (int)(value * 512 + 0.5f);
    return (uint8_t)(mantissa > 7 ? 7 : mantissa);
  }
  // Half of a unit rounds up, whatever follows it.
  const uint32_t code = (uint32_t)exponent << 3 | ((bits >> 20) & 7);
  const uint32_t rounded = code + ((bits >> 19) & 1);
  return (uint8_t)(exponent >= 15 || rounded >= 0x78 ? 0x7e : rounded);
}

SCALAR_ENCODER(mxfp4) {
  (void)importance;
  uint8_t *to = out;
  for (size_t block = 0; block < rows * row_length / 32; ++block, x += 32, to += 17) {
    to[0] = wb_mxfp4_exponent(largest(32, x));
    const float scale = wb_half_power(to[0]);
    for (int i = 0; i < 16; ++i) {
      to[1 + i] = (uint8_t)(nearest_e2m1(x[i], scale) | nearest_e2m1(x[i + 16], scale) << 4);
    }
  }
}

SCALAR_DECODER(mxfp4) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 17, out += 32) {
    const float scale = wb_half_power(in[0]);
    for (int i = 0; i < 16; ++i) {
      out[i] = wb_e2m1_values[in[1 + i] & 15] * scale;
      out[i + 16] = wb_e2m1_values[in[1 + i] >> 4] * scale;
    }
  }
}

SCALAR_ENCODER(nvfp4) {
  (void)importance;
  uint8_t *to = out;
  for (size_t block = 0; block < rows * row_length / 64; ++block, to += 36) {
    for (int group = 0; group < 4; ++group, x += 16) {
      to[group] = wb_ue4m3(largest(16, x) / 6.0f);
      const float scale = wb_half_ue4m3(to[group]);
      for (int i = 0; i < 8; ++i) {
        to[4 + 8 * group + i] =
            (uint8_t)(nearest_e2m1(x[i], scale) | nearest_e2m1(x[i + 8], scale) << 4);
      }
    }
  }
}

SCALAR_DECODER(nvfp4) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 36) {
    for (int group = 0; group < 4; ++group, out += 16) {
      const float scale = wb_half_ue4m3(in[group]);
      for (int i = 0; i < 8; ++i) {
        out[i] = wb_e2m1_values[in[4 + 8 * group + i] & 15] * scale;
        out[i + 8] = wb_e2m1_values[in[4 + 8 * group + i] >> 4] * scale;
      }
    }
  }
}
