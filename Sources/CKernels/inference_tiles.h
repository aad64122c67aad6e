// Products of matrices by tiles, compiled once for every instruction set by inference_tiles.c, which
// defines NAME, LANES (floats of a vector) and ROWS (rows of a tile).
//
// A tile of ROWS × COLUMNS sums stays in registers while the depth passes: each step loads one row of
// the right matrix, two vectors, and one number for each row of the left one. Both are packed so that
// every step reads what lies next in memory:
//
//   left   [rows / ROWS][depth][ROWS]              right  [columns / COLUMNS][depth][COLUMNS]
//
//          ┌─ROWS─┐                                       ┌───────COLUMNS───────┐
//          │r r r r│ step 0                               │ c c c c c c c c c c │ step 0
//          │r r r r│ step 1                               │ c c c c c c c c c c │ step 1
//
// What a tile lacks at the edges is packed as zeros, or as copies of the last row, and is not stored.

typedef float NAME(vector) __attribute__((ext_vector_type(LANES), aligned(4), may_alias));
#define VECTOR NAME(vector)
#define COLUMNS (2 * LANES)
#define EACH_ROW _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++)

// sums[r] += left[r, ·] × right[·, columns]; both `right_step` and the steps of `left` are constants
// where this is inlined.
INLINE void NAME(sum)(
    VECTOR sums[ROWS][2], const float *left, ptrdiff_t row_step, ptrdiff_t depth_step,
    const float *right, ptrdiff_t depth) {
// A macro: as an inlined function clang orders its loads otherwise.
#define STEP                                                \
  {                                                         \
    const VECTOR first = *(const VECTOR *)right;            \
    const VECTOR second = *(const VECTOR *)(right + LANES); \
    EACH_ROW {                                              \
      const VECTOR x = (VECTOR)(left[r * row_step]);        \
      sums[r][0] = FUSED(x, first, sums[r][0]);             \
      sums[r][1] = FUSED(x, second, sums[r][1]);            \
    }                                                       \
    left += depth_step;                                     \
    right += COLUMNS;                                       \
  }
  ptrdiff_t k = 0;
  for (; k + 4 <= depth; k += 4) {
    STEP STEP STEP STEP
  }
  for (; k < depth; k++) STEP
#undef STEP
}

// Adds a tile to the target, or puts it there: the part that lies in `rows` × `columns`.
INLINE void NAME(store)(
    VECTOR sums[ROWS][2], float *target, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns,
    float scale, const float *bias, int adds) {
  if (rows < ROWS || columns < COLUMNS) {
    float tile[ROWS][COLUMNS];
    EACH_ROW {
      *(VECTOR *)tile[r] = sums[r][0];
      *(VECTOR *)(tile[r] + LANES) = sums[r][1];
    }
    if (columns > COLUMNS) columns = COLUMNS;
    for (ptrdiff_t row = 0; row < rows && row < ROWS; row++) {
      float *to = target + row * stride;
      for (ptrdiff_t i = 0; i < columns; i++) {
        const float value = (tile[row][i] + (bias ? bias[i] : 0)) * scale;
        to[i] = adds ? to[i] + value : value;
      }
    }
    return;
  }
  VECTOR first = (VECTOR)(0.0f), second = (VECTOR)(0.0f);
  if (bias) {
    first = *(const VECTOR *)bias;
    second = *(const VECTOR *)(bias + LANES);
  }
  EACH_ROW {
    VECTOR *to = (VECTOR *)(target + r * stride);
    VECTOR *next = (VECTOR *)(target + r * stride + LANES);
    const VECTOR x = (sums[r][0] + first) * scale, y = (sums[r][1] + second) * scale;
    *to = adds ? *to + x : x;
    *next = adds ? *next + y : y;
  }
}

static void NAME(multiply)(const struct inference_product *p) {
  // 32 left tiles stay in the second cache while all right tiles pass.
  const ptrdiff_t parts = (p->depth + DEPTH - 1) / DEPTH;
  const ptrdiff_t step = parts > 0 ? (p->depth + parts - 1) / parts : 1;
  const ptrdiff_t block = 32 * ROWS;
  for (ptrdiff_t k = 0; k < p->depth; k += step) {
    const ptrdiff_t depth = p->depth - k < step ? p->depth - k : step;
    const int adds = k > 0 || p->adds;
    for (ptrdiff_t begin = 0; begin < p->rows; begin += block) {
      const ptrdiff_t end = p->rows - begin < block ? p->rows : begin + block;
      for (ptrdiff_t column = 0; column < p->columns; column += COLUMNS) {
        const float *right = p->right + column * p->depth + k * COLUMNS;
        const float *bias = p->bias && k == 0 ? p->bias + column : 0;
        for (ptrdiff_t row = begin; row < end; row += ROWS) {
          const ptrdiff_t rows = end - row < ROWS ? end - row : ROWS;
          float *target = p->target + row * p->stride + column;
          for (ptrdiff_t r = 0; r < rows; r++) __builtin_prefetch(target + r * p->stride, 1);
          VECTOR sums[ROWS][2];
          EACH_ROW sums[r][0] = sums[r][1] = (VECTOR)(0.0f);
          NAME(sum)(sums, p->left + row * p->depth + k * ROWS, 1, ROWS, right, depth);
          NAME(store)(sums, target, p->stride, rows, p->columns - column, p->scale, bias, adds);
        }
      }
    }
  }
}

static void NAME(pack_left)(
    const float *source, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t depth, float *packed) {
  for (ptrdiff_t row = 0; row < rows; row += ROWS) {
    const float *from[ROWS];
    const ptrdiff_t last = rows - 1 - row;
    for (ptrdiff_t r = 0; r < ROWS; r++) from[r] = source + (row + (r < last ? r : last)) * stride;
    for (ptrdiff_t k = 0; k < depth; k++) {
      EACH_ROW packed[r] = from[r][k];
      packed += ROWS;
    }
  }
}

typedef float NAME(eight) __attribute__((ext_vector_type(8), aligned(4), may_alias));

// Eight rows of eight become eight columns.
INLINE void NAME(transpose)(const float *source, ptrdiff_t stride, float *target) {
#define EIGHT NAME(eight)
#define ROW(r) const EIGHT x##r = *(const EIGHT *)(source + r * stride)
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define LOW(a, b) MIX(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH(a, b) MIX(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define EVEN(a, b) MIX(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define ODD(a, b) MIX(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define PUT(c, a, b, ...) *(EIGHT *)(target + c * COLUMNS) = MIX(a, b, __VA_ARGS__)
#define FRONT 0, 1, 2, 3, 8, 9, 10, 11
#define BACK 4, 5, 6, 7, 12, 13, 14, 15
  ROW(0);
  ROW(1);
  ROW(2);
  ROW(3);
  ROW(4);
  ROW(5);
  ROW(6);
  ROW(7);
  const EIGHT a = LOW(x0, x1), b = HIGH(x0, x1), c = LOW(x2, x3), d = HIGH(x2, x3);
  const EIGHT e = LOW(x4, x5), f = HIGH(x4, x5), g = LOW(x6, x7), h = HIGH(x6, x7);
  const EIGHT i = EVEN(a, c), j = ODD(a, c), k = EVEN(b, d), l = ODD(b, d);
  const EIGHT m = EVEN(e, g), n = ODD(e, g), o = EVEN(f, h), p = ODD(f, h);
  PUT(0, i, m, FRONT);
  PUT(1, j, n, FRONT);
  PUT(2, k, o, FRONT);
  PUT(3, l, p, FRONT);
  PUT(4, i, m, BACK);
  PUT(5, j, n, BACK);
  PUT(6, k, o, BACK);
  PUT(7, l, p, BACK);
#undef EIGHT
#undef ROW
#undef MIX
#undef LOW
#undef HIGH
#undef EVEN
#undef ODD
#undef PUT
#undef FRONT
#undef BACK
}

// Rows of `source` become columns of the right matrix.
static void NAME(pack_right)(
    const float *source, ptrdiff_t stride, ptrdiff_t columns, ptrdiff_t depth, float *packed) {
  for (ptrdiff_t column = 0; column < columns; column += COLUMNS, packed += COLUMNS * depth) {
    for (ptrdiff_t c = 0; c < COLUMNS; c += 8) {
      const float *from = source + (column + c) * stride;
      float *to = packed + c;
      ptrdiff_t k = 0;
      const ptrdiff_t count = columns - column - c < 8 ? columns - column - c : 8;
      if (count == 8)
        for (; k + 8 <= depth; k += 8) NAME(transpose)(from + k, stride, to + k * COLUMNS);
      for (; k < depth; k++)
        for (ptrdiff_t i = 0; i < 8; i++)
          to[k * COLUMNS + i] = i < count ? from[i * stride + k] : 0;
    }
  }
}

// Columns of `source` become columns of the right matrix.
static void NAME(pack_columns)(
    const float *source, ptrdiff_t stride, ptrdiff_t columns, ptrdiff_t depth, float *packed) {
  for (ptrdiff_t column = 0; column < columns; column += COLUMNS)
    for (ptrdiff_t k = 0; k < depth; k++, packed += COLUMNS) {
      const float *from = source + k * stride + column;
      const ptrdiff_t count = columns - column;
      if (count >= COLUMNS) {
        *(VECTOR *)packed = *(const VECTOR *)from;
        *(VECTOR *)(packed + LANES) = *(const VECTOR *)(from + LANES);
      } else {
        for (ptrdiff_t i = 0; i < COLUMNS; i++) packed[i] = i < count ? from[i] : 0;
      }
    }
}

// The keys that a query sees: from `first_key` to before `last_key`; both grow with the query.
static ptrdiff_t NAME(first_key)(const struct inference_attention *a, ptrdiff_t query) {
  if (a->chunk > 0) return query / a->chunk * a->chunk;
  return a->window > 0 && query >= a->window ? query - a->window + 1 : 0;
}

static ptrdiff_t NAME(last_key)(const struct inference_attention *a, ptrdiff_t query) {
  const ptrdiff_t ahead = a->causal ? 0 : a->ahead;
  return ahead >= 0 && ahead < a->keys - 1 - query ? query + 1 + ahead : a->keys;
}

static void NAME(attend)(const struct inference_attention *a) {
  float *left = a->scratch;                // [depth][ROWS]
  float *scores = left + ROWS * a->depth;  // [ROWS][keys]
  const ptrdiff_t stride = (a->keys + 2 * COLUMNS - 1) / COLUMNS * COLUMNS;
  for (ptrdiff_t row = 0; row < a->rows; row += ROWS) {
    const ptrdiff_t rows = a->rows - row < ROWS ? a->rows - row : ROWS;
    const ptrdiff_t position = a->position + row;
    // The keys that any row of the tile sees, from a column of tiles on.
    const ptrdiff_t begin = NAME(first_key)(a, position) / COLUMNS * COLUMNS;
    const ptrdiff_t end = NAME(last_key)(a, position + rows - 1);
    NAME(pack_left)(a->queries + row * a->query_stride, a->query_stride, rows, a->depth, left);
    for (ptrdiff_t key = begin; key < end; key += COLUMNS) {
      VECTOR sums[ROWS][2];
      EACH_ROW sums[r][0] = sums[r][1] = (VECTOR)(0.0f);
      NAME(sum)(sums, left, 1, ROWS, a->packed_keys + key * a->depth, a->depth);
      NAME(store)(sums, scores + key - begin, stride, ROWS, COLUMNS, a->scale, 0, 0);
    }
    for (ptrdiff_t r = 0; r < rows; r++) {
      const ptrdiff_t query = position + r;
      const ptrdiff_t first = NAME(first_key)(a, query);
      const ptrdiff_t last = NAME(last_key)(a, query);
      if (a->relative)
        for (ptrdiff_t key = first > begin ? first : begin; key < last; key++)
          scores[r * stride + key - begin] += a->relative[key - query];
      inference_softmax(
          scores + r * stride, end - begin, (first > begin ? first : begin) - begin, last - begin,
          query - begin, a->softmax);
    }
    // Rows that are not there keep what they hold: it is not stored.
    for (ptrdiff_t column = 0; column < a->width; column += COLUMNS) {
      VECTOR sums[ROWS][2];
      EACH_ROW sums[r][0] = sums[r][1] = (VECTOR)(0.0f);
      NAME(sum)(
          sums, scores, stride, 1, a->packed_values + column * a->keys + begin * COLUMNS,
          end - begin);
      NAME(store)(
          sums, a->output + row * a->output_stride + column, a->output_stride, rows,
          a->width - column, 1, 0, 0);
    }
  }
}

#undef VECTOR
#undef COLUMNS
#undef EACH_ROW
