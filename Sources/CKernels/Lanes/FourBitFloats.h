// MXFP4 and NVFP4.
#pragma STDC FP_CONTRACT OFF

// The first of the nearest values of E2M1.
WB_INLINE vi nearest_e2m1(vf x, float scale) {
  vf best = magnitude(wb_e2m1_values[0] * scale - x);
  vi index = 0;
  for (int i = 1; i < 16; ++i) {
    const vf error = magnitude(wb_e2m1_values[i] * scale - x);
    const vi better = error < best;
    best = better ? error : best;
    index = better ? (vi)i : index;
  }
  return index;
}

LANE_ENCODER(mxfp4) {
  (void)importance;
  uint8_t *to = out;
  for (size_t block = 0; block < rows * row_length / 32; ++block, x += 32, to += 17) {
    const Block b = load_block(x);
    to[0] = wb_mxfp4_exponent(wb_float((uint32_t)largest_bits(b)));
    const float scale = wb_half_power(to[0]);
    store_bytes(to + 1, narrow(nearest_e2m1(b.low, scale) | nearest_e2m1(b.high, scale) << 4));
  }
}

LANE_ENCODER(nvfp4) {
  (void)importance;
  uint8_t *to = out;
  for (size_t block = 0; block < rows * row_length / 64; ++block, to += 36) {
    for (int group = 0; group < 4; ++group, x += 16) {
      const vf value = load_floats(x);
      const float largest = wb_float((uint32_t)largest_bits((Block){value, value}));
      to[group] = wb_ue4m3(largest / 6.0f);
      const vb codes = narrow(nearest_e2m1(value, wb_half_ue4m3(to[group])));
      const uint8_t __attribute__((ext_vector_type(8))) bytes = codes.lo | codes.hi << 4;
      memcpy(to + 4 + 8 * group, &bytes, 8);
    }
  }
}

LANE_DECODER(mxfp4) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 17, out += 32) {
    const float scale = wb_half_power(in[0]);
    const vb bytes = load_bytes(in + 1);
    store_floats(out, lookup(wb_e2m1_values, widen(bytes & 15)) * scale);
    store_floats(out + 16, lookup(wb_e2m1_values, widen(bytes >> 4)) * scale);
  }
}

LANE_DECODER(nvfp4) {
  const uint8_t *in = blocks;
  for (size_t block = 0; block < count; ++block, in += 36) {
    for (int group = 0; group < 4; ++group, out += 16) {
      const float scale = wb_half_ue4m3(in[group]);
      uint8_t __attribute__((ext_vector_type(8))) bytes;
      memcpy(&bytes, in + 4 + 8 * group, 8);
      vb codes;
      codes.lo = bytes & 15;
      codes.hi = bytes >> 4;
      store_floats(out, lookup(wb_e2m1_values, widen(codes)) * scale);
    }
  }
}
