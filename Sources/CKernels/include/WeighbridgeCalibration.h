// The loops of calibrated quantization: products, moments, a factorization, and error feedback inside
// blocks (Specs/calibration.md).
//
// Every sum has one order, products and sums are rounded one by one, and the AVX2 twins are the same
// loops, so that results depend on neither the number of threads nor the vector unit.
#ifndef WEIGHBRIDGE_CALIBRATION_H
#define WEIGHBRIDGE_CALIBRATION_H
#include <stddef.h>
#include <stdint.h>

// target += left × right, [rows, depth] × [depth, columns]. Both factors may lie in any order: a step
// is the number of elements from one row, or one column, to the next.
struct wb_product {
  const float *left;
  ptrdiff_t left_row, left_column;
  const float *right;
  ptrdiff_t right_row, right_column;
  float *target;
  ptrdiff_t target_row;
  ptrdiff_t rows, columns, depth;
};
void wb_multiply_add(const struct wb_product *product);

// Elements of a side of a tile of a matrix of moments.
enum { WB_MOMENT_TILE = 96 };

// moments[i][j] += Σ weight x_i y_j over tokens, for the rows from `row` and the columns from `column`
// on, a tile of each at most. `left` and `right` are [tokens, …] with a step from token to token;
// `weights` holds one number for each token, or is null. Sums of 256 tokens run in single precision,
// sums of these in double.
struct wb_moment {
  const float *left;
  ptrdiff_t left_stride;
  const float *right;
  ptrdiff_t right_stride;
  const float *weights;
  ptrdiff_t tokens;
  ptrdiff_t row, rows, column, columns;
  double *moments;
  ptrdiff_t stride;
};
void wb_moment_add(const struct wb_moment *moment);

// LDLᵀ of a symmetric matrix, of which the lower half is given, in place and a block of columns at a
// time: the unit lower factor below the diagonal, the pivots on it. For the block of `count` columns
// from `first` on: `prepare` makes `scaled`, [first, count]; then `update` brings rows from `row` on up
// to date (those of the block, then those below); then `pivot` factors the block; then `solve` the
// rows below. A pivot is held above `floor`.
void wb_factor_prepare(
    const double *matrix, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t count, double *scaled);
void wb_factor_update(
    double *matrix, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t count, const double *scaled,
    ptrdiff_t row, ptrdiff_t rows);
void wb_factor_pivot(
    double *matrix, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t count, double floor);
void wb_factor_solve(
    double *matrix, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t count, ptrdiff_t row,
    ptrdiff_t rows);

// Makes of moments, whose lower half is filled, × scale: the metric H + damping × mean diagonal × I, both
// halves, and the same in reversed order and double precision for the factorization. Returns the mean
// of the diagonal before damping.
double wb_metric_begin(
    const double *moments, ptrdiff_t count, double scale, double damping, double *reversed,
    float *metric);
// Turns the factorization of the reversed metric into H = M D Mᵀ with M unit upper: zeros below.
void wb_metric_finish(const double *factored, ptrdiff_t count, float *factor, float *pivots);

// target += source × scale
void wb_add_scaled_double(double *target, const double *source, double scale, ptrdiff_t count);

// target = left − right
void wb_subtract(float *target, const float *left, const float *right, ptrdiff_t count);

// Σ left × right over a matrix, in double.
double wb_inner_product(const float *left, const float *right, ptrdiff_t count);

// What a block's codes mean: value = scale × code − minimum, where the scale of a sub-block is d times
// an integer, or d alone.
struct wb_grid {
  int32_t sub;        // elements of a sub-block
  int32_t span;       // elements that share d: 256, or those of a sub-block
  int32_t affine;     // whether there are minimums
  int32_t low, high;  // codes
  int32_t scale_low, scale_high;
  int32_t minimum_high;
  int32_t power;    // whether d is a power of two
  int32_t zero;     // the code of zero, or the nearest
  int32_t entries;  // values of a codebook; 0: a code is its own value
  float book[16];   // ascending
};

// How hard is searched.
struct wb_effort {
  int32_t reach;  // integer scales and minimums on either side of the fitted ones
  int32_t tries;  // values of d that are tried
};

// A panel of at most 256 columns of one row, in parts. `codes` count from 0; one scale and one minimum
// for each sub-block, one d and one dmin for each span.
struct wb_parts {
  uint8_t *codes;
  int8_t *scales;
  uint8_t *minimums;
  float *d;
  float *dmin;
};

// Chooses codes and scales of a panel from left to right, each column's error fed on to those behind it.
// `target` are the columns as the feedback of earlier panels has moved them, `weights` the original
// ones; `factor` is the unit upper factor at the panel's place and `pivots` its pivots. The errors
// weights − values go to `errors`. The result is Σ pivot (target − value)².
double wb_feedback_panel(
    const struct wb_grid *grid, struct wb_effort search, const float *target, const float *weights,
    const float *factor, ptrdiff_t stride, const float *pivots, ptrdiff_t columns,
    struct wb_parts parts, float *errors);

// The values of a panel.
void wb_grid_values(
    const struct wb_grid *grid, ptrdiff_t columns, struct wb_parts parts, float *values);

// One sweep of coordinate descent over a panel: codes, then scales and minimums by one step, each kept
// only where (w − v) H (w − v)ᵀ falls. `gradient` is (w − v) H of the panel's columns and is kept up to
// date; `moments` is H at the panel's place. Minus what was added to the values goes to `moved`.
// Returns the number of changes.
ptrdiff_t wb_descend_panel(
    const struct wb_grid *grid, float *gradient, float *values, const float *moments,
    ptrdiff_t stride, ptrdiff_t columns, struct wb_parts parts, float *moved);

// The blocks that hold parts, by GGML's type id; returns 0 where the type is not on a grid.
int wb_grid_pack(uint32_t type, ptrdiff_t columns, struct wb_parts parts, uint8_t *blocks);
// The grid of a GGML type; returns 0 where it has none.
int wb_grid_of(uint32_t type, struct wb_grid *grid);
#endif
