// Which word of the codebook each group takes at each trial of a scale. Neighbouring trials mostly round
// a group to the same word, and for one word the nearest neighbour changes with the scale in few places:
// it is looked for at the ends of such a run, and between them only where the ends do not settle it.
#pragma STDC FP_CONTRACT OFF

// One sub-block: magnitudes, weights and their roots.
typedef struct {
  float x[32], weights[32], roots[32];
} GridBlock;

// For each group what its tables are made of: [element][code] in two vectors.
typedef struct {
  vf x[2], roots[2];
} GroupTables;

FIT_INLINE void spread_groups(int count, int bits, const GridBlock *block, GroupTables *tables) {
  const vi four = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
  const vi two = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
  const int per_vector = bits == 2 ? 4 : 2;
  for (int at = 0; at < count; at += WIDTH) {
    const vf x = load_floats(block->x + at), roots = load_floats(block->roots + at);
    for (int i = 0; i < WIDTH; i += per_vector) {
      const vi element = (bits == 2 ? four : two) + i;
      const int part = (at + i) / per_vector;
      tables[part / 2].x[part % 2] = lookup_in(x, element);
      tables[part / 2].roots[part % 2] = lookup_in(roots, element);
    }
  }
}

FIT_INLINE Nearest
least_word(const wb_grid *grid, int bits, int32_t word, const GroupTables *tables, float scale) {
  const vf by_two = {1, 3, 5, 7, 1, 3, 5, 7, 1, 3, 5, 7, 1, 3, 5, 7};
  const vf by_three = {1, 3, 5, 7, 9, 11, 13, 15, 1, 3, 5, 7, 9, 11, 13, 15};
  const vf values = scale * (bits == 2 ? by_two : by_three);
  ErrorTable errors;
  for (int half = 0; half < 2; ++half) {
    const vf difference = values - tables->x[half];
    store_floats(errors.table + WIDTH * half, tables->roots[half] * difference * difference);
  }
  return least_neighbour(grid->neighbours + (-1 - grid->map[word]), bits, &errors);
}

// How far the errors of two words must be apart at two scales so that neither the words nor rounding
// change places between them.
//
// The difference of two errors, over the scale, is linear in the scale: what is positive at both ends
// is positive between them, and at least two thirds of it, the ratio of the scales, is left. An error
// is rounded by less than 13 · 2^-24 of what it would be if all terms had one sign, for which a bound
// is taken: ten times that is asked for.
FIT_INLINE float safe_distance(
    int bits, const GroupTables *tables, float largest_scale, int levels) {
  const vf reach = (float)(2 * levels - 1) * largest_scale;
  vf sum = 0;
  for (int half = 0; half < 2; ++half) {
    const vf most = reach + magnitude(tables->x[half]);
    sum += tables->roots[half] * most * most;
  }
  float sums[WIDTH], total = 0;
  store_floats(sums, sum);
  for (int i = 0; i < WIDTH; i += bits == 2 ? 4 : 8) total += sums[i];
  return total > 1e-25f ? 1e-5f * total : no_error;
}

// The neighbours for the trials first … last of one group, in all of which it is rounded to one word.
FIT_INLINE void resolve_run(
    const wb_grid *grid, int bits, const GroupTables *tables, const float *scales, float distance,
    int32_t *words, int first, int last) {
  const int32_t word = words[first];
  int ends[8], depth = 0;
  Nearest known[8];
  Nearest left = least_word(grid, bits, word, tables, scales[first]);
  words[first] = left.word;
  if (last == first) return;
  known[0] = least_word(grid, bits, word, tables, scales[last]);
  ends[depth++] = last;
  while (depth > 0) {
    const int end = ends[depth - 1];
    const Nearest right = known[depth - 1];
    const bool same = left.word == right.word && left.others - left.error > distance
                      && right.others - right.error > distance;
    if (same || end - first < 2) {
      for (int t = first + 1; t < end; ++t) words[t] = left.word;
      words[end] = right.word;
      first = end;
      left = right;
      --depth;
    } else {
      const int middle = (first + end) / 2;
      known[depth] = least_word(grid, bits, word, tables, scales[middle]);
      ends[depth++] = middle;
    }
  }
}

// The errors of at most sixteen words as lines: error = scale · (scale · a − b) + a constant.
typedef struct {
  vf a, b;
} ErrorLines;

// Tables of Σ √w·v² and 2·Σ √w·v·x, which need no scale.
typedef struct {
  ErrorTable a, b;
} LineTables;

FIT_INLINE void line_tables(int bits, const GroupTables *tables, LineTables *lines) {
  const vf by_two = {1, 3, 5, 7, 1, 3, 5, 7, 1, 3, 5, 7, 1, 3, 5, 7};
  const vf by_three = {1, 3, 5, 7, 9, 11, 13, 15, 1, 3, 5, 7, 9, 11, 13, 15};
  const vf values = bits == 2 ? by_two : by_three;
  for (int half = 0; half < 2; ++half) {
    const vf weighted = tables->roots[half] * values;
    store_floats(lines->a.table + WIDTH * half, weighted * values);
    store_floats(lines->b.table + WIDTH * half, 2.0f * weighted * tables->x[half]);
  }
}

FIT_INLINE ErrorLines error_lines(int bits, const LineTables *tables, const uint16_t *list) {
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  vh stored;
  memcpy(&stored, list + 1, sizeof stored);
  const vi words = __builtin_convertvector(stored, vi);
  ErrorLines lines = {0, 0};
  for (int i = 0; i < (bits == 2 ? 8 : 4); ++i) {
    const int shared = bits == 2 ? (i & 1) << 2 : 0, at = (i << bits) - shared;
    const vi code = ((words >> (bits * i)) & ((1 << bits) - 1)) | shared;
    lines.a += lookup8(tables->a.table + at, code);
    lines.b += lookup8(tables->b.table + at, code);
  }
  const vi valid = lane < (int32_t)list[0];
  lines.a = valid ? lines.a : (vf)0.0f;
  lines.b = valid ? lines.b : (vf)-1e38f;
  return lines;
}

// The place of the least error at a scale, or −1 where the next is not `distance` away.
FIT_INLINE int least_line(const ErrorLines *lines, float scale, float distance) {
  const vf error = scale * lines->a - lines->b;
  const float least = reduce_min(error);
  const uint32_t at = mask_of(error - least <= distance / scale, (vi)0);
  return (at & (at - 1)) == 0 && at != 0 ? __builtin_ctz(at) : -1;
}

// The same as resolve_run for lists of at most sixteen words: what is certain of the lines is certain of
// the errors.
FIT_INLINE void resolve_short_run(
    const wb_grid *grid, int bits, const GroupTables *tables, const LineTables *line_tables,
    const float *scales, float distance, int32_t *words, int first, int last) {
  const int32_t word = words[first];
  const uint16_t *list = grid->neighbours + (-1 - grid->map[word]);
  const ErrorLines lines = error_lines(bits, line_tables, list);
  int ends[8], depth = 1, known[8];
  int left = least_line(&lines, scales[first], distance);
  known[0] = least_line(&lines, scales[last], distance);
  ends[0] = last;
  words[first] =
      left >= 0 ? list[1 + left] : least_word(grid, bits, word, tables, scales[first]).word;
  while (depth > 0) {
    const int end = ends[depth - 1], right = known[depth - 1];
    if ((left == right && left >= 0) || end - first < 2) {
      for (int t = first + 1; t <= end; ++t) words[t] = words[first];
      if (left != right || left < 0) {
        words[end] =
            right >= 0 ? list[1 + right] : least_word(grid, bits, word, tables, scales[end]).word;
      }
      first = end;
      left = right;
      --depth;
    } else {
      const int middle = (first + end) / 2;
      known[depth] = least_line(&lines, scales[middle], distance);
      ends[depth++] = middle;
    }
  }
}

// A bit for each trial that rounds a group to another word than the trial before it.
WB_INLINE uint32_t run_starts(const int32_t *words, int trials) {
  vi now[2], before[2];
  int32_t shifted[33];
  shifted[0] = -1;
  memcpy(shifted + 1, words, 32 * sizeof *words);
  memcpy(now, words, sizeof now);
  memcpy(before, shifted, sizeof before);
  const uint32_t all = trials == 32 ? UINT32_MAX : (1u << trials) - 1;
  return mask_of(now[0] != before[0], now[1] != before[1]) & all;
}

// Words of the codebook for every group and trial; off[group] has a bit for each trial in which it was
// not on it.
FIT_INLINE void resolve_trials(
    const wb_grid_search *search, int groups, int bits, const GroupTables *tables,
    const float *scales, int trials, int32_t (*words)[32], uint32_t *off) {
  for (int k = 0; k < groups; ++k) {
    const float distance = safe_distance(bits, tables + k, scales[0], search->levels);
    LineTables lines;
    line_tables(bits, tables + k, &lines);
    off[k] = 0;
    uint32_t starts = run_starts(words[k], trials);
    while (starts != 0) {
      const int first = __builtin_ctz(starts);
      starts &= starts - 1;
      const int last = starts != 0 ? __builtin_ctz(starts) - 1 : trials - 1;
      const int32_t entry = search->grid->map[words[k][first]];
      if (entry >= 0) continue;
      off[k] |= (2u << last) - (1u << first);
      if (search->grid->neighbours[-1 - entry] <= WIDTH) {
        resolve_short_run(
            search->grid, bits, tables + k, &lines, scales, distance, words[k], first, last);
      } else {
        resolve_run(search->grid, bits, tables + k, scales, distance, words[k], first, last);
      }
    }
  }
}
