// IQ4, and the codebooks of IQ1, IQ2 and IQ3: the words are taken apart in the lanes.
#pragma STDC FP_CONTRACT OFF

LANE_DECODER(iq4_nl) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 18, out += 32) {
    const float scale = load_half(in);
    const vb bytes = load_bytes(in + 2);
    store_floats(out, scale * lookup(wb_iq4_values, widen(bytes & 15)));
    store_floats(out + 16, scale * lookup(wb_iq4_values, widen(bytes >> 4)));
  }
}

LANE_DECODER(iq4_xs) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 136) {
    const float d = load_half(in);
    const int high = wb_load16(in + 2);
    for (int j = 0; j < 8; ++j, out += 32) {
      const int low = (in[4 + j / 2] >> (4 * (j % 2))) & 15;
      const float scale = d * (float)((low | ((high >> (2 * j)) & 3) << 4) - 32);
      const vb bytes = load_bytes(in + 8 + 16 * j);
      store_floats(out, scale * lookup(wb_iq4_values, widen(bytes & 15)));
      store_floats(out + 16, scale * lookup(wb_iq4_values, widen(bytes >> 4)));
    }
  }
}

// Two words of eight values, the first in the low lanes.
WB_INLINE vi two_bit_codes(uint32_t first, uint32_t second) {
  const vi shifts = {0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14};
  const vi half = {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1};
  return ((half ? (vi)(int32_t)second : (vi)(int32_t)first) >> shifts) & 3;
}

// Four words of four values; the first two in `low`, the others in `high`.
WB_INLINE vi three_bit_codes(uint32_t low, uint32_t high) {
  const vi shifts = {0, 3, 6, 9, 12, 15, 18, 21, 0, 3, 6, 9, 12, 15, 18, 21};
  const vi half = {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1};
  return ((half ? (vi)(int32_t)high : (vi)(int32_t)low) >> shifts) & 7;
}

// Lane i changes its sign by bit i.
WB_INLINE vf with_signs(vf value, uint32_t signs) {
  const vi to_top = {31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16};
  return floats_of(bits_of(value) ^ (((vi)(int32_t)signs << to_top) & INT32_MIN));
}

WB_INLINE void store_iq2(uint32_t first, uint32_t second, uint32_t signs, float scale, float *out) {
  const vf value = lookup(wb_iq2_values, two_bit_codes(first, second));
  store_floats(out, with_signs(scale * value, signs));
}

LANE_DECODER(iq2_xxs) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 66) {
    const float d = load_half(in);
    for (int half = 0; half < 16; ++half, out += 16) {
      const uint8_t *at = in + 2 + 8 * (half / 2);
      const uint32_t word = wb_load32(at + 4);
      const float scale = d * (0.5f + (float)(word >> 28)) * 0.25f;
      const int k = 2 * (half % 2);
      const uint32_t signs =
          wb_even_signs((word >> (7 * k)) & 127) | wb_even_signs((word >> (7 * k + 7)) & 127) << 8;
      store_iq2(wb_codebook_iq2_xxs[at[k]], wb_codebook_iq2_xxs[at[k + 1]], signs, scale, out);
    }
  }
}

LANE_DECODER(iq2_xs) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 74) {
    const float d = load_half(in);
    for (int pair = 0; pair < 16; ++pair, out += 16) {
      const uint32_t word = wb_load32(in + 2 + 4 * pair);
      const uint8_t nibble = (in[66 + pair / 2] >> (4 * (pair % 2))) & 15;
      const float scale = d * (0.5f + (float)nibble) * 0.25f;
      const uint32_t signs =
          wb_even_signs((word >> 9) & 127) | wb_even_signs((word >> 25) & 127) << 8;
      store_iq2(
          wb_codebook_iq2_xs[word & 511], wb_codebook_iq2_xs[(word >> 16) & 511], signs, scale,
          out);
    }
  }
}

LANE_DECODER(iq2_s) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 82) {
    const float d = load_half(in);
    for (int pair = 0; pair < 16; ++pair, out += 16) {
      const int high = in[66 + pair / 2] >> (4 * (pair % 2));
      const uint8_t nibble = (in[74 + pair / 2] >> (4 * (pair % 2))) & 15;
      const float scale = d * (0.5f + (float)nibble) * 0.25f;
      store_iq2(
          wb_codebook_iq2_s[in[2 + 2 * pair] | (high & 3) << 8],
          wb_codebook_iq2_s[in[3 + 2 * pair] | (high & 12) << 6], wb_load16(in + 34 + 2 * pair),
          scale, out);
    }
  }
}

LANE_DECODER(iq3_xxs) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 98) {
    const float d = load_half(in);
    for (int quad = 0; quad < 16; ++quad, out += 16) {
      const uint32_t word = wb_load32(in + 66 + 4 * (quad / 2));
      const float scale = d * (0.5f + (float)(word >> 28)) * 0.5f;
      const uint8_t *at = in + 2 + 4 * quad;
      const int k = 2 * (quad % 2);
      const uint32_t signs =
          wb_even_signs((word >> (7 * k)) & 127) | wb_even_signs((word >> (7 * k + 7)) & 127) << 8;
      const vi codes = three_bit_codes(
          wb_codebook_iq3_xxs[at[0]] | (uint32_t)wb_codebook_iq3_xxs[at[1]] << 12,
          wb_codebook_iq3_xxs[at[2]] | (uint32_t)wb_codebook_iq3_xxs[at[3]] << 12);
      store_floats(out, with_signs(scale * lookup(wb_iq3_xxs_values, codes), signs));
    }
  }
}

LANE_DECODER(iq3_s) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 110) {
    const float d = load_half(in);
    for (int quad = 0; quad < 16; ++quad, out += 16) {
      const int high = in[66 + quad / 2] >> (4 * (quad % 2));
      const int nibble = (in[106 + quad / 4] >> (4 * (quad / 2 % 2))) & 15;
      const float scale = d * (float)(1 + 2 * nibble);
      const uint8_t *at = in + 2 + 4 * quad;
      uint32_t words[4];
      for (int i = 0; i < 4; ++i) words[i] = wb_codebook_iq3_s[at[i] | ((high >> i) & 1) << 8];
      const vi codes = three_bit_codes(words[0] | words[1] << 12, words[2] | words[3] << 12);
      store_floats(
          out, with_signs(scale * lookup(wb_iq3_s_values, codes), wb_load16(in + 74 + 2 * quad)));
    }
  }
}

LANE_DECODER(iq1_s) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 50) {
    const float d = load_half(in);
    for (int pair = 0; pair < 16; ++pair, out += 16) {
      const uint32_t word = wb_load16(in + 34 + 2 * (pair / 2));
      const float scale = d * (float)(2 * ((word >> 12) & 7) + 1);
      const uint32_t high = word >> (6 * (pair % 2));
      const vi codes = two_bit_codes(
          wb_codebook_iq1[in[2 + 2 * pair] | (high & 7) << 8],
          wb_codebook_iq1[in[3 + 2 * pair] | ((high >> 3) & 7) << 8]);
      store_floats(out, scale * (to_floats(codes - 1) + (word & 0x8000 ? -0.125f : 0.125f)));
    }
  }
}

LANE_DECODER(iq1_m) {
  const vi half = {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1};
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 56) {
    const float d = wb_iq1_m_scale(in + 48);
    for (int pair = 0; pair < 16; ++pair, out += 16) {
      const int code = (wb_load16(in + 48 + 2 * (pair / 4)) >> (3 * (pair % 4))) & 7;
      const int high = in[32 + pair];
      const vi codes = two_bit_codes(
          wb_codebook_iq1[in[2 * pair] | (high & 7) << 8],
          wb_codebook_iq1[in[2 * pair + 1] | ((high >> 4) & 7) << 8]);
      const vf first = high & 8 ? -0.125f : 0.125f, second = high & 0x80 ? -0.125f : 0.125f;
      store_floats(
          out, d * (float)(2 * code + 1) * (to_floats(codes - 1) + (half ? second : first)));
    }
  }
}
