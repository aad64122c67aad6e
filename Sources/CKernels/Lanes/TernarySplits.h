// IQ1: sixteen sub-blocks, one a lane, are sorted together and all their splits into three runs are
// scored, in the order of the scalar search (ENC-58).
#pragma STDC FP_CONTRACT OFF

typedef struct {
  vf scale, best;
  vi first, second;  // sorted elements before `first` take −1, those from `second` on take 1
  vi shift;
} LaneSplits;

// One comparator of a sorting network: equal elements keep their order.
WB_INLINE void order_pair(vf *keys, vi *indices, size_t low, size_t high) {
  const vf a = keys[low], b = keys[high];
  const vi i = indices[low], j = indices[high];
  const vi swap = (b < a) | ((b == a) & (j < i));
  keys[low] = swap ? b : a;
  keys[high] = swap ? a : b;
  indices[low] = swap ? j : i;
  indices[high] = swap ? i : j;
}

// Batcher's odd-even merge sort in every lane; `count` is a power of two.
FIT_INLINE void sort_lanes(size_t count, vf *keys, vi *indices) {
  for (size_t i = 0; i < count; ++i) indices[i] = (vi)(int32_t)i;
  for (size_t p = 1; p < count; p *= 2) {
    for (size_t k = p; k > 0; k /= 2) {
      for (size_t j = k % p; j + k < count; j += 2 * k) {
        for (size_t i = j; i < j + k && i + k < count; ++i) {
          if (i / (2 * p) == (i + k) / (2 * p)) order_pair(keys, indices, i, i + k);
        }
      }
    }
  }
}

// sorted[j] = values[indices[j]] in every lane.
FIT_INLINE void permute_lanes(size_t count, const vf *values, const vi *indices, vf *sorted) {
  const float *from = (const float *)values;
  const int32_t *index = (const int32_t *)indices;
  float *to = (float *)sorted;
  for (size_t j = 0; j < count * WIDTH; ++j) to[j] = from[(size_t)index[j] * WIDTH + j % WIDTH];
}

// Keeps the candidate (i, j, shift) in the lanes where it is better.
WB_INLINE void take_split(vf qx, vf qq, int32_t i, int32_t j, int32_t shift, LaneSplits *splits) {
  const vi better = (qq > 0.0f) & (qx * qx > splits->best * qq);
  const vf scale = qx / qq;
  splits->scale = better ? scale : splits->scale;
  splits->best = better ? scale * qx : splits->best;
  splits->first = better ? (vi)i : splits->first;
  splits->second = better ? (vi)j : splits->second;
  splits->shift = better ? (vi)shift : splits->shift;
}

static const LaneSplits no_splits = {0, -3.402823466e38f, -1, -1, 0};

// Prefix sums times the upper level, or its square, from each place to the end.
typedef struct {
  vf x[2][33], w[2][33];
} SplitTails;

// `x` and `w`: sorted weight·element and weight.
static LaneSplits split_lanes_32(const vf *x, const vf *w) {
  vf px[33], pw[33];
  SplitTails tails;
  px[0] = pw[0] = 0;
  for (int i = 0; i < 32; ++i) {
    px[i + 1] = px[i] + x[i];
    pw[i + 1] = pw[i] + w[i];
  }
  for (int i = 0; i <= 32; ++i) {
    for (int shift = 0; shift < 2; ++shift) {
      const float c = shift ? 0.875f : 1.125f;
      tails.x[shift][i] = (px[32] - px[i]) * c;
      tails.w[shift][i] = (pw[32] - pw[i]) * c * c;
    }
  }
  LaneSplits splits = no_splits;
  for (int i = 0; i <= 32; ++i) {
    const vf ax = (px[i] - px[0]) * -0.875f, aw = (pw[i] - pw[0]) * -0.875f * -0.875f;
    const vf dx = (px[i] - px[0]) * -1.125f, dw = (pw[i] - pw[0]) * -1.125f * -1.125f;
    for (int j = i; j <= 32; ++j) {
      const vf x_middle = px[j] - px[i], w_middle = pw[j] - pw[i];
      const vf qx_up = ax + x_middle * 0.125f + tails.x[0][j];
      const vf qq_up = aw + w_middle * 0.125f * 0.125f + tails.w[0][j];
      const vf qx_down = dx + x_middle * -0.125f + tails.x[1][j];
      const vf qq_down = dw + w_middle * -0.125f * -0.125f + tails.w[1][j];
      const vi up = (qx_up * qx_up > splits.best * qq_up) & (qq_up > 0.0f);
      const vi down = (qx_down * qx_down > splits.best * qq_down) & (qq_down > 0.0f);
      if (!any(up | down)) continue;
      take_split(qx_up, qq_up, i, j, 0, &splits);
      take_split(qx_down, qq_down, i, j, 1, &splits);
    }
  }
  return splits;
}

// Each half of a sub-block has its own shift; its elements are those with indices below or from 8.
static LaneSplits split_lanes_16(const vf *x, const vf *w, const vi *indices) {
  vf px[2][17], pw[2][17], high[2][2][17];
  for (int half = 0; half < 2; ++half) {
    px[half][0] = pw[half][0] = 0;
    for (int i = 0; i < 16; ++i) {
      const vi own = half ? indices[i] >= 8 : indices[i] < 8;
      px[half][i + 1] = own ? px[half][i] + x[i] : px[half][i];
      pw[half][i + 1] = own ? pw[half][i] + w[i] : pw[half][i];
    }
    for (int i = 0; i <= 16; ++i) {
      high[half][0][i] = pw[half][i] * -1.25f;
      high[half][1][i] = pw[half][i] * -0.75f;
    }
  }
  LaneSplits splits = no_splits;
  for (int i = 0; i <= 16; ++i) {
    vf low[2][2];
    for (int half = 0; half < 2; ++half) {
      low[half][0] = pw[half][16] * 1.125f * 1.125f + pw[half][i] * 0.75f;
      low[half][1] = pw[half][16] * 0.875f * 0.875f + pw[half][i] * 1.25f;
    }
    for (int j = i; j <= 16; ++j) {
      vf hx[2][2], hq[2][2], qx[4], qq[4];
      for (int half = 0; half < 2; ++half) {
        const vf sum = px[half][i] + px[half][j];
        hx[half][0] = px[half][16] * 1.125f - sum;
        hx[half][1] = px[half][16] * 0.875f - sum;
        hq[half][0] = low[half][0] + high[half][0][j];
        hq[half][1] = low[half][1] + high[half][1][j];
      }
      vi better = 0;
      for (int shift = 0; shift < 4; ++shift) {
        qx[shift] = hx[0][shift >> 1] + hx[1][shift & 1];
        qq[shift] = hq[0][shift >> 1] + hq[1][shift & 1];
        better |= (qx[shift] * qx[shift] > splits.best * qq[shift]) & (qq[shift] > 0.0f);
      }
      if (!any(better)) continue;
      for (int shift = 0; shift < 4; ++shift) {
        take_split(qx[shift], qq[shift], i, j, shift, &splits);
      }
    }
  }
  return splits;
}
