// Q3_K: sixteen super-blocks at a time.
#pragma STDC FP_CONTRACT OFF

// The state of a descent (wb_fit_q3) in sixteen lanes: sums over the codes as they are.
typedef struct {
  vf x[16], codes[16], xl, ll;
  vi flat;
} Descent;

// Sub-blocks of a batch by number, with what is needed to go on with them.
typedef struct {
  size_t count;
  uint8_t subs[WB_SUPER + WIDTH];
  float codes[WB_SUPER][16], xl[WB_SUPER], ll[WB_SUPER];
} PendingDescents;

WB_INLINE void begin_descent(Descent *at) {
  vf peak = 0, largest = 0;
  for (int i = 0; i < 16; ++i) {
    const vi further = magnitude(at->x[i]) > largest;
    largest = further ? magnitude(at->x[i]) : largest;
    peak = further ? at->x[i] : peak;
  }
  at->flat = largest < WB_TINY;
  const vf inverse = -4.0f / (at->flat ? (vf)1.0f : peak);
  at->xl = at->ll = 0;
  for (int i = 0; i < 16; ++i) {
    const vf code = round_code(inverse * at->x[i], -4, 3, true);
    const vf weight = at->x[i] * at->x[i];
    at->codes[i] = code;
    at->xl += weight * at->x[i] * code;
    at->ll += weight * code * code;
  }
}

// The lanes in which some code would not stay as it is. In the others the first round of the descent,
// and with it the descent, changes nothing: its sums stay, so that its steps need not wait for each
// other.
WB_INLINE vi unsettled(const Descent *at) {
  vi moves = 0;
  for (int i = 0; i < 16; ++i) {
    const vf x = at->x[i], old = at->codes[i], weight = x * x;
    const vf xl_rest = at->xl - weight * x * old, ll_rest = at->ll - weight * old * old;
    const vf code = round_code(x * ll_rest / xl_rest, -4, 3, true);
    moves |= (xl_rest > 0.0f) & (code != old);
  }
  return moves & ~at->flat;
}

// One round; returns the lanes that changed. Each step waits for the one before it, so two vectors take
// turns.
FIT_INLINE void descend(Descent *pair, vi *changed) {
  changed[0] = changed[1] = 0;
  for (int i = 0; i < 16; ++i) {
    for (int p = 0; p < 2; ++p) {
      Descent *at = pair + p;
      const vf weight = at->x[i] * at->x[i], cube = weight * at->x[i], old = at->codes[i];
      const vf xl_rest = at->xl - cube * old, ll_rest = at->ll - weight * old * old;
      const vf code = round_code(at->x[i] * ll_rest / xl_rest, -4, 3, true);
      const vf xl = xl_rest + cube * code, ll = ll_rest + weight * code * code;
      const vi better = (xl_rest > 0.0f) & (code != old) & (ll > 0.0f)
                        & (xl * xl * at->ll > at->xl * at->xl * ll);
      at->codes[i] = better ? code : old;
      at->xl = better ? xl : at->xl;
      at->ll = better ? ll : at->ll;
      changed[p] |= better;
    }
  }
}

WB_INLINE vf descent_scale(const Descent *at) {
  return (~at->flat & (at->ll > 0.0f)) ? at->xl / at->ll : (vf)0.0f;
}

// The elements of sixteen sub-blocks, those from `first` on of a list; the last is repeated.
static void gather_descent(
    const float *x, const PendingDescents *list, size_t first, Descent *at, uint8_t *subs) {
  const float *rows[WIDTH];
  for (size_t i = 0; i < WIDTH; ++i) {
    subs[i] = list->subs[first + i < list->count ? first + i : list->count - 1];
    rows[i] = x + 16 * subs[i];
  }
  transpose(rows, 16, at->x);
}

static void resume_descent(const PendingDescents *list, size_t first, Descent *at) {
  const float *rows[WIDTH];
  float xl[WIDTH], ll[WIDTH];
  for (size_t i = 0; i < WIDTH; ++i) {
    const size_t entry = first + i < list->count ? first + i : list->count - 1;
    rows[i] = list->codes[entry];
    xl[i] = list->xl[entry];
    ll[i] = list->ll[entry];
  }
  transpose(rows, 16, at->codes);
  at->xl = load_floats(xl);
  at->ll = load_floats(ll);
  at->flat = 0;
}

// Keeps the lanes of `which`, at most `limit`, for later.
static void keep_descents(
    const Descent *at, const uint8_t *subs, vi which, size_t limit, PendingDescents *list) {
  const float *rows[WIDTH];
  vf codes[16];
  for (int i = 0; i < 16; ++i) rows[i] = (const float *)(at->codes + i);
  transpose(rows, 16, codes);
  for (size_t i = 0; i < limit; ++i) {
    if (!which[i]) continue;
    store_floats(list->codes[list->count], codes[i]);
    list->xl[list->count] = at->xl[i];
    list->ll[list->count] = at->ll[i];
    list->subs[list->count++] = subs[i];
  }
}

// Runs `rounds` rounds over a list, two vectors at a time. `next` receives what still changes.
static void run_descents(
    const float *x, const PendingDescents *list, bool resumed, int rounds, float *scales,
    PendingDescents *next) {
  next->count = 0;
  for (size_t first = 0; first < list->count; first += 2 * WIDTH) {
    Descent pair[2];
    uint8_t subs[2][WIDTH];
    vi changed[2];
    for (size_t p = 0; p < 2; ++p) {
      gather_descent(x, list, first + WIDTH * p, pair + p, subs[p]);
      if (resumed) {
        resume_descent(list, first + WIDTH * p, pair + p);
      } else {
        begin_descent(pair + p);
      }
    }
    for (int round = 0; round < rounds; ++round) {
      descend(pair, changed);
      if (!any(changed[0] | changed[1])) break;
    }
    for (size_t p = 0; p < 2 && first + WIDTH * p < list->count; ++p) {
      const size_t left = list->count - first - WIDTH * p;
      const vf fitted = descent_scale(pair + p);
      for (size_t i = 0; i < WIDTH; ++i) scales[subs[p][i]] = fitted[i];
      keep_descents(pair + p, subs[p], changed[p], left < WIDTH ? left : WIDTH, next);
    }
  }
}

// The scales of at most sixteen super-blocks. Four sub-blocks of five settle at once; few need more
// than two of the five rounds.
static void fit_q3_batch(const float *x, size_t blocks, float *scales) {
  PendingDescents moving, still;
  moving.count = 0;
  for (size_t block = 0; block < blocks; ++block) {
    const float *rows[WIDTH];
    Descent at;
    lane_rows(x + WB_SUPER * block, 16, 16, rows);
    transpose(rows, 16, at.x);
    begin_descent(&at);
    store_floats(scales + 16 * block, descent_scale(&at));
    const vi moves = unsettled(&at);
    for (uint32_t lanes = mask_of(moves, (vi)0); lanes != 0; lanes &= lanes - 1) {
      moving.subs[moving.count++] = (uint8_t)(16 * block + (size_t)__builtin_ctz(lanes));
    }
  }
  run_descents(x, &moving, false, 2, scales, &still);
  run_descents(x, &still, true, 3, scales, &moving);
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

static void weighted_q3(
    const float *x, size_t rows, size_t row_length, const float *importance, uint8_t *to) {
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

WB_INLINE void encode_q3_batch(const Batch *batch) {
  float scales[WB_SUPER];
  fit_q3_batch(batch->x, batch->blocks, scales);
  for (size_t block = 0; block < batch->blocks; ++block) {
    uint8_t *to = batch->to + 110 * block;
    wb_plain_q3_head(scales + 16 * block, to);
    finish_q3(batch->x + WB_SUPER * block, NULL, to);
  }
}

LANE_ENCODER(q3_k) {
  if (importance) {
    weighted_q3(x, rows, row_length, importance, out);
    return;
  }
  encode_batches(110, encode_q3_batch, x, rows, row_length, NULL, out);
}
