#include <math.h>

#include "CKernels.h"

// Products and sums round one by one in both twins: calibration wants few reasons to differ.
#pragma STDC FP_CONTRACT OFF

// Vectors of eight floats never cross a call here: every use is in one function after inlining.
#pragma clang diagnostic ignored "-Wpsabi"

#define NAME(x) portable_##x
#include "inference_body.h"
#undef NAME

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) avx2_##x
#include "inference_body.h"
#undef NAME
#pragma clang attribute pop

static int has_avx2(void) {
  return wb_cpu_level() >= WB_LEVEL_AVX2 && __builtin_cpu_supports("fma");
}
#define CALL(name, ...) (has_avx2() ? avx2_##name(__VA_ARGS__) : portable_##name(__VA_ARGS__))
#else
#define CALL(name, ...) portable_##name(__VA_ARGS__)
#endif

void inference_rms_norm(
    float *output, ptrdiff_t output_stride, const float *input, ptrdiff_t input_stride,
    const float *weight, ptrdiff_t rows, ptrdiff_t width, float epsilon) {
  for (ptrdiff_t row = 0; row < rows; row++)
    CALL(
        rms_norm, output + row * output_stride, input + row * input_stride, weight, width, epsilon);
}

void inference_layer_norm(
    float *output, ptrdiff_t output_stride, const float *input, ptrdiff_t input_stride,
    const float *weight, const float *bias, ptrdiff_t rows, ptrdiff_t width, float epsilon) {
  for (ptrdiff_t row = 0; row < rows; row++)
    CALL(
        layer_norm, output + row * output_stride, input + row * input_stride, weight, bias, width,
        epsilon);
}

void inference_rotate(
    float *vectors, ptrdiff_t heads, ptrdiff_t width, const float *cosine, const float *sine,
    ptrdiff_t half, int interleaved) {
  for (ptrdiff_t head = 0; head < heads; head++)
    CALL(rotate, vectors + head * width, cosine, sine, half, interleaved);
}

void inference_softmax(
    float *scores, ptrdiff_t count, ptrdiff_t first, ptrdiff_t last, ptrdiff_t query,
    struct inference_softmax_options options) {
  CALL(softmax, scores, count, first, last, query, options);
}

void inference_activate(
    float *output, const float *gate, const float *up, ptrdiff_t count,
    enum inference_activation kind) {
  CALL(activate, output, gate, up, count, kind);
}

void inference_clamped_gate(
    float *output, const float *gate, const float *up, ptrdiff_t count, float factor, float limit) {
  CALL(clamped_gate, output, gate, up, count, factor, limit);
}

void inference_gaussian_cut(float *values, ptrdiff_t count, float deviations) {
  CALL(gaussian_cut, values, count, deviations);
}

void inference_selective_scan(
    float *output, ptrdiff_t output_stride, const float *input, ptrdiff_t input_stride,
    const float *step, ptrdiff_t step_stride, const float *b, const float *c,
    ptrdiff_t state_stride, const float *a, const float *skip, float *state, ptrdiff_t tokens,
    ptrdiff_t channels, ptrdiff_t states) {
  CALL(
      selective_scan, output, output_stride, input, input_stride, step, step_stride, b, c,
      state_stride, a, skip, state, tokens, channels, states);
}

void inference_causal_convolution(
    float *output, ptrdiff_t output_stride, const float *input, ptrdiff_t input_stride,
    const float *weight, const float *bias, ptrdiff_t tokens, ptrdiff_t channels, ptrdiff_t taps,
    enum inference_activation kind) {
  for (ptrdiff_t t = 0; t < tokens; t++) {
    float *row = output + t * output_stride;
    for (ptrdiff_t i = 0; i < channels; i++) row[i] = bias ? bias[i] : 0;
    for (ptrdiff_t k = 0; k < taps; k++) {
      ptrdiff_t source = t + k - (taps - 1);
      if (source < 0) continue;
      const float *x = input + source * input_stride;
      for (ptrdiff_t i = 0; i < channels; i++) row[i] += x[i] * weight[i * taps + k];
    }
    inference_activate(row, row, 0, channels, kind);
  }
}

void inference_integrated_elu(
    float *values, ptrdiff_t count, float above, float below, float linear, float epsilon) {
  for (ptrdiff_t i = 0; i < count; i++) {
    const float x = values[i], bounded = x < epsilon ? x : epsilon;
    const float curve = x > 0 ? above * x * x : (expm1f(bounded) - x) * below;
    values[i] = curve + linear * x;
  }
}

void inference_softcap(float *values, float cap, ptrdiff_t count) {
  CALL(softcap, values, cap, count);
}

void inference_add_scaled(float *target, const float *source, float scale, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) target[i] += source[i] * scale;
}

void inference_scale(float *values, float scale, float limit, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) values[i] *= scale;
  if (limit > 0)
    for (ptrdiff_t i = 0; i < count; i++)
      values[i] = values[i] > limit ? limit : values[i] < -limit ? -limit : values[i];
}

float inference_maximum(const float *values, ptrdiff_t count, ptrdiff_t *place) {
  return CALL(maximum, values, count, place);
}

void inference_keep_largest(
    const float *values, ptrdiff_t count, int first, float *largest, int *places, ptrdiff_t kept) {
  for (ptrdiff_t i = 0; i < count; i++) {
    float value = values[i];
    if (!(value > largest[kept - 1])) continue;
    ptrdiff_t rank = kept - 1;
    for (; rank > 0 && value > largest[rank - 1]; rank--) {
      largest[rank] = largest[rank - 1];
      places[rank] = places[rank - 1];
    }
    largest[rank] = value;
    places[rank] = first + (int)i;
  }
}

double inference_sum_exp(const float *values, ptrdiff_t count, float maximum) {
  return CALL(sum_exp, values, count, maximum);
}

double inference_sum_exp_difference(
    const float *values, const float *others, ptrdiff_t count, float maximum) {
  return CALL(sum_exp_difference, values, others, count, maximum);
}

double inference_squared_difference(
    const float *values, const float *others, ptrdiff_t count, double *norm) {
  return CALL(squared_difference, values, others, count, norm);
}
