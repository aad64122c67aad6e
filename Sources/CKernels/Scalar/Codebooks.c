// Decoders of IQ1, IQ2 and IQ3: groups of eight or four elements are words of a codebook.
#include "../Codebooks.h"
#include "Scalar.h"

#pragma STDC FP_CONTRACT OFF

static void two_bit_group(uint16_t word, uint32_t signs, float scale, float *out) {
  for (int i = 0; i < 8; ++i) {
    const float value = scale * wb_iq2_values[(word >> (2 * i)) & 3];
    out[i] = (signs >> i) & 1 ? -value : value;
  }
}

static void three_bit_group(
    uint16_t word, const float *values, uint32_t signs, float scale, float *out) {
  for (int i = 0; i < 4; ++i) {
    const float value = scale * values[(word >> (3 * i)) & 7];
    out[i] = (signs >> i) & 1 ? -value : value;
  }
}

static void ternary_group(uint16_t word, float delta, float scale, float *out) {
  for (int i = 0; i < 8; ++i) out[i] = scale * (wb_iq1_values[(word >> (2 * i)) & 3] + delta);
}

SCALAR_DECODER(iq2_xxs) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 66) {
    const float d = wb_load_half(in);
    for (int sub = 0; sub < 8; ++sub) {
      const uint8_t *at = in + 2 + 8 * sub;
      const uint32_t word = wb_load32(at + 4);
      const float scale = d * (0.5f + (float)(word >> 28)) * 0.25f;
      for (int k = 0; k < 4; ++k, out += 8) {
        const uint32_t signs = wb_even_signs((word >> (7 * k)) & 127);
        two_bit_group(wb_codebook_iq2_xxs[at[k]], signs, scale, out);
      }
    }
  }
}

SCALAR_DECODER(iq2_xs) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 74) {
    const float d = wb_load_half(in);
    for (int group = 0; group < 32; ++group, out += 8) {
      const uint16_t word = wb_load16(in + 2 + 2 * group);
      const uint8_t nibble = (in[66 + group / 4] >> (4 * (group / 2 % 2))) & 15;
      const float scale = d * (0.5f + (float)nibble) * 0.25f;
      two_bit_group(wb_codebook_iq2_xs[word & 511], wb_even_signs(word >> 9), scale, out);
    }
  }
}

SCALAR_DECODER(iq2_s) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 82) {
    const float d = wb_load_half(in);
    for (int group = 0; group < 32; ++group, out += 8) {
      const int high = (in[66 + group / 4] >> (2 * (group % 4))) & 3;
      const uint8_t nibble = (in[74 + group / 4] >> (4 * (group / 2 % 2))) & 15;
      const float scale = d * (0.5f + (float)nibble) * 0.25f;
      two_bit_group(wb_codebook_iq2_s[in[2 + group] | high << 8], in[34 + group], scale, out);
    }
  }
}

SCALAR_DECODER(iq3_xxs) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 98) {
    const float d = wb_load_half(in);
    for (int group = 0; group < 64; ++group, out += 4) {
      const uint32_t word = wb_load32(in + 66 + 4 * (group / 8));
      const float scale = d * (0.5f + (float)(word >> 28)) * 0.5f;
      const uint32_t signs = wb_even_signs((word >> (7 * (group / 2 % 4))) & 127);
      three_bit_group(
          wb_codebook_iq3_xxs[in[2 + group]], wb_iq3_xxs_values, signs >> (4 * (group % 2)), scale,
          out);
    }
  }
}

SCALAR_DECODER(iq3_s) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 110) {
    const float d = wb_load_half(in);
    for (int group = 0; group < 64; ++group, out += 4) {
      const int high = (in[66 + group / 8] >> (group % 8)) & 1;
      const int nibble = (in[106 + group / 16] >> (4 * (group / 8 % 2))) & 15;
      const float scale = d * (float)(1 + 2 * nibble);
      const uint32_t signs = (uint32_t)in[74 + group / 2] >> (4 * (group % 2));
      three_bit_group(
          wb_codebook_iq3_s[in[2 + group] | high << 8], wb_iq3_s_values, signs, scale, out);
    }
  }
}

SCALAR_DECODER(iq1_s) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 50) {
    const float d = wb_load_half(in);
    for (int group = 0; group < 32; ++group, out += 8) {
      const uint16_t word = wb_load16(in + 34 + 2 * (group / 4));
      const float scale = d * (float)(2 * ((word >> 12) & 7) + 1);
      const int high = (word >> (3 * (group % 4))) & 7;
      ternary_group(
          wb_codebook_iq1[in[2 + group] | high << 8], word & 0x8000 ? -0.125f : 0.125f, scale, out);
    }
  }
}

SCALAR_DECODER(iq1_m) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 56) {
    const float d = wb_iq1_m_scale(in + 48);
    for (int group = 0; group < 32; ++group, out += 8) {
      const int pair = group / 2;  // sixteen elements share a scale of three bits
      const int code = (wb_load16(in + 48 + 2 * (pair / 4)) >> (3 * (pair % 4))) & 7;
      const int high = (in[32 + pair] >> (4 * (group % 2))) & 15;
      ternary_group(
          wb_codebook_iq1[in[group] | (high & 7) << 8], high & 8 ? -0.125f : 0.125f,
          d * (float)(2 * code + 1), out);
    }
  }
}
