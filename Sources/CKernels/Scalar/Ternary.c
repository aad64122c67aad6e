// Q1_0, Q2_0, TQ1_0, TQ2_0: signs and ternary values under one half scale. Importance has no effect.
// Orders of operations: ggml-quants.c, quantize_row_q1_0_ref, _q2_0_ref, _tq1_0_ref and _tq2_0_ref.
#include "Scalar.h"

#pragma STDC FP_CONTRACT OFF

static float largest(size_t count, const float *x) {
  float magnitude = 0;
  for (size_t i = 0; i < count; ++i) magnitude = magnitude > fabsf(x[i]) ? magnitude : fabsf(x[i]);
  return magnitude;
}

// Half away from zero; what is no number, or does not fit, becomes 0 as the low bits of INT64_MIN.
WB_INLINE int32_t round_away(float value) {
  if (!(fabsf(value) < 0x1p31f)) return 0;
  return (int32_t)roundf(value);
}

SCALAR_ENCODER(q1_0) {
  (void)importance;
  uint8_t *to = out;
  for (size_t block = 0; block < rows * row_length / 128; ++block, x += 128, to += 18) {
    float sum = 0;
    for (int i = 0; i < 128; ++i) sum += fabsf(x[i]);
    wb_store_half(to, sum / 128);
    memset(to + 2, 0, 16);
    for (int i = 0; i < 128; ++i) to[2 + i / 8] |= (uint8_t)((x[i] >= 0) << (i % 8));
  }
}

SCALAR_DECODER(q1_0) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 18, out += 128) {
    const float d = wb_load_half(in);
    for (int i = 0; i < 128; ++i) out[i] = (in[2 + i / 8] >> (i % 8)) & 1 ? d : -d;
  }
}

SCALAR_ENCODER(q2_0) {
  (void)importance;
  uint8_t *to = out;
  for (size_t block = 0; block < rows * row_length / 64; ++block, x += 64, to += 18) {
    float d = 0;
    for (int i = 0; i < 64; ++i) d = fabsf(x[i]) > d ? fabsf(x[i]) : d;
    const float inverse = d > 0 ? 1.0f / d : 0.0f;
    wb_store_half(to, d);
    memset(to + 2, 0, 16);
    for (int i = 0; i < 64; ++i) {
      const float rounded = roundf(x[i] * inverse);
      const int code = fabsf(rounded) <= 1 ? (int)rounded + 1 : 0;  // 0 also for infinity
      to[2 + i / 4] |= (uint8_t)(code << (2 * (i % 4)));
    }
  }
}

SCALAR_DECODER(q2_0) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 18, out += 64) {
    const float d = wb_load_half(in);
    for (int i = 0; i < 64; ++i) out[i] = (float)(((in[2 + i / 4] >> (2 * (i % 4))) & 3) - 1) * d;
  }
}

// TQ1_0 stores `bytes` bytes of five trits each, the first the most significant, of elements that
// are `bytes` apart; the last four bytes hold four trits. A byte is the fraction of 256 that the
// number of base 3 is of 243, rounded up.
typedef struct {
  int bytes, trits, at;
} TritGroup;

static const TritGroup trit_groups[3] = {{32, 5, 0}, {16, 5, 32}, {4, 4, 48}};

SCALAR_ENCODER(tq1_0) {
  (void)importance;
  uint8_t *to = out;
  for (size_t block = 0; block < rows * row_length / WB_SUPER; ++block, to += 54) {
    const float d = largest(WB_SUPER, x);
    const float inverse = wb_inverse(d);
    wb_store_half(to + 52, d);
    for (int g = 0; g < 3; ++g) {
      const TritGroup group = trit_groups[g];
      for (int i = 0; i < group.bytes; ++i) {
        uint8_t number = 0;
        for (int n = 0; n < group.trits; ++n) {
          const int32_t trit = round_away(x[i + n * group.bytes] * inverse) + 1;
          number = (uint8_t)(number * 3 + trit);
        }
        if (group.trits == 4) number = (uint8_t)(number * 3);
        to[group.at + i] = (uint8_t)((number * 256 + 242) / 243);
      }
      x += group.bytes * group.trits;
    }
  }
}

SCALAR_DECODER(tq1_0) {
  static const uint8_t powers[5] = {1, 3, 9, 27, 81};
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 54) {
    const float d = wb_load_half(in + 52);
    for (int g = 0; g < 3; ++g) {
      const TritGroup group = trit_groups[g];
      for (int n = 0; n < group.trits; ++n) {
        for (int i = 0; i < group.bytes; ++i) {
          const uint8_t shifted = (uint8_t)(in[group.at + i] * powers[n]);
          *out++ = (float)((shifted * 3 >> 8) - 1) * d;
        }
      }
    }
  }
}

SCALAR_ENCODER(tq2_0) {
  (void)importance;
  uint8_t *to = out;
  for (size_t block = 0; block < rows * row_length / WB_SUPER; ++block, x += WB_SUPER, to += 66) {
    const float d = largest(WB_SUPER, x);
    const float inverse = wb_inverse(d);
    wb_store_half(to + 64, d);
    for (int i = 0; i < 64; ++i) {
      const float *from = x + 128 * (i / 32) + i % 32;
      uint8_t byte = 0;
      for (int n = 0; n < 4; ++n) {
        byte |= (uint8_t)(((round_away(from[32 * n] * inverse) + 1) & 3) << (2 * n));
      }
      to[i] = byte;
    }
  }
}

SCALAR_DECODER(tq2_0) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 66) {
    const float d = wb_load_half(in + 64);
    for (int i = 0; i < WB_SUPER; ++i) {
      const int code = (in[32 * (i / 128) + i % 32] >> (2 * (i % 128 / 32))) & 3;
      *out++ = (float)(code - 1) * d;
    }
  }
}
