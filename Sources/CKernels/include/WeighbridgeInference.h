// The elementwise loops of inference: normalization, rotation, softmax, activations, statistics.
//
// All are exact to about one unit in the last place of float; sums run in double. Matrices are
// row-major; a stride is the number of floats from one row to the next.
#ifndef WEIGHBRIDGE_INFERENCE_H
#define WEIGHBRIDGE_INFERENCE_H
#include <stddef.h>

// output = input / sqrt(mean(input²) + epsilon) × weight; a null weight is all ones.
void inference_rms_norm(
    float *output, ptrdiff_t output_stride, const float *input, ptrdiff_t input_stride,
    const float *weight, ptrdiff_t rows, ptrdiff_t width, float epsilon);

// output = (input − mean) / sqrt(variance + epsilon) × weight + bias; either may be null.
void inference_layer_norm(
    float *output, ptrdiff_t output_stride, const float *input, ptrdiff_t input_stride,
    const float *weight, const float *bias, ptrdiff_t rows, ptrdiff_t width, float epsilon);

// Rotates pairs of every head of one token by the angles of its position: (2i, 2i+1) where
// `interleaved`, else (i, i + half). `cosine` and `sine` hold `half` values; a head has `width`.
void inference_rotate(
    float *vectors, ptrdiff_t heads, ptrdiff_t width, const float *cosine, const float *sine,
    ptrdiff_t half, int interleaved);

// What turns attention scores into weights.
struct inference_softmax_options {
  float softcap;  // 0: none; else scores become softcap × tanh(score / softcap)
  float slope;    // added × (key − query), as in ALiBi; 0: none
  float rounded;  // if not 0: slope × key, rounded to bfloat16, × this is added instead
  int has_sink;   // whether one more score takes part in the sum and has no value
  float sink;
};

// Turns scores of one query into weights in place. Keys outside first..<last get 0.
void inference_softmax(
    float *scores, ptrdiff_t count, ptrdiff_t first, ptrdiff_t last, ptrdiff_t query,
    struct inference_softmax_options options);

enum inference_activation {
  INFERENCE_SILU,
  INFERENCE_GELU_TANH,
  INFERENCE_GELU_ERF,
  INFERENCE_RELU,
  INFERENCE_RELU_SQUARED,
  INFERENCE_SIGMOID,
  INFERENCE_SOFTPLUS,
  INFERENCE_GELU_CLIPPED,  // ±10
  INFERENCE_GELU_QUICK,    // x × sigmoid(1.702 x)
  INFERENCE_RELU6,
  INFERENCE_RELU_LEAKY,  // a hundredth of what is below 0
  INFERENCE_TANH,
  INFERENCE_LAPLACE,  // (1 + erf((x − 0.707107) / (0.282095 √2))) / 2
  INFERENCE_MISH,
  INFERENCE_HARD_SWISH,
  INFERENCE_LINEAR,
  INFERENCE_SOFTPLUS_ROOT,
};

// xIELU in place: above × x² + linear × x for x > 0, else below × (e^min(x, epsilon) − 1 − x) + linear × x.
void inference_integrated_elu(
    float *values, ptrdiff_t count, float above, float below, float linear, float epsilon);

// output = activation(gate) × up; a null `up` is all ones. `output` may be `gate` or `up`.
void inference_activate(
    float *output, const float *gate, const float *up, ptrdiff_t count,
    enum inference_activation kind);

// output = min(gate, limit) × sigmoid(factor × min(gate, limit)) × (clamp(up, ±limit) + 1), as of
// gpt-oss; `output` may be `gate` or `up`.
void inference_clamped_gate(
    float *output, const float *gate, const float *up, ptrdiff_t count, float factor, float limit);

// values = max(0, values − (mean + deviations × standard deviation)), over all `count` of them: what is
// left of a normal distribution above some quantile.
void inference_gaussian_cut(float *values, ptrdiff_t count, float deviations);

// A selective state space over the tokens of one window, for some channels side by side. For each
// channel i and state n:  h = h exp(step a) + step x b;  y = Σ h c + skip x.
// `a` is [channels, states], `state` is scratch of the same size, `b` and `c` are rows of `states`.
void inference_selective_scan(
    float *output, ptrdiff_t output_stride, const float *input, ptrdiff_t input_stride,
    const float *step, ptrdiff_t step_stride, const float *b, const float *c,
    ptrdiff_t state_stride, const float *a, const float *skip, float *state, ptrdiff_t tokens,
    ptrdiff_t channels, ptrdiff_t states);

// A causal convolution along the tokens of one window, each channel by itself, and an activation of it.
// `weight` is [channels, taps], the last tap for the token itself; `bias` may be null.
void inference_causal_convolution(
    float *output, ptrdiff_t output_stride, const float *input, ptrdiff_t input_stride,
    const float *weight, const float *bias, ptrdiff_t tokens, ptrdiff_t channels, ptrdiff_t taps,
    enum inference_activation kind);

// target += source × scale
void inference_add_scaled(float *target, const float *source, float scale, ptrdiff_t count);
// values = cap × tanh(values / cap)
void inference_softcap(float *values, float cap, ptrdiff_t count);
// values = clamp(values × scale, ±limit); a limit of 0 is none
void inference_scale(float *values, float scale, float limit, ptrdiff_t count);

// The largest value; its first place goes to `place`.
float inference_maximum(const float *values, ptrdiff_t count, ptrdiff_t *place);

// Keeps the `kept` largest of all values seen so far in falling order, and their places; of equal ones the
// first. `first` is the place of the first of these values; a list that holds nothing yet is −infinity.
void inference_keep_largest(
    const float *values, ptrdiff_t count, int first, float *largest, int *places, ptrdiff_t kept);
// Σ exp(values − maximum)
double inference_sum_exp(const float *values, ptrdiff_t count, float maximum);
// Σ exp(values − maximum) × (values − others)
double inference_sum_exp_difference(
    const float *values, const float *others, ptrdiff_t count, float maximum);
// Σ (values − others)², and Σ others² to `norm`.
double inference_squared_difference(
    const float *values, const float *others, ptrdiff_t count, double *norm);
// Products by tiles that stay in registers.
struct inference_tile {
  ptrdiff_t rows;     // of the left matrix
  ptrdiff_t columns;  // of the right one
};
struct inference_tile inference_native_tile(void);

// Rows of a row-major matrix in the order in which a tile reads the left matrix: as many floats as
// `rows`, rounded up to whole tiles, × `depth`.
void inference_pack_left(
    const float *source, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t depth, float *packed);
// The same for the right matrix: its columns are rows of `source`, each of `depth` floats.
void inference_pack_right(
    const float *source, ptrdiff_t stride, ptrdiff_t columns, ptrdiff_t depth, float *packed);
// The same where its columns are columns of `source`, which has `depth` rows.
void inference_pack_columns(
    const float *source, ptrdiff_t stride, ptrdiff_t columns, ptrdiff_t depth, float *packed);

// target (+)= (left × right + bias) × scale; `bias` is null or holds `columns` floats.
struct inference_product {
  const float *left;   // packed [rows, depth]
  const float *right;  // packed [columns, depth]
  ptrdiff_t rows, columns, depth;
  float scale;
  const float *bias;
  int adds;
  float *target;  // row-major
  ptrdiff_t stride;
};
void inference_multiply_packed(const struct inference_product *product);

// Attention of some queries of one head, which follow each other, over the keys of their window.
struct inference_attention {
  const float *queries;  // row-major, [rows, depth]
  ptrdiff_t query_stride;
  ptrdiff_t rows;
  ptrdiff_t position;          // of the first query among the keys
  const float *packed_keys;    // by `inference_pack_right`, [keys, depth]
  const float *packed_values;  // by `inference_pack_columns`, [keys, width]
  ptrdiff_t keys, depth, width;
  float scale;
  int causal;        // whether a query sees no key after its own position
  ptrdiff_t window;  // keys that a query sees up to its own, which is included; 0: all
  ptrdiff_t ahead;   // keys after its own that a query sees where it is not causal; negative: all
  ptrdiff_t chunk;   // queries see keys of their own stretch of so many alone; 0: no stretches
  // If not null, relative[key − query] is added to scores; it points at what a query's own key gets.
  const float *relative;
  struct inference_softmax_options softmax;
  float *scratch;  // tile rows × (depth + keys + 2 × tile columns) floats
  float *output;   // row-major, [rows, width]
  ptrdiff_t output_stride;
};
void inference_attend(const struct inference_attention *attention);
#endif
