// The body of inference_recurrence.c for one CPU; defines nothing that stays.

// Four rows of the state at a time: sums of the output are read and written a quarter as often.
static void NAME(learn)(
    const struct inference_recurrence *a, const float *key, const float *query, const float *decays,
    const float *restrict change, float *restrict state, float *restrict output) {
  const ptrdiff_t depth = a->depth, width = a->width, step = a->decay_step;
  ptrdiff_t i = 0;
  for (; i + 4 <= depth; i += 4) {
    float *restrict r0 = state + i * width, *restrict r1 = r0 + width;
    float *restrict r2 = r1 + width, *restrict r3 = r2 + width;
    const float k0 = key[i], k1 = key[i + 1], k2 = key[i + 2], k3 = key[i + 3];
    const float q0 = query[i], q1 = query[i + 1], q2 = query[i + 2], q3 = query[i + 3];
    const float d0 = decays[i * step], d1 = decays[(i + 1) * step];
    const float d2 = decays[(i + 2) * step], d3 = decays[(i + 3) * step];
    for (ptrdiff_t j = 0; j < width; j++) {
      const float u = change[j];
      const float n0 = r0[j] * d0 + k0 * u, n1 = r1[j] * d1 + k1 * u;
      const float n2 = r2[j] * d2 + k2 * u, n3 = r3[j] * d3 + k3 * u;
      r0[j] = n0;
      r1[j] = n1;
      r2[j] = n2;
      r3[j] = n3;
      output[j] += (n0 * q0 + n1 * q1) + (n2 * q2 + n3 * q3);
    }
  }
  for (; i < depth; i++) {
    float *restrict row = state + i * width;
    const float k = key[i], q = query[i], d = decays[i * step];
    for (ptrdiff_t j = 0; j < width; j++) {
      const float next = row[j] * d + k * change[j];
      row[j] = next;
      output[j] += next * q;
    }
  }
}

// change += what the state holds for the key, after it has decayed.
static void NAME(recall)(
    const struct inference_recurrence *a, const float *key, const float *decays,
    const float *restrict state, float *restrict change) {
  const ptrdiff_t depth = a->depth, width = a->width, step = a->decay_step;
  ptrdiff_t i = 0;
  for (; i + 4 <= depth; i += 4) {
    const float *restrict r0 = state + i * width, *restrict r1 = r0 + width;
    const float *restrict r2 = r1 + width, *restrict r3 = r2 + width;
    const float f0 = key[i] * decays[i * step], f1 = key[i + 1] * decays[(i + 1) * step];
    const float f2 = key[i + 2] * decays[(i + 2) * step];
    const float f3 = key[i + 3] * decays[(i + 3) * step];
    for (ptrdiff_t j = 0; j < width; j++)
      change[j] += (r0[j] * f0 + r1[j] * f1) + (r2[j] * f2 + r3[j] * f3);
  }
  for (; i < depth; i++) {
    const float *restrict row = state + i * width;
    const float f = key[i] * decays[i * step];
    for (ptrdiff_t j = 0; j < width; j++) change[j] += row[j] * f;
  }
}

static void NAME(recur)(const struct inference_recurrence *a) {
  const ptrdiff_t depth = a->depth, width = a->width;
  float *restrict state = a->state, *restrict change = a->state + depth * width;
  for (ptrdiff_t i = 0; i < depth * width; i++) state[i] = 0;
  for (ptrdiff_t t = 0; t < a->tokens; t++) {
    const float *key = a->keys + t * a->key_stride, *query = a->queries + t * a->query_stride;
    const float *value = a->values + t * a->value_stride;
    const float *decays = a->decays + t * a->decay_stride;
    const float strength = a->strengths[t * a->strength_stride];
    float *restrict output = a->output + t * a->output_stride;
    for (ptrdiff_t j = 0; j < width; j++) change[j] = 0;
    if (a->is_delta) NAME(recall)(a, key, decays, state, change);
    for (ptrdiff_t j = 0; j < width; j++) change[j] = strength * (value[j] - change[j]);
    for (ptrdiff_t j = 0; j < width; j++) output[j] = 0;
    NAME(learn)(a, key, query, decays, change, state, output);
    for (ptrdiff_t j = 0; j < width; j++) output[j] *= a->scale;
  }
}
