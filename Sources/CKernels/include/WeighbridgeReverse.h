// The reverse of inference's elementwise loops: gradients of a text's loss.
//
// As in WeighbridgeCalibration.h, sums have one order.
#ifndef WEIGHBRIDGE_REVERSE_H
#define WEIGHBRIDGE_REVERSE_H
#include <stddef.h>

#include "WeighbridgeInference.h"

// output += the gradient of a norm's input; `gradient` is that of its output. A null weight is all ones.
void wb_reverse_rms_norm(
    const float *input, const float *weight, const float *gradient, float *output, ptrdiff_t width,
    float epsilon);
void wb_reverse_layer_norm(
    const float *input, const float *weight, const float *gradient, float *output, ptrdiff_t width,
    float epsilon);

// gradient = weights × (gradient − Σ weights × gradient), for weights that a softmax made.
void wb_reverse_softmax(const float *weights, float *gradient, ptrdiff_t count);

// gradient ×= 1 − (capped / cap)², for capped = cap × tanh(score / cap).
void wb_reverse_softcap(const float *capped, float *gradient, float cap, ptrdiff_t count);

// The gradients of gate and up for output = activation(gate) × up; both `up` and its gradient may be
// null. `up_gradient` may be `gradient`.
void wb_reverse_activation(
    enum inference_activation kind, const float *gate, const float *up, const float *gradient,
    float *gate_gradient, float *up_gradient, ptrdiff_t count);

// Draws a token from the distribution that logits give, `uniform` of [0, 1) deciding, and turns the
// logits into probabilities minus one at that token: the gradient of −ln p(token). Returns the token.
ptrdiff_t wb_draw_label(float *logits, ptrdiff_t count, double uniform);

// The gradient of −ln p(token) for a given token.
void wb_label_gradient(float *logits, ptrdiff_t count, ptrdiff_t label);

// Σ values² / count
float wb_mean_square(const float *values, ptrdiff_t count);
#endif
