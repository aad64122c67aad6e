// The reverse of inference's elementwise loops; see WeighbridgeReverse.h.
//
// Exponentials come from inference's own kernels, so that no library's last bits get in.
#include "WeighbridgeReverse.h"

#include "../Kernel.h"

enum { PIECE = 256 };  // elements that are activated at a time

// Eight sums side by side, whatever the machine.
typedef struct {
  double lanes[8];
} Sums;

WB_INLINE void add(Sums *sums, ptrdiff_t index, double value) { sums->lanes[index & 7] += value; }

static double total(const Sums *s) {
  return ((s->lanes[0] + s->lanes[4]) + (s->lanes[2] + s->lanes[6]))
         + ((s->lanes[1] + s->lanes[5]) + (s->lanes[3] + s->lanes[7]));
}

void wb_reverse_rms_norm(
    const float *input, const float *weight, const float *gradient, float *output, ptrdiff_t width,
    float epsilon) {
  Sums squares = {{0}}, products = {{0}};
  for (ptrdiff_t i = 0; i < width; ++i) {
    const float g = weight ? weight[i] * gradient[i] : gradient[i];
    add(&squares, i, (double)input[i] * (double)input[i]);
    add(&products, i, (double)input[i] * (double)g);
  }
  const double inverse = 1 / sqrt(total(&squares) / (double)width + (double)epsilon);
  const float scale = (float)inverse;
  const float along = (float)(inverse * inverse * inverse * total(&products) / (double)width);
  for (ptrdiff_t i = 0; i < width; ++i) {
    const float g = weight ? weight[i] * gradient[i] : gradient[i];
    output[i] += scale * g - along * input[i];
  }
}

void wb_reverse_layer_norm(
    const float *input, const float *weight, const float *gradient, float *output, ptrdiff_t width,
    float epsilon) {
  Sums sum = {{0}}, squares = {{0}}, gradients = {{0}}, products = {{0}};
  for (ptrdiff_t i = 0; i < width; ++i) add(&sum, i, (double)input[i]);
  const double mean = total(&sum) / (double)width;
  for (ptrdiff_t i = 0; i < width; ++i) {
    const double x = (double)input[i] - mean;
    const float g = weight ? weight[i] * gradient[i] : gradient[i];
    add(&squares, i, x * x);
    add(&gradients, i, (double)g);
    add(&products, i, x * (double)g);
  }
  const double inverse = 1 / sqrt(total(&squares) / (double)width + (double)epsilon);
  const double centre = total(&gradients) / (double)width;
  const double along = inverse * inverse * total(&products) / (double)width;
  for (ptrdiff_t i = 0; i < width; ++i) {
    const float g = weight ? weight[i] * gradient[i] : gradient[i];
    output[i] += (float)(inverse * ((double)g - centre - along * ((double)input[i] - mean)));
  }
}

void wb_reverse_softmax(const float *weights, float *gradient, ptrdiff_t count) {
  Sums sums = {{0}};
  for (ptrdiff_t i = 0; i < count; ++i) add(&sums, i, (double)weights[i] * (double)gradient[i]);
  const float mean = (float)total(&sums);
  for (ptrdiff_t i = 0; i < count; ++i) gradient[i] = weights[i] * (gradient[i] - mean);
}

void wb_reverse_softcap(const float *capped, float *gradient, float cap, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; ++i) {
    const float part = capped[i] / cap;
    gradient[i] *= 1 - part * part;
  }
}

static void sigmoid(const float *x, float factor, float *result, int count) {
  for (int i = 0; i < count; ++i) result[i] = x[i] * factor;
  inference_activate(result, result, NULL, count, INFERENCE_SIGMOID);
}

// The derivative of an activation of up to PIECE numbers.
static void slopes(enum inference_activation kind, const float *x, float *slope, int count) {
  float s[PIECE], t[PIECE];
  switch (kind) {
    case INFERENCE_SILU:
      sigmoid(x, 1, s, count);
      for (int i = 0; i < count; ++i) slope[i] = s[i] * (1 + x[i] * (1 - s[i]));
      return;
    case INFERENCE_GELU_TANH: {
      // ½ (1 + tanh u) = σ(2u), u = √(2/π) (x + 0.044715 x³)
      const float root = 0.7978845608f;
      for (int i = 0; i < count; ++i) t[i] = 2 * root * (x[i] + 0.044715f * x[i] * x[i] * x[i]);
      sigmoid(t, 1, s, count);
      for (int i = 0; i < count; ++i) {
        const float inner = 2 * root * (1 + 3 * 0.044715f * x[i] * x[i]);
        slope[i] = s[i] + x[i] * s[i] * (1 - s[i]) * inner;
      }
      return;
    }
    case INFERENCE_GELU_ERF:
      // Φ(x) + x φ(x); e^−y = σ(−y) / σ(y)
      for (int i = 0; i < count; ++i) t[i] = 0.5f * x[i] * x[i];
      sigmoid(t, 1, s, count);
      sigmoid(t, -1, slope, count);
      for (int i = 0; i < count; ++i) t[i] = slope[i] / s[i];
      inference_activate(s, x, NULL, count, INFERENCE_GELU_ERF);
      for (int i = 0; i < count; ++i) {
        const float area = fabsf(x[i]) > 1e-4f ? s[i] / x[i] : 0.5f + 0.3989422804f * x[i];
        slope[i] = area + x[i] * 0.3989422804f * t[i];
      }
      return;
    case INFERENCE_RELU:
      for (int i = 0; i < count; ++i) slope[i] = x[i] > 0 ? 1 : 0;
      return;
    case INFERENCE_RELU_SQUARED:
      for (int i = 0; i < count; ++i) slope[i] = x[i] > 0 ? 2 * x[i] : 0;
      return;
    case INFERENCE_SIGMOID:
      sigmoid(x, 1, s, count);
      for (int i = 0; i < count; ++i) slope[i] = s[i] * (1 - s[i]);
      return;
    case INFERENCE_SOFTPLUS: sigmoid(x, 1, slope, count); return;
    // Callers ask for no others.
    default: memset(slope, 0, (size_t)count * sizeof(float)); return;
  }
}

void wb_reverse_activation(
    enum inference_activation kind, const float *gate, const float *up, const float *gradient,
    float *gate_gradient, float *up_gradient, ptrdiff_t count) {
  for (ptrdiff_t start = 0; start < count; start += PIECE) {
    const int piece = (int)(count - start < PIECE ? count - start : PIECE);
    const float *x = gate + start;
    float slope[PIECE], active[PIECE];
    slopes(kind, x, slope, piece);
    for (int i = 0; i < piece; ++i) slope[i] *= (up ? up[start + i] : 1) * gradient[start + i];
    if (up && up_gradient) {
      inference_activate(active, x, NULL, piece, kind);
      for (int i = 0; i < piece; ++i) up_gradient[start + i] = active[i] * gradient[start + i];
    }
    memcpy(gate_gradient + start, slope, (size_t)piece * sizeof(float));
  }
}

static void probabilities(float *logits, ptrdiff_t count) {
  const struct inference_softmax_options plain = {0, 0, 0, 0};
  inference_softmax(logits, count, 0, count, 0, plain);
}

ptrdiff_t wb_draw_label(float *logits, ptrdiff_t count, double uniform) {
  probabilities(logits, count);
  double all = 0;
  for (ptrdiff_t i = 0; i < count; ++i) all += (double)logits[i];
  const double wanted = uniform * all;
  double sum = 0;
  ptrdiff_t label = count - 1;
  for (ptrdiff_t i = 0; i < count; ++i) {
    sum += (double)logits[i];
    if (sum > wanted) {
      label = i;
      break;
    }
  }
  logits[label] -= 1;
  return label;
}

void wb_label_gradient(float *logits, ptrdiff_t count, ptrdiff_t label) {
  probabilities(logits, count);
  logits[label] -= 1;
}

float wb_mean_square(const float *values, ptrdiff_t count) {
  Sums sums = {{0}};
  for (ptrdiff_t i = 0; i < count; ++i) add(&sums, i, (double)values[i] * (double)values[i]);
  return count > 0 ? (float)(total(&sums) / (double)count) : 0;
}
