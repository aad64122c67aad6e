// Q6_K, and what Q3_K shares with it: a scale for each sub-block of 16.
#pragma STDC FP_CONTRACT OFF

typedef struct {
  float scale[256], sum[256], inverse[256];
} SymmetricBatch;

FIT_INLINE void fit_symmetric_block(
    int32_t limit, const float *x, const float *weights, float *scale, float *inverse, float *sum) {
  const float *rows[WIDTH];
  vf columns[16], transposed[16];
  lane_rows(x, 16, 16, rows);
  transpose(rows, 16, columns);
  SymmetricFit fit;
  if (weights) {
    lane_rows(weights, 16, 16, rows);
    transpose(rows, 16, transposed);
    fit = fit_symmetric(16, limit, columns, transposed, false);
    vf total = 0;
    for (int i = 0; i < 16; ++i) total += transposed[i];
    store_floats(sum, total);
  } else {
    fit = fit_symmetric(16, limit, columns, NULL, true);
  }
  store_floats(scale, fit.scale);
  store_floats(inverse, fit.inverse);
}

WB_INLINE void round_symmetric(
    int32_t limit, const float *x, float scale, float inverse, uint8_t *codes) {
  const vf value = load_floats(x);
  const vf ratio = scale != 0 ? value / scale : inverse * value;
  const int32_t offset = scale != 0 ? limit : code_offset(inverse, limit);
  store_bytes(codes, narrow(clamp(nearest(ratio), -limit, limit - 1) + offset));
}

LANE_ENCODER(q6_k) {
  uint8_t *to = out;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += 210) {
      float scales[16], inverses[16], sums[16];
      uint8_t codes[WB_SUPER];
      fit_symmetric_block(32, x, importance ? importance + at : NULL, scales, inverses, sums);
      if (!wb_q6_head(scales, to)) {
        memset(to, 0, 210);
        continue;
      }
      const float d = load_half(to + 208);
      for (int j = 0; j < 16; ++j) {
        const float scale = d * (float)(int8_t)to[192 + j];
        round_symmetric(32, x + 16 * j, scale, inverses[j], codes + 16 * j);
      }
      for (int i = 0; i < 128; i += WIDTH) {
        const uint8_t *from = codes + 128 * (i / 64) + i % 64;
        store_bytes(to + i, (load_bytes(from) & 15) | load_bytes(from + 64) << 4);
      }
      for (int i = 0; i < 64; i += WIDTH) {
        const uint8_t *from = codes + 128 * (i / 32) + i % 32;
        store_bytes(
            to + 128 + i, load_bytes(from) >> 4 | (load_bytes(from + 32) >> 4) << 2
                              | (load_bytes(from + 64) >> 4) << 4
                              | (load_bytes(from + 96) >> 4) << 6);
      }
    }
  }
}
