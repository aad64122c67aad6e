// Q2_K, Q4_K, Q5_K: scale and minimum for each sub-block; sixteen super-blocks at a time.
#pragma STDC FP_CONTRACT OFF

// What the search found for each sub-block of sixteen super-blocks, in file order.
typedef struct {
  float scale[256], minimum[256], sum[256];
  float inverse[256], origin[256];  // the codes of the fit
} AffineBatch;

// weight = importance · √(sigma + x²), for one sub-block, in place.
WB_INLINE void weigh(
    size_t count, const float *x, const float *importance, float sigma, float *weights) {
  for (size_t i = 0; i < count; i += WIDTH) {
    const vf value = load_floats(x + i);
    store_floats(weights + i, load_floats(importance + i) * root(sigma + value * value));
  }
}

// Transposed weights of sixteen sub-blocks, the first of which has number `first` in the batch.
FIT_INLINE void weights_of(
    size_t count, size_t subs, size_t first, size_t last, const float *x, const float *importance,
    size_t row_length, size_t column, const float *sigmas, vf *weights) {
  float plain[WIDTH * 32];
  const float *rows[WIDTH];
  for (size_t lane = 0; lane < WIDTH; ++lane) {
    const size_t sub = first + lane < last ? first + lane : last - 1;
    const size_t at = (column + sub * count) % row_length;
    weigh(count, x + sub * count, importance + at, sigmas[sub / subs], plain + lane * count);
    rows[lane] = plain + lane * count;
  }
  transpose(rows, count, weights);
}

typedef enum { MEAN_PLUS_MAGNITUDE, MAGNITUDE } PlainWeight;

// `count`: elements of a sub-block. `x`: `blocks` ≤ 16 super-blocks, of which the first starts at
// element `column` of its row.
FIT_INLINE void fit_affine_batch(
    size_t count, int32_t limit, wb_search search, PlainWeight plain, float sigma_factor,
    const float *x, size_t blocks, const float *importance, size_t row_length, size_t column,
    AffineBatch *batch) {
  const size_t subs = WB_SUPER / count, last = blocks * subs;
  float sigmas[WIDTH];
  if (importance) {
    const float *rows[WIDTH];
    lane_rows(x, WB_SUPER, blocks, rows);
    store_floats(sigmas, sigma_factor * sums_of_squares(rows, WB_SUPER) / (float)WB_SUPER);
  }
  for (size_t first = 0; first < last; first += WIDTH) {
    const float *rows[WIDTH];
    vf columns[32], weights[32];
    lane_rows(x + first * count, count, last - first, rows);
    transpose(rows, count, columns);
    AffineFit fit;
    if (importance) {
      weights_of(count, subs, first, last, x, importance, row_length, column, sigmas, weights);
      const wb_search weighted = {-0.9f, 0.05f, 36, false};
      fit = fit_affine(count, limit, columns, weights, weighted);
    } else {
      vf mean = 0;
      if (plain == MEAN_PLUS_MAGNITUDE) {
        for (size_t i = 0; i < count; ++i) mean += columns[i] * columns[i];
        mean = root(mean / (float)count);
      }
      for (size_t i = 0; i < count; ++i) {
        weights[i] =
            plain == MEAN_PLUS_MAGNITUDE ? mean + magnitude(columns[i]) : magnitude(columns[i]);
      }
      fit = fit_affine(count, limit, columns, weights, search);
    }
    store_floats(batch->scale + first, fit.scale);
    store_floats(batch->minimum + first, -fit.base);
    vf sum = 0;
    for (size_t i = 0; i < count; ++i) sum += weights[i];
    store_floats(batch->sum + first, sum);
    store_floats(batch->inverse + first, fit.inverse);
    store_floats(batch->origin + first, fit.origin);
  }
}

// Codes for the scales, or minimums, of sixteen super-blocks: codes[super-block][sub-block].
FIT_INLINE void fit_positive_batch(
    size_t subs, int32_t limit, const float *values, const float *sums, size_t blocks, float *d,
    uint8_t *codes) {
  const float *rows[WIDTH];
  vf columns[16], weights[16];
  vi lanes[16];
  lane_rows(values, subs, blocks, rows);
  transpose(rows, subs, columns);
  lane_rows(sums, subs, blocks, rows);
  transpose(rows, subs, weights);
  store_floats(d, fit_positive(subs, limit, columns, weights, lanes));
  for (size_t j = 0; j < subs; ++j) {
    for (size_t block = 0; block < WIDTH; ++block)
      codes[block * subs + j] = (uint8_t)lanes[j][block];
  }
}

// Rounds one sub-block to its stored scale; a scale of 0 keeps the codes of the fit.
WB_INLINE void round_affine(
    size_t count, int32_t limit, const float *x, float scale, float minimum, float inverse,
    float origin, uint8_t *codes) {
  for (size_t i = 0; i < count; i += WIDTH) {
    const vf value = load_floats(x + i);
    const vf ratio = scale != 0 ? (value + minimum) / scale : inverse * (value - origin);
    store_bytes(codes + i, narrow(clamp(nearest(ratio), 0, limit)));
  }
}

// The codes of a Q4_K or Q5_K super-block whose head is written.
WB_INLINE void round_six_bit_block(
    int32_t limit, const float *x, const uint8_t *head, const AffineBatch *batch, size_t block,
    uint8_t *codes) {
  const float d = load_half(head), dmin = load_half(head + 2);
  uint8_t scales[8], minimums[8];
  wb_unpack_six_bits(head + 4, scales, minimums);
  for (size_t j = 0; j < 8; ++j) {
    round_affine(
        32, limit, x + 32 * j, d * (float)scales[j], dmin * (float)minimums[j],
        batch->inverse[8 * block + j], batch->origin[8 * block + j], codes + 32 * j);
  }
}

FIT_INLINE void six_bit_heads(
    int32_t limit, bool weighted, const AffineBatch *batch, size_t blocks, uint8_t *to,
    size_t bytes) {
  if (!weighted) {
    for (size_t block = 0; block < blocks; ++block) {
      wb_plain_six_bit_head(
          batch->scale + 8 * block, batch->minimum + 8 * block, to + bytes * block);
    }
    return;
  }
  float d[WIDTH], dmin[WIDTH];
  uint8_t scales[128], minimums[128];
  fit_positive_batch(8, 63, batch->scale, batch->sum, blocks, d, scales);
  fit_positive_batch(8, 63, batch->minimum, batch->sum, blocks, dmin, minimums);
  for (size_t j = 0; j < 8 * blocks && limit == 31; ++j) {
    if (scales[j] > 63) scales[j] = 63;
    if (minimums[j] > 63) minimums[j] = 63;
  }
  for (size_t block = 0; block < blocks; ++block) {
    uint8_t *head = to + bytes * block;
    store_half(head, d[block]);
    store_half(head + 2, dmin[block]);
    wb_pack_six_bits(scales + 8 * block, minimums + 8 * block, head + 4);
  }
}

WB_INLINE void pack_nibble_pairs(const uint8_t *codes, uint8_t *to) {
  for (int i = 0; i < 128; i += WIDTH) {
    const uint8_t *from = codes + 64 * (i / 32) + i % 32;
    store_bytes(to + i, (load_bytes(from) & 15) | load_bytes(from + 32) << 4);
  }
}

// Sixteen super-blocks or what is left: the floats, their importance or null, where the bytes go.
typedef struct {
  const float *x;
  size_t blocks;
  const float *importance;
  // How long the rows are and where the first number stands in its row.
  size_t row_length, column;
  uint8_t *to;
} Batch;

typedef void (*EncodeBatch)(const Batch *batch);

WB_INLINE void encode_batches(
    size_t bytes, EncodeBatch encode, const float *x, size_t rows, size_t row_length,
    const float *importance, uint8_t *to) {
  const size_t total = rows * row_length / WB_SUPER;
  for (size_t done = 0; done < total; done += WIDTH) {
    const size_t left = total - done, blocks = left < WIDTH ? left : WIDTH;
    const Batch batch = {x, blocks, importance, row_length, done * WB_SUPER % row_length, to};
    encode(&batch);
    x += blocks * WB_SUPER;
    to += blocks * bytes;
  }
}

WB_INLINE void encode_q4_k_batch(const Batch *batch) {
  const wb_search search = {-1.0f, 0.1f, 20, false};
  AffineBatch fit;
  fit_affine_batch(
      32, 15, search, MEAN_PLUS_MAGNITUDE, 2, batch->x, batch->blocks, batch->importance,
      batch->row_length, batch->column, &fit);
  six_bit_heads(15, batch->importance != NULL, &fit, batch->blocks, batch->to, 144);
  for (size_t block = 0; block < batch->blocks; ++block) {
    uint8_t codes[WB_SUPER];
    uint8_t *head = batch->to + 144 * block;
    round_six_bit_block(15, batch->x + WB_SUPER * block, head, &fit, block, codes);
    pack_nibble_pairs(codes, head + 16);
  }
}

LANE_ENCODER(q4_k) { encode_batches(144, encode_q4_k_batch, x, rows, row_length, importance, out); }

WB_INLINE void encode_q5_k_batch(const Batch *batch) {
  const wb_search search = {-0.5f, 0.1f, 15, false};
  AffineBatch fit;
  fit_affine_batch(
      32, 31, search, MEAN_PLUS_MAGNITUDE, 2, batch->x, batch->blocks, batch->importance,
      batch->row_length, batch->column, &fit);
  six_bit_heads(31, batch->importance != NULL, &fit, batch->blocks, batch->to, 176);
  for (size_t block = 0; block < batch->blocks; ++block) {
    uint8_t codes[WB_SUPER];
    uint8_t *head = batch->to + 176 * block;
    round_six_bit_block(31, batch->x + WB_SUPER * block, head, &fit, block, codes);
    for (int i = 0; i < 32; i += WIDTH) {
      vb bits = 0;
      for (int j = 0; j < 8; ++j) bits |= (load_bytes(codes + 32 * j + i) >> 4) << j;
      store_bytes(head + 16 + i, bits);
    }
    pack_nibble_pairs(codes, head + 48);
  }
}

LANE_ENCODER(q5_k) { encode_batches(176, encode_q5_k_batch, x, rows, row_length, importance, out); }

FIT_INLINE void four_bit_heads(
    bool weighted, const AffineBatch *batch, size_t blocks, uint8_t *to) {
  if (!weighted) {
    for (size_t block = 0; block < blocks; ++block) {
      wb_plain_four_bit_head(
          batch->scale + 16 * block, batch->minimum + 16 * block, to + 84 * block);
    }
    return;
  }
  float d[WIDTH], dmin[WIDTH];
  uint8_t scales[256], minimums[256];
  fit_positive_batch(16, 15, batch->scale, batch->sum, blocks, d, scales);
  fit_positive_batch(16, 15, batch->minimum, batch->sum, blocks, dmin, minimums);
  for (size_t block = 0; block < blocks; ++block) {
    uint8_t *head = to + 84 * block;
    store_half(head + 80, d[block]);
    store_half(head + 82, dmin[block]);
    store_bytes(head, load_bytes(scales + 16 * block) | load_bytes(minimums + 16 * block) << 4);
  }
}

// Four codes to a byte: i, i + 32, i + 64, i + 96 of each half.
WB_INLINE void pack_quarters(const uint8_t *codes, uint8_t *to) {
  for (int i = 0; i < 64; i += WIDTH) {
    const uint8_t *from = codes + 128 * (i / 32) + i % 32;
    store_bytes(
        to + i, load_bytes(from) | load_bytes(from + 32) << 2 | load_bytes(from + 64) << 4
                    | load_bytes(from + 96) << 6);
  }
}

WB_INLINE void encode_q2_k_batch(const Batch *batch) {
  const wb_search search = {-0.5f, 0.1f, 15, true};
  AffineBatch fit;
  fit_affine_batch(
      16, 3, search, MAGNITUDE, 1, batch->x, batch->blocks, batch->importance, batch->row_length,
      batch->column, &fit);
  four_bit_heads(batch->importance != NULL, &fit, batch->blocks, batch->to);
  for (size_t block = 0; block < batch->blocks; ++block) {
    uint8_t codes[WB_SUPER];
    uint8_t *head = batch->to + 84 * block;
    const float d = load_half(head + 80), dmin = load_half(head + 82);
    for (size_t j = 0; j < 16; ++j) {
      round_affine(
          16, 3, batch->x + WB_SUPER * block + 16 * j, d * (float)(head[j] & 15),
          dmin * (float)(head[j] >> 4), fit.inverse[16 * block + j], fit.origin[16 * block + j],
          codes + 16 * j);
    }
    pack_quarters(codes, head + 16);
  }
}

LANE_ENCODER(q2_k) { encode_batches(84, encode_q2_k_batch, x, rows, row_length, importance, out); }
