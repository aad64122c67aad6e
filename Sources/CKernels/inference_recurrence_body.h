// The body of inference_recurrence.c for one CPU; defines nothing that stays.
static void NAME(recur)(const struct inference_recurrence *a) {
  const ptrdiff_t depth = a->depth, width = a->width;
  float *restrict state = a->state, *restrict change = a->state + depth * width;
  for (ptrdiff_t i = 0; i < depth * width; i++) state[i] = 0;
  for (ptrdiff_t t = 0; t < a->tokens; t++) {
    const float *key = a->keys + t * a->key_stride, *query = a->queries + t * a->query_stride;
    const float *value = a->values + t * a->value_stride;
    const float decay = a->decays[t * a->decay_stride];
    const float strength = a->strengths[t * a->strength_stride];
    float *restrict output = a->output + t * a->output_stride;
    for (ptrdiff_t j = 0; j < width; j++) change[j] = 0;
    if (a->is_delta) {
      // What the state holds for the key, after it has decayed.
      for (ptrdiff_t i = 0; i < depth; i++) {
        const float *restrict row = state + i * width;
        const float factor = key[i] * decay;
        for (ptrdiff_t j = 0; j < width; j++) change[j] += row[j] * factor;
      }
    }
    for (ptrdiff_t j = 0; j < width; j++) change[j] = strength * (value[j] - change[j]);
    for (ptrdiff_t j = 0; j < width; j++) output[j] = 0;
    for (ptrdiff_t i = 0; i < depth; i++) {
      float *restrict row = state + i * width;
      const float k = key[i], q = query[i] * a->scale;
      for (ptrdiff_t j = 0; j < width; j++) {
        const float next = row[j] * decay + k * change[j];
        row[j] = next;
        output[j] += next * q;
      }
    }
  }
}
