// Plain numbers: one element a block.
#include "Scalar.h"

#pragma STDC FP_CONTRACT OFF

SCALAR_DECODER(f16) {
  const uint8_t *in = blocks;
  for (size_t i = 0; i < count; ++i) out[i] = wb_load_half(in + 2 * i);
}

SCALAR_ENCODER(f16) {
  (void)importance;
  uint8_t *to = out;
  for (size_t i = 0; i < rows * row_length; ++i) wb_store_half(to + 2 * i, x[i]);
}

SCALAR_DECODER(bf16) {
  const uint8_t *in = blocks;
  for (size_t i = 0; i < count; ++i) out[i] = wb_float((uint32_t)wb_load16(in + 2 * i) << 16);
}

SCALAR_ENCODER(bf16) {
  (void)importance;
  uint8_t *to = out;
  for (size_t i = 0; i < rows * row_length; ++i) {
    const uint32_t bits = wb_bits(x[i]);
    const bool nan = (bits & 0x7fffffff) > 0x7f800000;
    const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    wb_store16(to + 2 * i, (uint16_t)(nan ? (bits >> 16) | 64 : rounded));
  }
}

WB_DECODER(f32) { memcpy(out, blocks, count * 4); }

WB_ENCODER(f32) {
  (void)importance;
  memcpy(out, x, rows * row_length * 4);
}

// Types that C has: rounded to the nearest float.
#define NUMBER_DECODER(name, type)                         \
  WB_DECODER(name) {                                       \
    const uint8_t *in = blocks;                            \
    for (size_t i = 0; i < count; ++i) {                   \
      type value;                                          \
      memcpy(&value, in + i * sizeof(type), sizeof(type)); \
      out[i] = (float)value;                               \
    }                                                      \
  }

NUMBER_DECODER(f64, double)
NUMBER_DECODER(i8, int8_t)
NUMBER_DECODER(i16, int16_t)
NUMBER_DECODER(i32, int32_t)
NUMBER_DECODER(i64, int64_t)
NUMBER_DECODER(u8, uint8_t)
NUMBER_DECODER(u16, uint16_t)
NUMBER_DECODER(u32, uint32_t)
NUMBER_DECODER(u64, uint64_t)

// An 8-bit float without its special values: sign, exponent, mantissa.
WB_INLINE float small_float(uint8_t byte, int mantissa_bits, int bias) {
  const int exponent = (byte & 0x7f) >> mantissa_bits;
  const int mantissa = byte & ((1 << mantissa_bits) - 1);
  const int whole = exponent ? mantissa | 1 << mantissa_bits : mantissa;
  const float value = ldexpf((float)whole, (exponent ? exponent : 1) - bias - mantissa_bits);
  return byte & 0x80 ? -value : value;
}

#define TABLE_DECODER(name, expression)                              \
  WB_DECODER(name) {                                                 \
    const uint8_t *in = blocks;                                      \
    float table[256];                                                \
    for (int byte = 0; byte < 256; ++byte) table[byte] = expression; \
    for (size_t i = 0; i < count; ++i) out[i] = table[in[i]];        \
  }

// No infinity; one NaN a sign.
TABLE_DECODER(f8_e4m3, (byte & 0x7f) == 0x7f ? NAN : small_float((uint8_t)byte, 3, 7))
// IEEE 754 in the small.
TABLE_DECODER(
    f8_e5m2, (byte & 0x7f) > 0x7c    ? NAN
             : (byte & 0x7f) == 0x7c ? (byte & 0x80 ? -INFINITY : INFINITY)
                                     : small_float((uint8_t)byte, 2, 15))
// One NaN, in the place of negative zero; the bias is one more.
TABLE_DECODER(f8_e4m3fnuz, byte == 0x80 ? NAN : small_float((uint8_t)byte, 3, 8))
TABLE_DECODER(f8_e5m2fnuz, byte == 0x80 ? NAN : small_float((uint8_t)byte, 2, 16))
// A power of two.
TABLE_DECODER(f8_e8m0, byte == 255 ? NAN : ldexpf(1.0f, byte - 127))

// Two to a byte, the low nibble first: 0, ½, 1, 1½, 2, 3, 4, 6 and their negatives.
WB_DECODER(f4) {
  static const float values[16] = {0,     .5f,  1,  1.5f,  2,  3,  4,  6,
                                   -0.0f, -.5f, -1, -1.5f, -2, -3, -4, -6};
  const uint8_t *in = blocks;
  for (size_t i = 0; i < count; ++i) {
    out[2 * i] = values[in[i] & 15];
    out[2 * i + 1] = values[in[i] >> 4];
  }
}

ptrdiff_t wb_first_nonfinite(const float *x, size_t count) {
  size_t i = 0;
  // A block at a time, so that the compiler can do many at once; then the place within it.
  for (; i + 64 <= count; i += 64) {
    uint32_t found = 0;
    for (size_t j = 0; j < 64; ++j) found |= ((wb_bits(x[i + j]) & 0x7f800000) == 0x7f800000);
    if (found) break;
  }
  for (; i < count; ++i) {
    if ((wb_bits(x[i]) & 0x7f800000) == 0x7f800000) return (ptrdiff_t)i;
  }
  return -1;
}
