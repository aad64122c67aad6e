// Products, moments and a factorization of calibrated quantization; see WeighbridgeCalibration.h.
#include "WeighbridgeCalibration.h"

#include "../Kernel.h"

// Vectors never cross a call here: every use is in one function after inlining.
#pragma clang diagnostic ignored "-Wpsabi"

enum { TILE_ROWS = 6, BLOCK_ROWS = 96, STRETCH = 256 };

#define REAL float
#define LANES 8
#define NAME(x) portable_float_##x
#include "ProductBody.h"
#undef NAME
#if WB_X86
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define NAME(x) avx2_float_##x
#include "ProductBody.h"
#undef NAME
#pragma clang attribute pop
#endif
#undef REAL
#undef LANES

#define REAL double
#define LANES 4
#define NAME(x) portable_double_##x
#include "ProductBody.h"
#undef NAME
#if WB_X86
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define NAME(x) avx2_double_##x
#include "ProductBody.h"
#undef NAME
#pragma clang attribute pop
#endif
#undef REAL
#undef LANES

#if WB_X86
#define CALL(kind, ...)                                                  \
  (wb_cpu_level() >= WB_LEVEL_AVX2 ? avx2_##kind##_multiply(__VA_ARGS__) \
                                   : portable_##kind##_multiply(__VA_ARGS__))
#else
#define CALL(kind, ...) portable_##kind##_multiply(__VA_ARGS__)
#endif

void wb_multiply_add(const struct wb_product *p) {
  CALL(
      float, p->left, p->left_row, p->left_column, p->right, p->right_row, p->right_column,
      p->target, p->target_row, p->rows, p->columns, p->depth);
}

void wb_moment_add(const struct wb_moment *m) {
  float tile[WB_MOMENT_TILE * WB_MOMENT_TILE];
  float weighted[STRETCH * WB_MOMENT_TILE];
  for (ptrdiff_t start = 0; start < m->tokens; start += STRETCH) {
    const ptrdiff_t tokens = m->tokens - start < STRETCH ? m->tokens - start : STRETCH;
    const float *left = m->left + start * m->left_stride + m->row;
    ptrdiff_t step = m->left_stride;
    if (m->weights) {
      for (ptrdiff_t token = 0; token < tokens; ++token) {
        for (ptrdiff_t row = 0; row < m->rows; ++row) {
          weighted[token * WB_MOMENT_TILE + row] =
              left[token * step + row] * m->weights[start + token];
        }
      }
      left = weighted;
      step = WB_MOMENT_TILE;
    }
    memset(tile, 0, sizeof tile);
    CALL(
        float, left, 1, step, m->right + start * m->right_stride + m->column, m->right_stride, 1,
        tile, WB_MOMENT_TILE, m->rows, m->columns, tokens);
    for (ptrdiff_t row = 0; row < m->rows; ++row) {
      double *to = m->moments + (m->row + row) * m->stride + m->column;
      for (ptrdiff_t column = 0; column < m->columns; ++column) {
        to[column] += (double)tile[row * WB_MOMENT_TILE + column];
      }
    }
  }
}

void wb_factor_prepare(
    const double *matrix, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t count, double *scaled) {
  for (ptrdiff_t k = 0; k < first; ++k) {
    const double pivot = matrix[k * stride + k];
    for (ptrdiff_t j = 0; j < count; ++j) {
      scaled[k * count + j] = -pivot * matrix[(first + j) * stride + k];
    }
  }
}

void wb_factor_update(
    double *matrix, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t count, const double *scaled,
    ptrdiff_t row, ptrdiff_t rows) {
  CALL(
      double, matrix + row * stride, stride, 1, scaled, count, 1, matrix + row * stride + first,
      stride, rows, count, first);
}

// The factor's row within a block, of which the columns before `limit` are wanted.
static void factor_row(
    double *matrix, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t row, ptrdiff_t limit) {
  double *line = matrix + row * stride;
  for (ptrdiff_t j = first; j < limit; ++j) {
    const double *other = matrix + j * stride;
    double sum = line[j];
    for (ptrdiff_t k = first; k < j; ++k) sum -= line[k] * matrix[k * stride + k] * other[k];
    line[j] = sum / other[j];
  }
}

void wb_factor_pivot(
    double *matrix, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t count, double floor) {
  for (ptrdiff_t row = first; row < first + count; ++row) {
    factor_row(matrix, stride, first, row, row);
    double *line = matrix + row * stride;
    double pivot = line[row];
    for (ptrdiff_t k = first; k < row; ++k) pivot -= line[k] * line[k] * matrix[k * stride + k];
    line[row] = pivot > floor ? pivot : floor;
  }
}

void wb_factor_solve(
    double *matrix, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t count, ptrdiff_t row,
    ptrdiff_t rows) {
  for (ptrdiff_t i = row; i < row + rows; ++i) {
    factor_row(matrix, stride, first, i, first + count);
  }
}

double wb_metric_begin(
    const double *moments, ptrdiff_t count, double scale, double damping, double *reversed,
    float *metric) {
  double trace = 0;
  for (ptrdiff_t i = 0; i < count; ++i) trace += scale * moments[i * count + i];
  const double mean = count > 0 ? trace / (double)count : 0;
  for (ptrdiff_t i = 0; i < count; ++i) {
    for (ptrdiff_t j = 0; j <= i; ++j) {
      double value = scale * moments[i * count + j];
      if (i == j) value += damping * mean;
      metric[i * count + j] = metric[j * count + i] = (float)value;
      reversed[(count - 1 - j) * count + count - 1 - i] = value;
    }
  }
  return mean;
}

void wb_metric_finish(const double *factored, ptrdiff_t count, float *factor, float *pivots) {
  for (ptrdiff_t k = 0; k < count; ++k) {
    const double *line = factored + (count - 1 - k) * count;
    pivots[k] = (float)line[count - 1 - k];
    float *row = factor + k * count;
    for (ptrdiff_t j = 0; j < k; ++j) row[j] = 0;
    row[k] = 1;
    for (ptrdiff_t j = k + 1; j < count; ++j) row[j] = (float)line[count - 1 - j];
  }
}

double wb_inner_product(const float *left, const float *right, ptrdiff_t count) {
  double sums[8] = {0};
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (int lane = 0; lane < 8; ++lane) {
      sums[lane] += (double)left[i + lane] * (double)right[i + lane];
    }
  }
  double rest = 0;
  for (; i < count; ++i) rest += (double)left[i] * (double)right[i];
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]))
         + rest;
}

void wb_add_scaled_double(double *target, const double *source, double scale, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; ++i) target[i] += source[i] * scale;
}

void wb_subtract(float *target, const float *left, const float *right, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; ++i) target[i] = left[i] - right[i];
}
