// IQ4_NL and IQ4_XS: the search for a scale over sixteen uneven levels, a block of 32 a lane.
#pragma STDC FP_CONTRACT OFF

// The index of the nearest level: a binary search over the middles of neighbours. The middles are
// multiples of ½, so a comparison with them is exact. NaN takes the last level.
WB_INLINE vi nearest_level(vf x) {
  static const float third[16] = {-93.5f, -28.5f, 19, 79};
  static const float fourth[16] = {-115.5f, -74, -42, -16, 7, 31.5f, 61, 101};
  const vi upper = ~(x < -4.5f);  // −1 where the upper half is taken
  const vi quarter = ~(x < (upper ? (vf)45.5f : (vf)-57.0f));
  vi index = -(upper + upper + quarter);
  index = index + index - ~(x < lookup(third, index));
  return index + index - ~(x < lookup(fourth, index));
}

WB_INLINE void level_sums(const vf *x, const vf *weights, vf inverse, vf *qx, vf *qq) {
  *qx = 0;
  *qq = 0;
  for (int i = 0; i < 32; ++i) {
    const vf level = lookup(wb_iq4_values, nearest_level(inverse * x[i]));
    const vf weighted = weights[i] * level;
    *qx += weighted * x[i];
    *qq += weighted * level;
  }
}

static vf fit_levels(const vf *x, const vf *weights) {
  vf peak = 0, largest = 0;
  for (int i = 0; i < 32; ++i) {
    const vi further = magnitude(x[i]) > largest;
    largest = further ? magnitude(x[i]) : largest;
    peak = further ? x[i] : peak;
  }
  const vi flat = largest < WB_TINY;
  peak = flat ? (vf)1.0f : peak;
  vf qx, qq;
  level_sums(x, weights, 1.0f / (-peak / -127.0f), &qx, &qq);
  vf scale = qq > 0.0f ? qx / qq : (vf)0.0f;
  vf best = scale * qx;
  for (int k = -7; k <= 7; ++k) {
    level_sums(x, weights, ((float)k + -127.0f) / peak, &qx, &qq);
    const vi better = (qq > 0.0f) & (qx * qx > best * qq);
    const vf trial = qx / qq;
    scale = better ? trial : scale;
    best = better ? trial * qx : best;
  }
  return flat ? (vf)0.0f : scale;
}

// The scales of sixteen blocks of one stream; the first is at element `column` of its row. `group`:
// elements that share a mean square.
FIT_INLINE void fit_level_batch(
    size_t group, const float *x, size_t blocks, const float *importance, size_t row_length,
    size_t column, float *scales) {
  vf columns[32], weights[32];
  const float *rows[WIDTH];
  if (importance) {
    float sigmas[WIDTH], plain[WIDTH * 32];
    const size_t groups = (blocks * 32 + group - 1) / group;
    lane_rows(x, group, groups, rows);
    store_floats(sigmas, sums_of_squares(rows, group) * (2.0f / (float)group));
    for (size_t block = 0; block < blocks; ++block) {
      weigh(
          32, x + 32 * block, importance + (column + 32 * block) % row_length,
          sigmas[32 * block / group], plain + 32 * block);
    }
    lane_rows(plain, 32, blocks, rows);
    transpose(rows, 32, weights);
  }
  lane_rows(x, 32, blocks, rows);
  transpose(rows, 32, columns);
  for (int i = 0; i < 32 && !importance; ++i) weights[i] = columns[i] * columns[i];
  store_floats(scales, fit_levels(columns, weights));
}

WB_INLINE void store_levels(const float *x, float inverse, uint8_t *to) {
  const vi low = nearest_level(inverse * load_floats(x));
  const vi high = nearest_level(inverse * load_floats(x + 16));
  store_bytes(to, narrow(low | high << 4));
}

LANE_ENCODER(iq4_nl) {
  uint8_t *to = out;
  const size_t total = rows * row_length / 32;
  for (size_t done = 0; done < total; done += WIDTH) {
    const size_t blocks = total - done < WIDTH ? total - done : WIDTH;
    float scales[WIDTH];
    fit_level_batch(32, x, blocks, importance, row_length, done * 32 % row_length, scales);
    for (size_t i = 0; i < blocks; ++i, x += 32, to += 18) {
      store_half(to, scales[i]);
      store_levels(x, wb_inverse(scales[i]), to + 2);
    }
  }
}

WB_INLINE void finish_iq4_xs(const float *x, const float *scales, uint8_t *to) {
  wb_iq4_xs_finish(NULL, scales, to);
  // The levels are rounded by the scale as it was before it became a half.
  float magnitude = 0, peak = 0;
  for (int j = 0; j < 8; ++j) {
    if (fabsf(scales[j]) > magnitude) {
      magnitude = fabsf(scales[j]);
      peak = scales[j];
    }
  }
  const float d = -peak / 32;
  for (int j = 0; j < 8; ++j) {
    const int low = (to[4 + j / 2] >> (4 * (j % 2))) & 15;
    const int code = (low | ((wb_load16(to + 2) >> (2 * j)) & 3) << 4) - 32;
    store_levels(x + 32 * j, wb_inverse(d * (float)code), to + 8 + 16 * j);
  }
}

LANE_ENCODER(iq4_xs) {
  uint8_t *to = out;
  const size_t total = rows * row_length / WB_SUPER;
  for (size_t done = 0; done < total; done += 2) {
    const size_t blocks = total - done < 2 ? 1 : 2;
    float scales[WIDTH];
    fit_level_batch(
        WB_SUPER, x, 8 * blocks, importance, row_length, done * WB_SUPER % row_length, scales);
    for (size_t i = 0; i < blocks; ++i, x += WB_SUPER, to += 136) {
      finish_iq4_xs(x, scales + 8 * i, to);
    }
  }
}
