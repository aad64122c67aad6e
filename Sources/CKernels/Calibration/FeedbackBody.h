// Codes and scales chosen under error feedback, compiled once for each instruction set by Feedback.c,
// which defines NAME.

typedef float NAME(vector) __attribute__((ext_vector_type(8), aligned(4), may_alias));

// target += factor × row for the columns behind `column`; those of its vector before it are touched as
// well: the unit upper factor is zero there, and what is behind them is all that is read again.
static inline void NAME(push)(
    float *target, const float *row, float factor, int column, int count) {
  for (int k = (column + 1) & ~7; k < count; k += 8) {
    NAME(vector) *at = (NAME(vector) *)(target + k);
    *at += factor * *(const NAME(vector) *)(row + k);
  }
}

// Runs the feedback through a sub-block under a scale and a minimum; Σ pivot (target − value)², or as
// much of it as passes `limit`.
static double NAME(trial)(
    const Panel *panel, const float *target, int first, float scale, float minimum, Choice *choice,
    double limit) {
  const struct wb_grid *grid = panel->grid;
  const int count = grid->sub;
  float x[MAXIMUM_SUB];
  memcpy(x, target, (size_t)count * sizeof(float));
  const float inverse = scale != 0 ? 1 / scale : 0;
  const float *row = panel->factor + (ptrdiff_t)first * (panel->stride + 1);
  double loss = 0;
  for (int j = 0; j < count; ++j, row += panel->stride) {
    const int code = scale != 0 ? nearest_code(grid, (x[j] + minimum) * inverse) : grid->zero;
    const float value = scale * code_value(grid, code) - minimum;
    const float rest = x[j] - value;
    loss += (double)(panel->pivots[first + j] * rest * rest);
    if (loss >= limit) return loss;
    const float error = panel->weights[first + j] - value;
    choice->codes[j] = (uint8_t)(code - grid->low);
    choice->errors[j] = error;
    NAME(push)(x, row, error, j, count);
  }
  return loss;
}

static void NAME(consider)(
    const Panel *panel, const float *target, int first, float d, float dmin, int scale, int minimum,
    Choice *best) {
  Choice trial;
  const double loss = NAME(trial)(
      panel, target, first, d * (float)scale, dmin * (float)minimum, &trial, best->loss);
  if (!(loss < best->loss)) return;
  *best = trial;
  best->loss = loss;
  best->scale = scale;
  best->minimum = minimum;
}

static void NAME(search_affine)(
    const Panel *panel, const float *target, int first, float d, float dmin, const Fit *fit,
    Choice *best) {
  const struct wb_grid *grid = panel->grid;
  const int scale = d > 0 ? clamped(fit->scale / d, grid->scale_low, grid->scale_high) : 0;
  const int minimum = dmin > 0 ? clamped(fit->minimum / dmin, 0, grid->minimum_high) : 0;
  NAME(consider)(panel, target, first, d, dmin, scale, minimum, best);
  const int reach = panel->effort.reach;
  if (reach == 0) return;
  for (int a = -reach; a <= reach; ++a) {
    for (int b = -reach; b <= reach; ++b) {
      const int s = scale + a, m = minimum + b;
      if ((a == 0 && b == 0) || (d == 0 && a) || (dmin == 0 && b)) continue;
      if (s < grid->scale_low || s > grid->scale_high || m < 0 || m > grid->minimum_high) continue;
      NAME(consider)(panel, target, first, d, dmin, s, m, best);
    }
  }
  // Uphill from the best one, which may lie at the edge.
  for (int round = 0; round < 8; ++round) {
    const int s0 = best->scale, m0 = best->minimum;
    if (abs(s0 - scale) < reach && abs(m0 - minimum) < reach) return;
    for (int a = -1; a <= 1; ++a) {
      for (int b = -1; b <= 1; ++b) {
        const int s = s0 + a, m = m0 + b;
        if ((a == 0 && b == 0) || (d == 0 && a) || (dmin == 0 && b)) continue;
        if (s < grid->scale_low || s > grid->scale_high || m < 0 || m > grid->minimum_high)
          continue;
        NAME(consider)(panel, target, first, d, dmin, s, m, best);
      }
    }
    if (best->scale == s0 && best->minimum == m0) return;
  }
}

static void NAME(search_symmetric)(
    const Panel *panel, const float *target, int first, float d, const Fit *fit, Choice *best) {
  const struct wb_grid *grid = panel->grid;
  const int scale = d != 0 ? clamped(fit->scale / d, grid->scale_low, grid->scale_high) : 0;
  NAME(consider)(panel, target, first, d, 0, scale, 0, best);
  if (panel->effort.reach == 0 || d == 0) return;
  // Scales of eight bits lie closer, so more of them are tried; negative ones use the longer side.
  const int reach = panel->effort.reach * (grid->scale_high > 64 ? 4 : 2);
  for (int a = -reach; a <= reach; ++a) {
    const int s = scale + a, negated = a - scale;
    if (a && s >= grid->scale_low && s <= grid->scale_high) {
      NAME(consider)(panel, target, first, d, 0, s, 0, best);
    }
    if (grid->scale_low < 0 && negated >= grid->scale_low && negated <= grid->scale_high) {
      NAME(consider)(panel, target, first, d, 0, negated, 0, best);
    }
  }
}

// One span under a given d and dmin: scales are chosen late, sub-block after sub-block.
static double NAME(span)(
    const Panel *panel, const float *target, int first, int count, float d, float dmin,
    Span *result, double limit) {
  const struct wb_grid *grid = panel->grid;
  const int sub = grid->sub;
  float x[WB_SUPER];
  memcpy(x, target, (size_t)count * sizeof(float));
  double total = 0;
  for (int at = 0; at < count; at += sub) {
    Choice best;
    best.loss = HUGE_VAL;
    best.scale = best.minimum = 0;
    if (grid->span == sub) {
      NAME(consider)(panel, x + at, first + at, d, dmin, 1, grid->affine, &best);
    } else {
      Fit fit;
      fit_sub_block(grid, x + at, panel->pivots + first + at, &fit);
      if (grid->affine) {
        NAME(search_affine)(panel, x + at, first + at, d, dmin, &fit, &best);
      } else {
        NAME(search_symmetric)(panel, x + at, first + at, d, &fit, &best);
      }
    }
    if (best.loss == HUGE_VAL) return HUGE_VAL;  // a scale beyond what numbers hold
    result->scales[at / sub] = (int8_t)best.scale;
    result->minimums[at / sub] = (uint8_t)best.minimum;
    memcpy(result->codes + at, best.codes, (size_t)sub);
    memcpy(result->errors + at, best.errors, (size_t)sub * sizeof(float));
    total += best.loss;
    if (total >= limit) return total;
    for (int j = 0; j < sub; ++j) {
      const float *row = panel->factor + (ptrdiff_t)(first + at + j) * panel->stride + first;
      NAME(push)(x, row, best.errors[j], at + sub - 1, count);
    }
  }
  return total;
}

static double NAME(feedback)(
    const Panel *panel, const float *target, int columns, struct wb_parts parts, float *errors) {
  const struct wb_grid *grid = panel->grid;
  const int subs = grid->span / grid->sub;
  float x[WB_SUPER];
  memcpy(x, target, (size_t)columns * sizeof(float));
  double total = 0;
  for (int first = 0; first < columns; first += grid->span) {
    Start start;
    find_start(panel, x + first, first, &start);
    Span best, trial;
    double loss = HUGE_VAL;
    float d = 0, dmin = 0;
    for (int k = 0; k < start.count; ++k) {
      const double tried =
          NAME(span)(panel, x + first, first, grid->span, start.d[k], start.dmin[k], &trial, loss);
      if (!(tried < loss)) continue;
      loss = tried;
      best = trial;
      d = start.d[k];
      dmin = start.dmin[k];
    }
    total += loss;
    const int index = first / grid->span;
    parts.d[index] = d;
    parts.dmin[index] = dmin;
    memcpy(parts.scales + index * subs, best.scales, (size_t)subs);
    memcpy(parts.minimums + index * subs, best.minimums, (size_t)subs);
    memcpy(parts.codes + first, best.codes, (size_t)grid->span);
    memcpy(errors + first, best.errors, (size_t)grid->span * sizeof(float));
    for (int j = 0; j < grid->span; ++j) {
      const float *row = panel->factor + (ptrdiff_t)(first + j) * panel->stride;
      NAME(push)(x, row, best.errors[j], first + grid->span - 1, columns);
    }
  }
  return total;
}

// target −= factor × row
static inline void NAME(subtract)(float *target, const float *row, float factor, int count) {
  for (int k = 0; k < count; k += 8) {
    NAME(vector) *at = (NAME(vector) *)(target + k);
    *at -= factor * *(const NAME(vector) *)(row + k);
  }
}

static void NAME(move)(Descent *state, int column, float step) {
  NAME(subtract)(
      state->gradient, state->moments + (ptrdiff_t)column * state->stride, step, state->columns);
  state->values[column] += step;
  state->moved[column] -= step;
}

// Codes of a sub-block, one after another.
static ptrdiff_t NAME(descend_codes)(
    Descent *state, int first, float scale, float minimum, uint8_t *codes) {
  const struct wb_grid *grid = state->grid;
  ptrdiff_t changes = 0;
  for (int j = 0; j < grid->sub; ++j) {
    const int column = first + j;
    const float own = state->moments[(ptrdiff_t)column * (state->stride + 1)];
    if (!(own > 0)) continue;
    const float gradient = state->gradient[column];
    const int old = codes[j] + grid->low;
    const float wanted = state->values[column] + gradient / own;
    const int center = nearest_code(grid, (wanted + minimum) / scale);
    int best = old;
    float gain = 0;
    for (int code = center - 1; code <= center + 1; ++code) {
      if (code < grid->low || code > grid->high || code == old) continue;
      const float step = scale * (code_value(grid, code) - code_value(grid, old));
      const float change = step * (own * step - 2 * gradient);
      if (change < gain) {
        gain = change;
        best = code;
      }
    }
    if (best == old) continue;
    NAME(move)(state, column, scale * (code_value(grid, best) - code_value(grid, old)));
    codes[j] = (uint8_t)(best - grid->low);
    ++changes;
  }
  return changes;
}

// Whether the loss falls where the values of a sub-block move by `step` × direction.
static bool NAME(pays)(const Descent *state, int first, const float *direction, float step) {
  const int count = state->grid->sub;
  double linear = 0, square = 0;
  for (int j = 0; j < count; ++j) {
    linear += (double)(direction[j] * state->gradient[first + j]);
    const float *row = state->moments + (ptrdiff_t)(first + j) * state->stride + first;
    NAME(vector) sums = (NAME(vector))0;
    for (int k = 0; k < count; k += 8) {
      sums += *(const NAME(vector) *)(row + k) * *(const NAME(vector) *)(direction + k);
    }
    const float sum =
        ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
    square += (double)(direction[j] * sum);
  }
  return (double)step * ((double)step * square - 2 * linear) < 0;
}

// The scale, or the minimum, of a sub-block by one up or down.
static ptrdiff_t NAME(descend_number)(
    Descent *state, int first, const float *direction, float unit, int *number, int low, int high) {
  for (int sign = -1; sign <= 1; sign += 2) {
    if (*number + sign < low || *number + sign > high) continue;
    const float step = unit * (float)sign;
    if (!NAME(pays)(state, first, direction, step)) continue;
    for (int j = 0; j < state->grid->sub; ++j) {
      if (direction[j] != 0) NAME(move)(state, first + j, step * direction[j]);
    }
    *number += sign;
    return 1;
  }
  return 0;
}

static ptrdiff_t NAME(descend)(Descent *state, struct wb_parts parts) {
  const struct wb_grid *grid = state->grid;
  ptrdiff_t changes = 0;
  for (int first = 0; first < state->columns; first += grid->sub) {
    const int index = first / grid->sub, span = first / grid->span;
    const bool has_integers = grid->span != grid->sub;
    const float d = parts.d[span], dmin = parts.dmin[span];
    int scale = parts.scales[index], minimum = parts.minimums[index];
    const float whole = d * (float)scale;
    uint8_t *codes = parts.codes + first;
    if (whole != 0) {
      changes += NAME(descend_codes)(state, first, whole, dmin * (float)minimum, codes);
    }
    if (!has_integers) continue;
    float direction[MAXIMUM_SUB];
    for (int j = 0; j < grid->sub; ++j) direction[j] = code_value(grid, codes[j] + grid->low);
    if (d != 0) {
      changes += NAME(descend_number)(
          state, first, direction, d, &scale, grid->scale_low, grid->scale_high);
    }
    if (grid->affine && dmin != 0) {
      for (int j = 0; j < grid->sub; ++j) direction[j] = 1;
      changes +=
          NAME(descend_number)(state, first, direction, -dmin, &minimum, 0, grid->minimum_high);
    }
    parts.scales[index] = (int8_t)scale;
    parts.minimums[index] = (uint8_t)minimum;
  }
  return changes;
}
