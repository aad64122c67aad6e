// Encodings that are only read: intermediates of dot products, and what old files hold.
#include "Scalar.h"

#pragma STDC FP_CONTRACT OFF

// half d, half sum, 32 signed bytes.
WB_DECODER(q8_1) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 36, out += 32) {
    const float d = wb_load_half(in);
    for (int i = 0; i < 32; ++i) out[i] = (float)(int8_t)in[4 + i] * d;
  }
}

// single d, 256 signed bytes, sixteen sums.
WB_DECODER(q8_k) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 292, out += WB_SUPER) {
    const float d = wb_float(wb_load32(in));
    for (int i = 0; i < WB_SUPER; ++i) out[i] = d * (float)(int8_t)in[4 + i];
  }
}

// Nibbles in pairs: byte i holds elements 2i and 2i + 1.
static void pairs(const uint8_t *nibbles, int bytes, int offset, float d, float m, float *out) {
  for (int i = 0; i < bytes; ++i) {
    out[2 * i] = (float)((nibbles[i] & 15) - offset) * d + m;
    out[2 * i + 1] = (float)((nibbles[i] >> 4) - offset) * d + m;
  }
}

WB_DECODER(q4_2) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 10, out += 16) {
    pairs(in + 2, 8, 8, wb_load_half(in), -0.0f, out);
  }
}

WB_DECODER(q4_3) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 12, out += 16) {
    pairs(in + 4, 8, 0, wb_load_half(in), wb_load_half(in + 2), out);
  }
}
