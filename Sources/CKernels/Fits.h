// Searches for the scale, and offset, of one sub-block: the scalar reference. Each is defined as an
// order of operations (ENC-40 to ENC-49); `codes` receives the integers.
#ifndef WEIGHBRIDGE_FITS_H
#define WEIGHBRIDGE_FITS_H

#include "Kernel.h"

// Below it a group counts as all zero.
#define WB_TINY 1e-15f

// ggml-quants.c, make_qx_quants with rmse_type 1: x ≈ scale · (code − limit), code in 0 ..< 2·limit. `weights` null: x².
float wb_fit_symmetric(
    size_t count, int limit, const float *x, const float *weights, int8_t *codes);

typedef struct {
  float start, step;  // trial k uses `limit + start + step·k` levels over the range
  int last;           // the last k
  bool absolute;      // |error| instead of error²
} wb_search;

// ggml-quants.c, make_qkx2_quants and make_qkx3_quants: x ≈ scale · code − minimum, code in 0 ... limit, minimum ≥ 0.
float wb_fit_affine(
    size_t count, int limit, const float *x, const float *weights, uint8_t *codes, float *minimum,
    wb_search search);

// ggml-quants.c, make_qp_quants: x ≈ scale · code for x ≥ 0, code in 0 ... limit.
float wb_fit_positive(
    size_t count, int limit, const float *x, const float *weights, uint8_t *codes);

#endif
