// Blocks to floats: codes are widened, converted and scaled, sixteen at a time.
#pragma STDC FP_CONTRACT OFF

WB_INLINE vf scaled(vi codes, float scale) { return to_floats(codes) * scale; }
WB_INLINE vi low_nibbles(vb bytes) { return widen(bytes & 15); }
WB_INLINE vi high_nibbles(vb bytes) { return widen(bytes >> 4); }

// Bit i of a half word, as 16 in lane i.
WB_INLINE vi fifth_bits(uint32_t bits) {
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return (((vi)(int32_t)(bits & 0xffff) >> lane) & 1) << 4;
}

LANE_DECODER(q4_0) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 18, out += 32) {
    const float scale = load_half(in);
    const vb codes = load_bytes(in + 2);
    store_floats(out, scaled(low_nibbles(codes) - 8, scale));
    store_floats(out + 16, scaled(high_nibbles(codes) - 8, scale));
  }
}

LANE_DECODER(q4_1) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 20, out += 32) {
    const float scale = load_half(in), minimum = load_half(in + 2);
    const vb codes = load_bytes(in + 4);
    store_floats(out, scaled(low_nibbles(codes), scale) + minimum);
    store_floats(out + 16, scaled(high_nibbles(codes), scale) + minimum);
  }
}

LANE_DECODER(q5_0) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 22, out += 32) {
    const float scale = load_half(in);
    const uint32_t bits = wb_load32(in + 2);
    const vb codes = load_bytes(in + 6);
    store_floats(out, scaled((low_nibbles(codes) | fifth_bits(bits)) - 16, scale));
    store_floats(out + 16, scaled((high_nibbles(codes) | fifth_bits(bits >> 16)) - 16, scale));
  }
}

LANE_DECODER(q5_1) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 24, out += 32) {
    const float scale = load_half(in), minimum = load_half(in + 2);
    const uint32_t bits = wb_load32(in + 4);
    const vb codes = load_bytes(in + 8);
    store_floats(out, scaled(low_nibbles(codes) | fifth_bits(bits), scale) + minimum);
    store_floats(out + 16, scaled(high_nibbles(codes) | fifth_bits(bits >> 16), scale) + minimum);
  }
}

WB_INLINE vi widen_signed(vb bytes) { return __builtin_convertvector(((vsb)(bytes)), vi); }

LANE_DECODER(q8_0) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 34, out += 32) {
    const float scale = load_half(in);
    store_floats(out, scaled(widen_signed(load_bytes(in + 2)), scale));
    store_floats(out + 16, scaled(widen_signed(load_bytes(in + 18)), scale));
  }
}

LANE_DECODER(q2_k) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 84) {
    const float d = load_half(in + 80), dmin = load_half(in + 82);
    for (int i = 0; i < WB_SUPER; i += WIDTH, out += WIDTH) {
      const float scale = d * (float)(in[i / 16] & 15), minimum = dmin * (float)(in[i / 16] >> 4);
      const vb codes =
          load_bytes(in + 16 + 32 * (i / 128) + i % 32) >> (uint8_t)(2 * (i % 128 / 32));
      store_floats(out, scaled(widen(codes & 3), scale) - minimum);
    }
  }
}

LANE_DECODER(q3_k) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 110) {
    int8_t scales[16];
    wb_unpack_q3_scales(in + 96, scales);
    const float d = load_half(in + 108);
    for (int i = 0; i < WB_SUPER; i += WIDTH, out += WIDTH) {
      const vb low = load_bytes(in + 32 + 32 * (i / 128) + i % 32) >> (uint8_t)(2 * (i % 128 / 32));
      const vb high = load_bytes(in + i % 32) >> (uint8_t)(i / 32);
      const vi codes = widen((low & 3) | (high & 1) << 2) - 4;
      store_floats(out, scaled(codes, d * (float)scales[i / 16]));
    }
  }
}

WB_INLINE void decode_six_bit_block(
    const uint8_t *in, const uint8_t *fifth, const uint8_t *nibbles, float *out) {
  const float d = load_half(in), dmin = load_half(in + 2);
  uint8_t scales[8], minimums[8];
  wb_unpack_six_bits(in + 4, scales, minimums);
  for (int i = 0; i < WB_SUPER; i += WIDTH) {
    const float scale = d * (float)scales[i / 32], minimum = dmin * (float)minimums[i / 32];
    const vb bytes = load_bytes(nibbles + 32 * (i / 64) + i % 32);
    vb codes = i % 64 < 32 ? bytes & 15 : bytes >> 4;
    if (fifth) codes |= ((load_bytes(fifth + i % 32) >> (uint8_t)(i / 32)) & 1) << 4;
    store_floats(out + i, scaled(widen(codes), scale) - minimum);
  }
}

LANE_DECODER(q4_k) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 144, out += WB_SUPER) {
    decode_six_bit_block(in, NULL, in + 16, out);
  }
}

LANE_DECODER(q5_k) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 176, out += WB_SUPER) {
    decode_six_bit_block(in, in + 16, in + 48, out);
  }
}

LANE_DECODER(q6_k) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 210) {
    const float d = load_half(in + 208);
    for (int i = 0; i < WB_SUPER; i += WIDTH, out += WIDTH) {
      const int half = i / 128, quarter = i % 128 / 32;
      const vb bytes = load_bytes(in + 64 * half + i % 64);
      const vb low = quarter < 2 ? bytes & 15 : bytes >> 4;
      const vb high = (load_bytes(in + 128 + 32 * half + i % 32) >> (uint8_t)(2 * quarter)) & 3;
      const float scale = d * (float)(int8_t)in[192 + i / 16];
      store_floats(out, scaled(widen(low | high << 4) - 32, scale));
    }
  }
}
