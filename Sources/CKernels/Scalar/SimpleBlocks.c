// Q4_0, Q4_1, Q5_0, Q5_1, Q8_0: 32 elements, a half scale, perhaps a half offset.
// Orders of operations: ggml-quants.c, quantize_row_q4_0_ref and the like; with importance
// quantize_row_q4_0_impl and the like.
#include "Scalar.h"

#pragma STDC FP_CONTRACT OFF

enum { N = 32, HALF = 16 };

// Element i and element i + 16 share byte i; the fifth bits, if any, are a word of their own.
static void pack_nibbles(const uint8_t *codes, uint8_t *nibbles) {
  for (int i = 0; i < HALF; ++i) nibbles[i] = (uint8_t)((codes[i] & 15) | codes[i + HALF] << 4);
}

static void pack_fifth_bits(const uint8_t *codes, uint8_t *word) {
  uint32_t bits = 0;
  for (int i = 0; i < N; ++i) bits |= (uint32_t)((codes[i] >> 4) & 1) << i;
  wb_store32(word, bits);
}

static void unpack(const uint8_t *nibbles, uint32_t fifth_bits, uint8_t *codes) {
  for (int i = 0; i < HALF; ++i) {
    codes[i] = (uint8_t)((nibbles[i] & 15) | ((fifth_bits >> i) & 1) << 4);
    codes[i + HALF] = (uint8_t)(nibbles[i] >> 4 | ((fifth_bits >> (i + HALF)) & 1) << 4);
  }
}

// A code with its offset added, cut to an integer and to a signed byte, as the format defines.
WB_INLINE uint8_t signed_byte_code(float value, int highest) {
  const int code = (int8_t)wb_truncate(value);
  return (uint8_t)(code < highest ? code : highest);
}

// Without importance, one scale: the peak takes the code of the lowest value.
static float plain_symmetric(const float *x, int limit, uint8_t *codes) {
  const float scale = wb_peak(N, x) / (float)-limit;
  const float inverse = wb_inverse(scale);
  for (int i = 0; i < N; ++i) {
    codes[i] = signed_byte_code(x[i] * inverse + ((float)limit + 0.5f), 2 * limit - 1);
  }
  return scale;
}

typedef struct {
  float scale, minimum;
} Affine;

static Affine plain_affine(const float *x, int limit, uint8_t *codes) {
  float low = 3.402823466e38f, high = -3.402823466e38f;
  for (int i = 0; i < N; ++i) {
    if (x[i] < low) low = x[i];
    if (x[i] > high) high = x[i];
  }
  const float scale = (high - low) / (float)limit;
  const float inverse = wb_inverse(scale);
  for (int i = 0; i < N; ++i) {
    const float value = (x[i] - low) * inverse + 0.5f;
    // Q5_1 is defined without the signed byte and without the upper bound of Q4_1.
    codes[i] = limit == 15 ? signed_byte_code(value, 15) : (uint8_t)wb_truncate(value);
  }
  return (Affine){scale, low};
}

static float weighted_symmetric(
    const float *x, const float *importance, float sigma, int limit, uint8_t *codes) {
  float weights[N];
  wb_importance_weights(N, x, importance, sigma, weights);
  return wb_fit_symmetric(N, limit, x, weights, (int8_t *)codes);
}

static Affine weighted_affine(
    const float *x, const float *importance, float sigma, int limit, uint8_t *codes) {
  float weights[N], minimum;
  wb_importance_weights(N, x, importance, sigma, weights);
  const wb_search search = {-0.9f, 0.05f, 36, false};
  const float scale = wb_fit_affine(N, limit, x, weights, codes, &minimum, search);
  return (Affine){scale, -minimum};
}

// Encodes N numbers, whose importance may be null.
typedef void (*EncodeBlock)(const float *x, const float *weight, float sigma, uint8_t *to);

WB_INLINE void encode_blocks(
    size_t bytes, EncodeBlock encode, const float *x, size_t rows, size_t row_length,
    const float *importance, uint8_t *to) {
  for (size_t row = 0; row < rows; ++row) {
    const float sigma = importance ? wb_sum_of_squares(x, row_length) / (float)row_length : 0;
    for (size_t at = 0; at < row_length; at += N, x += N, to += bytes) {
      encode(x, importance ? importance + at : NULL, sigma, to);
    }
  }
}

WB_INLINE float symmetric(
    const float *x, const float *weight, float sigma, int limit, uint8_t *codes) {
  return weight ? weighted_symmetric(x, weight, sigma, limit, codes)
                : plain_symmetric(x, limit, codes);
}

WB_INLINE Affine
affine(const float *x, const float *weight, float sigma, int limit, uint8_t *codes) {
  return weight ? weighted_affine(x, weight, sigma, limit, codes) : plain_affine(x, limit, codes);
}

WB_INLINE void encode_q4_0(const float *x, const float *weight, float sigma, uint8_t *to) {
  uint8_t codes[N];
  wb_store_half(to, symmetric(x, weight, sigma, 8, codes));
  pack_nibbles(codes, to + 2);
}

SCALAR_ENCODER(q4_0) { encode_blocks(18, encode_q4_0, x, rows, row_length, importance, out); }

WB_INLINE void encode_q4_1(const float *x, const float *weight, float sigma, uint8_t *to) {
  uint8_t codes[N];
  const Affine fit = affine(x, weight, sigma, 15, codes);
  wb_store_half(to, fit.scale);
  wb_store_half(to + 2, fit.minimum);
  pack_nibbles(codes, to + 4);
}

SCALAR_ENCODER(q4_1) { encode_blocks(20, encode_q4_1, x, rows, row_length, importance, out); }

WB_INLINE void encode_q5_0(const float *x, const float *weight, float sigma, uint8_t *to) {
  uint8_t codes[N];
  wb_store_half(to, symmetric(x, weight, sigma, 16, codes));
  pack_fifth_bits(codes, to + 2);
  pack_nibbles(codes, to + 6);
}

SCALAR_ENCODER(q5_0) { encode_blocks(22, encode_q5_0, x, rows, row_length, importance, out); }

WB_INLINE void encode_q5_1(const float *x, const float *weight, float sigma, uint8_t *to) {
  uint8_t codes[N];
  const Affine fit = affine(x, weight, sigma, 31, codes);
  wb_store_half(to, fit.scale);
  wb_store_half(to + 2, fit.minimum);
  pack_fifth_bits(codes, to + 4);
  pack_nibbles(codes, to + 8);
}

SCALAR_ENCODER(q5_1) { encode_blocks(24, encode_q5_1, x, rows, row_length, importance, out); }

SCALAR_ENCODER(q8_0) {
  (void)importance;
  uint8_t *to = out;
  for (size_t block = 0; block < rows * row_length / N; ++block, x += N, to += 34) {
    float magnitude = 0;
    for (int i = 0; i < N; ++i) magnitude = magnitude > fabsf(x[i]) ? magnitude : fabsf(x[i]);
    const float scale = magnitude / 127;
    const float inverse = wb_inverse(scale);
    wb_store_half(to, scale);
    for (int i = 0; i < N; ++i) to[2 + i] = (uint8_t)wb_truncate(roundf(x[i] * inverse));
  }
}

SCALAR_DECODER(q4_0) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 18, out += N) {
    uint8_t codes[N];
    unpack(in + 2, 0, codes);
    const float scale = wb_load_half(in);
    for (int i = 0; i < N; ++i) out[i] = (float)(codes[i] - 8) * scale;
  }
}

SCALAR_DECODER(q4_1) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 20, out += N) {
    uint8_t codes[N];
    unpack(in + 4, 0, codes);
    const float scale = wb_load_half(in), minimum = wb_load_half(in + 2);
    for (int i = 0; i < N; ++i) out[i] = (float)codes[i] * scale + minimum;
  }
}

SCALAR_DECODER(q5_0) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 22, out += N) {
    uint8_t codes[N];
    unpack(in + 6, wb_load32(in + 2), codes);
    const float scale = wb_load_half(in);
    for (int i = 0; i < N; ++i) out[i] = (float)(codes[i] - 16) * scale;
  }
}

SCALAR_DECODER(q5_1) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 24, out += N) {
    uint8_t codes[N];
    unpack(in + 8, wb_load32(in + 4), codes);
    const float scale = wb_load_half(in), minimum = wb_load_half(in + 2);
    for (int i = 0; i < N; ++i) out[i] = (float)codes[i] * scale + minimum;
  }
}

SCALAR_DECODER(q8_0) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 34, out += N) {
    const float scale = wb_load_half(in);
    for (int i = 0; i < N; ++i) out[i] = (float)(int8_t)in[2 + i] * scale;
  }
}
