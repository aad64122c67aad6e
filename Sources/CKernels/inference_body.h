// The loops themselves, compiled once for every instruction set by inference_kernels.c, which
// defines NAME. Eight lanes at a time in clang's vector types; the compiler makes of them what the
// instruction set has.

typedef float NAME(f8) __attribute__((ext_vector_type(8), aligned(4), may_alias));
typedef int NAME(i8) __attribute__((ext_vector_type(8)));
typedef double NAME(d8) __attribute__((ext_vector_type(8)));
#define F8 NAME(f8)
#define I8 NAME(i8)
#define D8 NAME(d8)

static inline F8 NAME(splat)(float x) { return (F8){x, x, x, x, x, x, x, x}; }

static inline double NAME(sum)(D8 x) {
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

// e^x to about one unit in the last place: x = n ln 2 + r, |r| ≤ ln 2 / 2, a polynomial for e^r.
// Beyond ±87 the result is held at the ends of float's normal range; below −87.3 it is 0.
static inline F8 NAME(exp8)(F8 x) {
  F8 low = NAME(splat)(-87.33f), high = NAME(splat)(88.37f);
  I8 tiny = x < low;
  x = x < low ? low : x;
  x = x > high ? high : x;
  F8 n = __builtin_elementwise_rint(x * NAME(splat)(0x1.715476p+0f));
  F8 r = x - n * NAME(splat)(0x1.62e400p-1f);
  r = r - n * NAME(splat)(0x1.7f7d1cp-20f);
  F8 p = NAME(splat)(0x1.a01a02p-13f);
  p = p * r + NAME(splat)(0x1.6c16c2p-10f);
  p = p * r + NAME(splat)(0x1.111112p-7f);
  p = p * r + NAME(splat)(0x1.555556p-5f);
  p = p * r + NAME(splat)(0x1.555556p-3f);
  p = p * r + NAME(splat)(0.5f);
  F8 y = (p * r) * r + r + NAME(splat)(1.0f);
  I8 e = (__builtin_convertvector(n, I8) + 127) << 23;
  union {
    I8 i;
    F8 f;
  } scale = {e}, result, mask = {~tiny};
  result.f = y * scale.f;
  result.i &= mask.i;
  return result.f;
}

// Up to seven values and zeros.
static inline F8 NAME(load_part)(const float *p, ptrdiff_t count) {
  F8 x = {0};
  __builtin_memcpy(&x, p, (size_t)count * sizeof(float));
  return x;
}

static inline void NAME(store_part)(float *p, F8 x, ptrdiff_t count) {
  __builtin_memcpy(p, &x, (size_t)count * sizeof(float));
}

#define LOAD(p) (*(const F8 *)(p))
#define STORE(p, x) (*(F8 *)(p) = (x))
#define WIDEN(x) __builtin_convertvector(x, D8)

static void NAME(rms_norm)(
    float *output, const float *input, const float *weight, ptrdiff_t width, float epsilon) {
  D8 sums = {0};
  ptrdiff_t i = 0;
  for (; i + 8 <= width; i += 8) {
    D8 x = WIDEN(LOAD(input + i));
    sums += x * x;
  }
  double sum = NAME(sum)(sums);
  for (; i < width; i++) sum += (double)input[i] * (double)input[i];
  float scale = (float)(1.0 / __builtin_sqrt(sum / (double)width + (double)epsilon));
  if (weight)
    for (i = 0; i < width; i++) output[i] = input[i] * scale * weight[i];
  else
    for (i = 0; i < width; i++) output[i] = input[i] * scale;
}

static void NAME(layer_norm)(
    float *output, const float *input, const float *weight, const float *bias, ptrdiff_t width,
    float epsilon) {
  D8 sums = {0};
  ptrdiff_t i = 0;
  for (; i + 8 <= width; i += 8) sums += WIDEN(LOAD(input + i));
  double sum = NAME(sum)(sums);
  for (; i < width; i++) sum += (double)input[i];
  double mean = sum / (double)width;
  sums = (D8){0};
  for (i = 0; i + 8 <= width; i += 8) {
    D8 x = WIDEN(LOAD(input + i)) - mean;
    sums += x * x;
  }
  sum = NAME(sum)(sums);
  for (; i < width; i++) sum += ((double)input[i] - mean) * ((double)input[i] - mean);
  float scale = (float)(1.0 / __builtin_sqrt(sum / (double)width + (double)epsilon));
  float center = (float)mean;
  for (i = 0; i < width; i++) output[i] = (input[i] - center) * scale;
  if (weight)
    for (i = 0; i < width; i++) output[i] *= weight[i];
  if (bias)
    for (i = 0; i < width; i++) output[i] += bias[i];
}

static void NAME(rotate)(
    float *vector, const float *cosine, const float *sine, ptrdiff_t half, int interleaved) {
  if (interleaved) {
    for (ptrdiff_t i = 0; i < half; i++) {
      float x = vector[2 * i], y = vector[2 * i + 1];
      vector[2 * i] = x * cosine[i] - y * sine[i];
      vector[2 * i + 1] = x * sine[i] + y * cosine[i];
    }
  } else {
    float *other = vector + half;
    for (ptrdiff_t i = 0; i < half; i++) {
      float x = vector[i], y = other[i];
      vector[i] = x * cosine[i] - y * sine[i];
      other[i] = x * sine[i] + y * cosine[i];
    }
  }
}

// tanh(x) = 1 − 2 / (e^2x + 1), and a short series where that loses digits.
static inline F8 NAME(tanh8)(F8 x) {
  F8 e = NAME(exp8)(x + x);
  F8 large = 1.0f - 2.0f / (e + 1.0f);
  F8 s = x * x;
  F8 p = NAME(splat)(-0x1.226e36p-7f);
  p = p * s + NAME(splat)(0x1.664f48p-6f);
  p = p * s + NAME(splat)(-0x1.ba1ba2p-5f);
  p = p * s + NAME(splat)(0x1.111112p-3f);
  p = p * s + NAME(splat)(-0x1.555556p-2f);
  F8 small = x + x * s * p;
  I8 near = s < 0.09f;
  return near ? small : large;
}

static void NAME(softcap)(float *values, float cap, ptrdiff_t count) {
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8) STORE(values + i, NAME(tanh8)(LOAD(values + i) / cap) * cap);
  if (i < count) NAME(store_part)
  (values + i, NAME(tanh8)(NAME(load_part)(values + i, count - i) / cap) * cap, count - i);
}

static float NAME(maximum)(const float *values, ptrdiff_t count, ptrdiff_t *place) {
  F8 best = NAME(splat)(-__builtin_inff()), second = best, third = best, fourth = best;
  ptrdiff_t i = 0;
#define LARGER(x, y) ((x) > (y) ? (x) : (y))
  for (; i + 32 <= count; i += 32) {
    F8 a = LOAD(values + i), b = LOAD(values + i + 8), c = LOAD(values + i + 16);
    F8 d = LOAD(values + i + 24);
    best = LARGER(a, best);
    second = LARGER(b, second);
    third = LARGER(c, third);
    fourth = LARGER(d, fourth);
  }
  best = LARGER(second, best);
  third = LARGER(fourth, third);
  best = LARGER(third, best);
#undef LARGER
  for (; i + 8 <= count; i += 8) {
    F8 x = LOAD(values + i);
    best = x > best ? x : best;
  }
  float result = best[0];
  for (int lane = 1; lane < 8; lane++) result = best[lane] > result ? best[lane] : result;
  for (; i < count; i++) result = values[i] > result ? values[i] : result;
  if (place) {
    for (i = 0; i + 8 <= count; i += 8) {
      I8 equal = LOAD(values + i) == NAME(splat)(result);
      if (__builtin_reduce_or(equal)) break;
    }
    while (i < count && !(values[i] == result)) i++;
    *place = i < count ? i : 0;
  }
  return result;
}

static double NAME(sum_exp)(const float *values, ptrdiff_t count, float maximum) {
  D8 sums = {0};
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16)
    sums +=
        WIDEN(NAME(exp8)(LOAD(values + i) - maximum) + NAME(exp8)(LOAD(values + i + 8) - maximum));
  for (; i + 8 <= count; i += 8) sums += WIDEN(NAME(exp8)(LOAD(values + i) - maximum));
  if (i < count) {
    F8 e = NAME(exp8)(NAME(load_part)(values + i, count - i) - maximum);
    for (ptrdiff_t lane = 0; lane < count - i; lane++) sums[0] += (double)e[lane];
  }
  return NAME(sum)(sums);
}

static double NAME(sum_exp_difference)(
    const float *values, const float *others, ptrdiff_t count, float maximum) {
  D8 sums = {0};
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8) {
    F8 x = LOAD(values + i);
    F8 difference = x - LOAD(others + i);
    sums += WIDEN(NAME(exp8)(x - maximum)) * WIDEN(difference);
  }
  if (i < count) {
    F8 x = NAME(load_part)(values + i, count - i);
    F8 difference = x - NAME(load_part)(others + i, count - i);
    F8 e = NAME(exp8)(x - maximum);
    for (ptrdiff_t lane = 0; lane < count - i; lane++)
      sums[0] += (double)e[lane] * (double)difference[lane];
  }
  return NAME(sum)(sums);
}

// The nearest number of bfloat16, ties to even.
static inline float NAME(bfloat16)(float x) {
  union {
    float value;
    uint32_t bits;
  } number = {x};
  number.bits += 0x7fff + ((number.bits >> 16) & 1);
  number.bits &= 0xffff0000u;
  return number.value;
}

static void NAME(softmax)(
    float *scores, ptrdiff_t count, ptrdiff_t first, ptrdiff_t last, ptrdiff_t query,
    struct inference_softmax_options options) {
  float *values = scores + first;
  ptrdiff_t n = last - first;
  if (options.softcap != 0) NAME(softcap)(values, options.softcap, n);
  if (options.rounded != 0) {
    float slope = NAME(bfloat16)(options.slope);
    for (ptrdiff_t i = 0; i < n; i++)
      values[i] += options.rounded * NAME(bfloat16)(slope * NAME(bfloat16)((float)(first + i)));
  } else if (options.slope != 0)
    for (ptrdiff_t i = 0; i < n; i++) values[i] += options.slope * (float)(first + i - query);
  float maximum = NAME(maximum)(values, n, 0);
  if (options.has_sink && options.sink > maximum) maximum = options.sink;
  D8 sums = {0};
  ptrdiff_t i = 0;
  // Two numbers, each at most 1, are summed in single precision, all such sums in double.
  for (; i + 16 <= n; i += 16) {
    F8 e = NAME(exp8)(LOAD(values + i) - maximum);
    F8 f = NAME(exp8)(LOAD(values + i + 8) - maximum);
    STORE(values + i, e);
    STORE(values + i + 8, f);
    sums += WIDEN(e + f);
  }
  for (; i + 8 <= n; i += 8) {
    F8 e = NAME(exp8)(LOAD(values + i) - maximum);
    STORE(values + i, e);
    sums += WIDEN(e);
  }
  if (i < n) {
    F8 e = NAME(exp8)(NAME(load_part)(values + i, n - i) - maximum);
    NAME(store_part)(values + i, e, n - i);
    for (ptrdiff_t lane = 0; lane < n - i; lane++) sums[0] += (double)e[lane];
  }
  double sum = NAME(sum)(sums);
  if (options.has_sink) sum += __builtin_exp((double)options.sink - (double)maximum);
  float scale = (float)(1.0 / sum);
  for (i = 0; i < n; i++) values[i] *= scale;
  for (i = 0; i < first; i++) scores[i] = 0;
  for (i = last; i < count; i++) scores[i] = 0;
}

static inline F8 NAME(sigmoid8)(F8 x) { return 1.0f / (1.0f + NAME(exp8)(-x)); }

static inline F8 NAME(gelu_erf8)(F8 x) {
  F8 y;
  for (int lane = 0; lane < 8; lane++)
    y[lane] = 0.5f * x[lane] * (1.0f + __builtin_erff(x[lane] * 0x1.6a09e6p-1f));
  return y;
}

static inline F8 NAME(softplus8)(F8 x) {
  F8 y;
  for (int lane = 0; lane < 8; lane++)
    y[lane] = x[lane] > 20.0f ? x[lane] : __builtin_log1pf(__builtin_expf(x[lane]));
  return y;
}

static inline F8 NAME(between8)(F8 x, float low, float high) {
  x = x < low ? NAME(splat)(low) : x;
  return x > high ? NAME(splat)(high) : x;
}

static inline F8 NAME(activate8)(F8 x, enum inference_activation kind) {
  switch (kind) {
    case INFERENCE_SILU: return x * NAME(sigmoid8)(x);
    case INFERENCE_GELU_TANH: {
      // x/2 (1 + tanh y) = x sigmoid(2y)
      F8 y = NAME(splat)(0x1.988454p-1f) * (x + NAME(splat)(0.044715f) * x * x * x);
      return x * NAME(sigmoid8)(y + y);
    }
    case INFERENCE_GELU_ERF: return NAME(gelu_erf8)(x);
    case INFERENCE_RELU: return x > 0.0f ? x : NAME(splat)(0);
    case INFERENCE_RELU_SQUARED: return x > 0.0f ? x * x : NAME(splat)(0);
    case INFERENCE_SIGMOID: return NAME(sigmoid8)(x);
    case INFERENCE_SOFTPLUS: return NAME(softplus8)(x);
    case INFERENCE_GELU_CLIPPED: return NAME(between8)(NAME(gelu_erf8)(x), -10, 10);
    case INFERENCE_GELU_QUICK: return x * NAME(sigmoid8)(x * NAME(splat)(1.702f));
    case INFERENCE_RELU6: return NAME(between8)(x, 0, 6);
    case INFERENCE_RELU_LEAKY: return x > 0.0f ? x : x * NAME(splat)(0.01f);
    case INFERENCE_TANH: return NAME(tanh8)(x);
    case INFERENCE_LAPLACE: {
      F8 y;
      for (int lane = 0; lane < 8; lane++)
        y[lane] = 0.5f * (1.0f + __builtin_erff((x[lane] - 0.707107f) / 0x1.988467p-2f));
      return y;
    }
    case INFERENCE_MISH: return x * NAME(tanh8)(NAME(softplus8)(x));
    case INFERENCE_HARD_SWISH: return x * NAME(between8)(x + 3.0f, 0, 6) / 6.0f;
    case INFERENCE_LINEAR: return x;
    case INFERENCE_SOFTPLUS_ROOT: {
      F8 y = NAME(softplus8)(x);
      for (int lane = 0; lane < 8; lane++) y[lane] = __builtin_sqrtf(y[lane]);
      return y;
    }
  }
  return x;
}

static void NAME(clamped_gate)(
    float *output, const float *gate, const float *up, ptrdiff_t count, float factor, float limit) {
  const F8 most = NAME(splat)(limit);
  for (ptrdiff_t i = 0; i < count; i += 8) {
    ptrdiff_t n = count - i < 8 ? count - i : 8;
    F8 x = NAME(load_part)(gate + i, n), u = NAME(load_part)(up + i, n);
    x = x > most ? most : x;
    u = NAME(between8)(u, -limit, limit);
    NAME(store_part)(output + i, x * NAME(sigmoid8)(x * NAME(splat)(factor)) * (u + 1.0f), n);
  }
}

static void NAME(gaussian_cut)(float *values, ptrdiff_t count, float deviations) {
  D8 sums = {0};
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8) sums += WIDEN(LOAD(values + i));
  double sum = NAME(sum)(sums);
  for (; i < count; i++) sum += (double)values[i];
  const double mean = sum / (double)count;
  sums = (D8){0};
  for (i = 0; i + 8 <= count; i += 8) {
    D8 x = WIDEN(LOAD(values + i)) - mean;
    sums += x * x;
  }
  sum = NAME(sum)(sums);
  for (; i < count; i++) sum += ((double)values[i] - mean) * ((double)values[i] - mean);
  const double deviation = __builtin_sqrt(sum / (double)count);
  const float cut = (float)(mean + (double)deviations * deviation);
  for (i = 0; i < count; i++) values[i] = values[i] > cut ? values[i] - cut : 0;
}

static void NAME(activate)(
    float *output, const float *gate, const float *up, ptrdiff_t count,
    enum inference_activation kind) {
  for (ptrdiff_t i = 0; i < count; i += 8) {
    ptrdiff_t n = count - i < 8 ? count - i : 8;
    F8 y = NAME(activate8)(n == 8 ? LOAD(gate + i) : NAME(load_part)(gate + i, n), kind);
    if (up) {
      F8 u = n == 8 ? LOAD(up + i) : NAME(load_part)(up + i, n);
      y *= u;
    }
    if (n == 8)
      STORE(output + i, y);
    else
      NAME(store_part)(output + i, y, n);
  }
}

static void NAME(selective_scan)(
    float *output, ptrdiff_t output_stride, const float *input, ptrdiff_t input_stride,
    const float *step, ptrdiff_t step_stride, const float *b, const float *c,
    ptrdiff_t state_stride, const float *a, const float *skip, float *state, ptrdiff_t tokens,
    ptrdiff_t channels, ptrdiff_t states) {
  for (ptrdiff_t i = 0; i < channels * states; i++) state[i] = 0;
  for (ptrdiff_t t = 0; t < tokens; t++) {
    const float *bt = b + t * state_stride, *ct = c + t * state_stride;
    for (ptrdiff_t i = 0; i < channels; i++) {
      float x = input[t * input_stride + i], dt = step[t * step_stride + i];
      float *h = state + i * states;
      const float *ai = a + i * states;
      F8 sums = {0};
      for (ptrdiff_t n = 0; n < states; n += 8) {
        ptrdiff_t part = states - n < 8 ? states - n : 8;
        F8 decay = NAME(exp8)(NAME(load_part)(ai + n, part) * dt);
        F8 next = NAME(load_part)(h + n, part) * decay + NAME(load_part)(bt + n, part) * (dt * x);
        NAME(store_part)(h + n, next, part);
        sums += next * NAME(load_part)(ct + n, part);
      }
      output[t * output_stride + i] = (float)NAME(sum)(WIDEN(sums)) + skip[i] * x;
    }
  }
}

static double NAME(squared_difference)(
    const float *values, const float *others, ptrdiff_t count, double *norm) {
  D8 sums = {0}, norms = {0};
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8) {
    D8 y = WIDEN(LOAD(others + i));
    D8 x = WIDEN(LOAD(values + i)) - y;
    sums += x * x;
    norms += y * y;
  }
  for (; i < count; i++) {
    double y = others[i], x = (double)values[i] - y;
    sums[0] += x * x;
    norms[0] += y * y;
  }
  *norm = NAME(sum)(norms);
  return NAME(sum)(sums);
}

#undef F8
#undef I8
#undef D8
#undef LOAD
#undef STORE
#undef WIDEN
