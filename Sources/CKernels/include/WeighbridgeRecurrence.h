// Recurrences over the tokens of one window whose state is a matrix: gated delta nets, Mamba 2.
#ifndef WEIGHBRIDGE_RECURRENCE_H
#define WEIGHBRIDGE_RECURRENCE_H
#include <stddef.h>

// One head. For each token t, with the state S [depth, width], which begins with zeros:
//   S = S × decay(t)
//   u = strength(t) × (value(t) − S^T key(t))      where it is a delta rule, else strength × value
//   S = S + key(t) u^T
//   output(t) = S^T query(t) × scale
struct inference_recurrence {
  const float *queries, *keys;  // [tokens, depth]
  ptrdiff_t query_stride, key_stride;
  const float *values;  // [tokens, width]
  ptrdiff_t value_stride;
  const float *decays, *strengths;  // one for each token
  ptrdiff_t decay_stride, strength_stride;
  int is_delta;
  float scale;
  ptrdiff_t tokens, depth, width;
  float *state;    // scratch: depth × width + width floats
  float *output;   // [tokens, width]
  ptrdiff_t output_stride;
};
void inference_recur(const struct inference_recurrence *recurrence);
#endif
