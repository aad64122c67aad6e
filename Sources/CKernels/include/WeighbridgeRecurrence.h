// Recurrences over the tokens of one window whose state is a matrix: gated delta nets, Mamba 2.
#ifndef WEIGHBRIDGE_RECURRENCE_H
#define WEIGHBRIDGE_RECURRENCE_H
#include <stddef.h>

// One head. For each token t, with the state S [depth, width], which begins with zeros:
//   row i of S = row i of S × decay(t, i)
//   u = strength(t) × (value(t) − S^T key(t))      where it is a delta rule, else strength × value
//   S = S + key(t) u^T
//   output(t) = S^T query(t) × scale
struct inference_recurrence {
  const float *queries, *keys;  // [tokens, depth]
  ptrdiff_t query_stride, key_stride;
  const float *values;  // [tokens, width]
  ptrdiff_t value_stride;
  const float *decays;  // [tokens, depth], or one for each token where decay_step is 0
  ptrdiff_t decay_stride, decay_step;
  const float *strengths;  // one for each token
  ptrdiff_t strength_stride;
  int is_delta;
  float scale;
  ptrdiff_t tokens, depth, width;
  float *state;   // scratch: depth × width + width floats
  float *output;  // [tokens, width]
  ptrdiff_t output_stride;
};
void inference_recur(const struct inference_recurrence *recurrence);

// What a state keeps and takes of each token, for `count` columns of one token:
//   step = softplus(step + bias), held within low and high;   decay = exp(rate × step)
// Column j has the rate j / share. `decays` and `steps` may not overlap.
void inference_time_steps(
    float *steps, float *decays, const float *biases, const float *rates, ptrdiff_t count,
    ptrdiff_t share, float low, float high);
#endif
