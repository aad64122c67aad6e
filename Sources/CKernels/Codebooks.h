#ifndef WEIGHBRIDGE_CODEBOOKS_H
#define WEIGHBRIDGE_CODEBOOKS_H

#include "Kernel.h"

extern const uint16_t wb_codebook_iq2_xxs[256];
extern const uint16_t wb_codebook_iq2_xs[512];
extern const uint16_t wb_codebook_iq2_s[1024];
extern const uint16_t wb_codebook_iq1[2048];
extern const uint16_t wb_codebook_iq3_xxs[256];
extern const uint16_t wb_codebook_iq3_s[512];

// What a code of a codebook stands for when it is decoded.
static const float wb_iq1_values[16] = {-1, 0, 1};
static const float wb_iq2_values[16] = {8, 25, 43};
static const float wb_iq3_xxs_values[16] = {4, 12, 20, 28, 36, 44, 52, 62};
static const float wb_iq3_s_values[16] = {1, 3, 5, 7, 9, 11, 13, 15};

// The uneven levels of IQ4_NL and IQ4_XS.
static const float wb_iq4_values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                        1,    13,   25,  38,  53,  69,  89,  113};
// Twice the values of E2M1.
static const float wb_e2m1_values[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

// Seven signs and their parity as the eighth: an even number of minus signs.
WB_INLINE uint32_t wb_even_signs(uint32_t seven) {
  return seven | (uint32_t)__builtin_parity(seven) << 7;
}

// E8M0 with the half that E2M1's doubled values need: 2^(e − 128).
WB_INLINE float wb_half_power(uint8_t e) {
  return wb_float(e < 2 ? 0x00200000u << e : (uint32_t)(e - 1) << 23);
}

// An unsigned E4M3, halved for the same reason; 0 and 0x7f are zero, the sign bit is ignored.
WB_INLINE float wb_half_ue4m3(uint8_t byte) {
  if (byte == 0 || byte == 0x7f) return 0;
  const int exponent = (byte >> 3) & 15, mantissa = byte & 7;
  if (exponent == 0) return (float)mantissa * 0x1p-10f;
  return (float)(8 + mantissa) * wb_float((uint32_t)(exponent - 7 - 4 + 127) << 23);
}

// The words of an IQ1_M block's scales carry its half d in their top nibbles.
WB_INLINE float wb_iq1_m_scale(const uint8_t *scales) {
  const uint32_t a = wb_load16(scales), b = wb_load16(scales + 2);
  const uint32_t c = wb_load16(scales + 4), d = wb_load16(scales + 6);
  return wb_half_to_float(
      (uint16_t)(a >> 12 | ((b >> 8) & 0xf0) | ((c >> 4) & 0xf00) | (d & 0xf000)));
}

#endif
