// Q1_0, Q2_0, TQ1_0, TQ2_0.
#pragma STDC FP_CONTRACT OFF

// The largest magnitude of `count` elements, a multiple of 32.
WB_INLINE float largest_of(size_t count, const float *x) {
  int32_t largest = 0;
  for (size_t i = 0; i < count; i += 32) {
    const int32_t bits = largest_bits(load_block(x + i));
    largest = bits > largest ? bits : largest;
  }
  return wb_float((uint32_t)largest);
}

LANE_ENCODER(q1_0) {
  (void)importance;
  uint8_t *to = out;
  const size_t total = rows * row_length / 128;
  for (size_t done = 0; done < total; done += WIDTH) {
    const size_t blocks = total - done < WIDTH ? total - done : WIDTH;
    const float *pieces[WIDTH];
    vf columns[128], sum = 0;
    float scales[WIDTH];
    lane_rows(x, 128, blocks, pieces);
    transpose(pieces, 128, columns);
    for (int i = 0; i < 128; ++i) sum += magnitude(columns[i]);
    store_floats(scales, sum / 128.0f);
    for (size_t block = 0; block < blocks; ++block, x += 128, to += 18) {
      store_half(to, scales[block]);
      for (int i = 0; i < 4; ++i) {
        const Block b = load_block(x + 32 * i);
        wb_store32(to + 2 + 4 * i, mask_of(b.low >= 0.0f, b.high >= 0.0f));
      }
    }
  }
}

LANE_DECODER(q1_0) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 18) {
    const vf d = load_half(in);
    for (int i = 0; i < 8; ++i, out += 16) {
      // A clear bit changes the sign.
      store_floats(out, with_signs(d, (uint16_t)~wb_load16(in + 2 + 2 * i)));
    }
  }
}

LANE_ENCODER(q2_0) {
  (void)importance;
  const vi places = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
  uint8_t *to = out;
  for (size_t block = 0; block < rows * row_length / 64; ++block, x += 64, to += 18) {
    const float d = largest_of(64, x);
    const float inverse = wb_inverse(d);
    store_half(to, d);
    for (int i = 0; i < 4; ++i) {
      const vi code = clamp(round_away(load_floats(x + 16 * i) * inverse), -1, 2) + 1;
      wb_store32(to + 2 + 4 * i, (uint32_t)__builtin_reduce_or(code << places));
    }
  }
}

LANE_DECODER(q2_0) {
  const vi places = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 18) {
    const float d = load_half(in);
    for (int i = 0; i < 4; ++i, out += 16) {
      const vi word = (int32_t)wb_load32(in + 2 + 4 * i);
      store_floats(out, scaled(((word >> places) & 3) - 1, d));
    }
  }
}

// A byte of the number in base 3: the fraction of 256 that it is of 243, rounded up.
WB_INLINE vb trit_byte(vi number) { return narrow(((number & 255) * 256 + 242) / 243); }

LANE_ENCODER(tq1_0) {
  (void)importance;
  uint8_t *to = out;
  for (size_t block = 0; block < rows * row_length / WB_SUPER; ++block, x += WB_SUPER, to += 54) {
    const float d = largest_of(WB_SUPER, x);
    const float inverse = wb_inverse(d);
    store_half(to + 52, d);
    for (int i = 0; i < 48; i += WIDTH) {
      // Elements 32 apart, then 16 apart.
      const float *from = i < 32 ? x + i : x + 160;
      vi number = 0;
      for (int n = 0; n < 5; ++n, from += i < 32 ? 32 : 16) {
        number = number * 3 + round_away(load_floats(from) * inverse) + 1;
      }
      store_bytes(to + i, trit_byte(number));
    }
    float last[WIDTH] = {0};
    vi number = 0;
    for (int n = 0; n < 4; ++n) {
      memcpy(last, x + 240 + 4 * n, 16);
      number = number * 3 + round_away(load_floats(last) * inverse) + 1;
    }
    const vb bytes = trit_byte(number * 3);
    memcpy(to + 48, &bytes, 4);
  }
}

WB_INLINE vf trits(vi bytes, int power, float d) {
  return scaled(((((bytes * power) & 255) * 3) >> 8) - 1, d);
}

LANE_DECODER(tq1_0) {
  static const int powers[5] = {1, 3, 9, 27, 81};
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 54, out += WB_SUPER) {
    const float d = load_half(in + 52);
    for (int i = 0; i < 48; i += WIDTH) {
      const vi bytes = widen(load_bytes(in + i));
      float *to = i < 32 ? out + i : out + 160;
      for (int n = 0; n < 5; ++n)
        store_floats(to + (i < 32 ? 32 : 16) * n, trits(bytes, powers[n], d));
    }
    vi last = 0;
    for (int i = 0; i < 4; ++i) last[i] = in[48 + i];
    for (int n = 0; n < 4; ++n) {
      const vf values = trits(last, powers[n], d);
      memcpy(out + 240 + 4 * n, &values, 16);
    }
  }
}

LANE_ENCODER(tq2_0) {
  (void)importance;
  uint8_t *to = out;
  for (size_t block = 0; block < rows * row_length / WB_SUPER; ++block, x += WB_SUPER, to += 66) {
    const float d = largest_of(WB_SUPER, x);
    const float inverse = wb_inverse(d);
    store_half(to + 64, d);
    for (int i = 0; i < 64; i += WIDTH) {
      const float *from = x + 128 * (i / 32) + i % 32;
      vi byte = 0;
      for (int n = 0; n < 4; ++n) {
        byte |= ((round_away(load_floats(from + 32 * n) * inverse) + 1) & 3) << (2 * n);
      }
      store_bytes(to + i, narrow(byte));
    }
  }
}

LANE_DECODER(tq2_0) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 66) {
    const float d = load_half(in + 64);
    for (int i = 0; i < WB_SUPER; i += WIDTH, out += WIDTH) {
      const vb codes = load_bytes(in + 32 * (i / 128) + i % 32) >> (uint8_t)(2 * (i % 128 / 32));
      store_floats(out, scaled(widen(codes & 3) - 1, d));
    }
  }
}
