// A product by tiles that stay in registers, compiled once for each kind of number and each instruction
// set by Products.c, which defines NAME, REAL and LANES.
//
// The depth passes in stretches of 256, whose sums are added to the target one after another.

typedef REAL NAME(vector) __attribute__((ext_vector_type(LANES), aligned(sizeof(REAL)), may_alias));
#define VECTOR NAME(vector)
#define LOAD(p) (*(const VECTOR *)(p))
#define STORE(p, x) (*(VECTOR *)(p) = (x))
#define WIDTH (2 * LANES)

// target += left × right for a tile; `left` is [depth, TILE_ROWS], `right` [depth, WIDTH].
static void NAME(tile)(
    const REAL *left, const REAL *right, ptrdiff_t depth, REAL *target, ptrdiff_t stride,
    ptrdiff_t rows, ptrdiff_t columns) {
  VECTOR sums[TILE_ROWS][2] = {{(VECTOR)0}};
  for (ptrdiff_t k = 0; k < depth; ++k) {
    const VECTOR first = LOAD(right + k * WIDTH);
    const VECTOR second = LOAD(right + k * WIDTH + LANES);
#pragma clang loop unroll(full)
    for (int row = 0; row < TILE_ROWS; ++row) {
      const VECTOR factor = (VECTOR)left[k * TILE_ROWS + row];
      sums[row][0] += factor * first;
      sums[row][1] += factor * second;
    }
  }
  if (columns == WIDTH) {
    for (ptrdiff_t row = 0; row < rows; ++row) {
      REAL *at = target + row * stride;
      STORE(at, LOAD(at) + sums[row][0]);
      STORE(at + LANES, LOAD(at + LANES) + sums[row][1]);
    }
    return;
  }
  for (ptrdiff_t row = 0; row < rows; ++row) {
    REAL line[WIDTH];
    STORE(line, sums[row][0]);
    STORE(line + LANES, sums[row][1]);
    for (ptrdiff_t column = 0; column < columns; ++column) {
      target[row * stride + column] += line[column];
    }
  }
}

// Up to BLOCK_ROWS rows of the left factor as tiles, zeros behind the last.
static void NAME(pack_left)(
    const REAL *source, ptrdiff_t row_step, ptrdiff_t column_step, ptrdiff_t rows, ptrdiff_t depth,
    REAL *packed) {
  for (ptrdiff_t start = 0; start < rows; start += TILE_ROWS) {
    REAL *tile = packed + start * depth;
    for (ptrdiff_t row = 0; row < TILE_ROWS; ++row) {
      const REAL *from = source + (start + row) * row_step;
      const bool is_there = start + row < rows;
      for (ptrdiff_t k = 0; k < depth; ++k) {
        tile[k * TILE_ROWS + row] = is_there ? from[k * column_step] : 0;
      }
    }
  }
}

// Up to WIDTH columns of the right factor, zeros behind the last.
static void NAME(pack_right)(
    const REAL *source, ptrdiff_t row_step, ptrdiff_t column_step, ptrdiff_t columns,
    ptrdiff_t depth, REAL *packed) {
  for (ptrdiff_t k = 0; k < depth; ++k) {
    const REAL *from = source + k * row_step;
    REAL *to = packed + k * WIDTH;
    if (columns == WIDTH && column_step == 1) {
      memcpy(to, from, WIDTH * sizeof(REAL));
      continue;
    }
    for (ptrdiff_t column = 0; column < WIDTH; ++column) {
      to[column] = column < columns ? from[column * column_step] : 0;
    }
  }
}

static void NAME(multiply)(
    const REAL *left, ptrdiff_t left_row, ptrdiff_t left_column, const REAL *right,
    ptrdiff_t right_row, ptrdiff_t right_column, REAL *target, ptrdiff_t target_row, ptrdiff_t rows,
    ptrdiff_t columns, ptrdiff_t depth) {
  REAL packed_left[BLOCK_ROWS * STRETCH];
  REAL packed_right[STRETCH * WIDTH];
  for (ptrdiff_t k = 0; k < depth; k += STRETCH) {
    const ptrdiff_t part = depth - k < STRETCH ? depth - k : STRETCH;
    for (ptrdiff_t i = 0; i < rows; i += BLOCK_ROWS) {
      const ptrdiff_t height = rows - i < BLOCK_ROWS ? rows - i : BLOCK_ROWS;
      NAME(pack_left)
      (left + i * left_row + k * left_column, left_row, left_column, height, part, packed_left);
      for (ptrdiff_t j = 0; j < columns; j += WIDTH) {
        const ptrdiff_t width = columns - j < WIDTH ? columns - j : WIDTH;
        NAME(pack_right)
        (right + k * right_row + j * right_column, right_row, right_column, width, part,
         packed_right);
        for (ptrdiff_t r = 0; r < height; r += TILE_ROWS) {
          const ptrdiff_t count = height - r < TILE_ROWS ? height - r : TILE_ROWS;
          NAME(tile)
          (packed_left + r * part, packed_right, part, target + (i + r) * target_row + j,
           target_row, count, width);
        }
      }
    }
  }
}

#undef VECTOR
#undef LOAD
#undef STORE
#undef WIDTH
