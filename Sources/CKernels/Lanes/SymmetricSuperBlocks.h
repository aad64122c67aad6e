// Q3_K and Q6_K: a scale for each sub-block of 16; sixteen super-blocks at a time.
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

// wb_fit_q3 in every lane: the descent runs until no lane changes. Each step waits for the one before
// it, so two super-blocks take turns.
FIT_INLINE void fit_q3_pair(vf (*x)[16], vf *scales) {
  vf codes[2][16], xl[2], ll[2];
  vi flat[2];
  for (int p = 0; p < 2; ++p) {
    vf peak = 0, largest = 0;
    for (int i = 0; i < 16; ++i) {
      const vi further = magnitude(x[p][i]) > largest;
      largest = further ? magnitude(x[p][i]) : largest;
      peak = further ? x[p][i] : peak;
    }
    flat[p] = largest < WB_TINY;
    const vf inverse = -4.0f / (flat[p] ? (vf)1.0f : peak);
    xl[p] = 0;
    ll[p] = 0;
    for (int i = 0; i < 16; ++i) {
      const vf code = round_code(inverse * x[p][i], -4, 3, true);
      const vf weight = x[p][i] * x[p][i];
      codes[p][i] = code;
      xl[p] += weight * x[p][i] * code;
      ll[p] += weight * code * code;
    }
  }
  for (int round = 0; round < 5; ++round) {
    vi changed = 0;
    for (int i = 0; i < 16; ++i) {
      for (int p = 0; p < 2; ++p) {
        const vf weight = x[p][i] * x[p][i], cube = weight * x[p][i], old = codes[p][i];
        const vf xl_rest = xl[p] - cube * old, ll_rest = ll[p] - weight * old * old;
        const vf code = round_code(x[p][i] * ll_rest / xl_rest, -4, 3, true);
        const vf xl_new = xl_rest + cube * code, ll_new = ll_rest + weight * code * code;
        const vi better = (xl_rest > 0.0f) & (code != old) & (ll_new > 0.0f)
                          & (xl_new * xl_new * ll[p] > xl[p] * xl[p] * ll_new);
        codes[p][i] = better ? code : old;
        xl[p] = better ? xl_new : xl[p];
        ll[p] = better ? ll_new : ll[p];
        changed |= better;
      }
    }
    if (!any(changed)) break;
  }
  for (int p = 0; p < 2; ++p) {
    scales[p] = (~flat[p] & (ll[p] > 0.0f)) ? xl[p] / ll[p] : (vf)0.0f;
  }
}

WB_INLINE void finish_q3(const float *x, const float *inverses, uint8_t *to) {
  uint8_t codes[WB_SUPER];
  int8_t scales[16];
  wb_unpack_q3_scales(to + 96, scales);
  const float d = load_half(to + 108);
  for (int j = 0; j < 16; ++j) {
    const float scale = d * (float)scales[j];
    if (scale == 0 && !inverses) {
      wb_fit_q3(x + 16 * j, (int8_t *)codes + 16 * j);  // the codes of the descent stay
    } else {
      round_symmetric(4, x + 16 * j, scale, inverses ? inverses[j] : 0, codes + 16 * j);
    }
  }
  for (int i = 0; i < 32; i += WIDTH) {
    vb bits = 0;
    for (int j = 0; j < 8; ++j) bits |= (load_bytes(codes + 32 * j + i) >> 2) << j;
    store_bytes(to + i, bits);
  }
  for (int i = 0; i < 64; i += WIDTH) {
    const uint8_t *from = codes + 128 * (i / 32) + i % 32;
    store_bytes(
        to + 32 + i, (load_bytes(from) & 3) | (load_bytes(from + 32) & 3) << 2
                         | (load_bytes(from + 64) & 3) << 4 | (load_bytes(from + 96) & 3) << 6);
  }
}

// One or two super-blocks.
static void plain_q3_pair(const float *x, size_t blocks, uint8_t *to) {
  const float *rows[WIDTH];
  vf columns[2][16], fits[2];
  for (size_t p = 0; p < 2; ++p) {
    lane_rows(x + (p < blocks ? p * WB_SUPER : 0), 16, 16, rows);
    transpose(rows, 16, columns[p]);
  }
  fit_q3_pair(columns, fits);
  for (size_t p = 0; p < blocks; ++p, x += WB_SUPER, to += 110) {
    float scales[16];
    store_floats(scales, fits[p]);
    wb_plain_q3_head(scales, to);
    finish_q3(x, NULL, to);
  }
}

LANE_ENCODER(q3_k) {
  uint8_t *to = out;
  if (!importance) {
    const size_t total = rows * row_length / WB_SUPER;
    for (size_t block = 0; block < total; block += 2) {
      plain_q3_pair(x + WB_SUPER * block, total - block < 2 ? 1 : 2, to + 110 * block);
    }
    return;
  }
  const size_t total = rows * row_length / WB_SUPER;
  for (size_t done = 0; done < total; done += WIDTH) {
    const size_t blocks = total - done < WIDTH ? total - done : WIDTH;
    const float *pieces[WIDTH];
    vf columns[16], weights[16];
    SymmetricBatch batch;
    float sigmas[WIDTH], d[WIDTH], inverses[WIDTH], plain[WB_SUPER];
    lane_rows(x, WB_SUPER, blocks, pieces);
    store_floats(sigmas, 2.0f * sums_of_squares(pieces, WB_SUPER) / (float)WB_SUPER);
    for (size_t block = 0; block < blocks; ++block) {
      const float *from = x + WB_SUPER * block;
      const float *weight = importance + (done + block) * WB_SUPER % row_length;
      weigh(WB_SUPER, from, weight, sigmas[block], plain);
      fit_symmetric_block(
          4, from, plain, batch.scale + 16 * block, batch.inverse + 16 * block,
          batch.sum + 16 * block);
    }
    lane_rows(batch.scale, 16, blocks, pieces);
    transpose(pieces, 16, columns);
    lane_rows(batch.sum, 16, blocks, pieces);
    transpose(pieces, 16, weights);
    const SymmetricFit heads = fit_symmetric(16, 32, columns, weights, false);
    store_floats(d, heads.scale);
    store_floats(inverses, heads.inverse);
    for (size_t block = 0; block < blocks; ++block, x += WB_SUPER, to += 110) {
      const vf scales = load_floats(batch.scale + 16 * block);
      const int32_t offset = code_offset(inverses[block], 32);
      uint8_t codes[16];
      store_bytes(codes, narrow(clamp(nearest(inverses[block] * scales), -32, 31) + offset));
      wb_pack_q3_scales(codes, to + 96);
      store_half(to + 108, d[block]);
      finish_q3(x, batch.inverse + 16 * block, to);
    }
  }
}
