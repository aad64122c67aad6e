// One level's loops; Streaming.c includes it for each.

WB_INLINE WBErrorSums
STREAM(strip)(const float *x, const float *y, const float *weights, bool weighted) {
  stream_floats squared = 0, squares = 0, product = 0, largest = 0;
  stream_floats weighted_squared = 0, weighted_squares = 0;
  for (size_t i = 0; i < STRIP; i += LANES) {
    stream_floats value, decoded;
    memcpy(&value, x + i, sizeof value);
    memcpy(&decoded, y + i, sizeof decoded);
    const stream_floats error = value - decoded;
    const stream_floats size = (stream_floats)((stream_integers)error & 0x7fffffff);
    const stream_floats error2 = error * error, value2 = value * value;
    squared += error2;
    squares += value2;
    product += error * value;
    largest = size > largest ? size : largest;
    if (weighted) {
      stream_floats weight;
      memcpy(&weight, weights + i, sizeof weight);
      weighted_squared += weight * error2;
      weighted_squares += weight * value2;
    }
  }
  WBErrorSums strip = {0};
  for (int lane = 0; lane < LANES; ++lane) {
    strip.squared_error += (double)squared[lane];
    strip.squares += (double)squares[lane];
    strip.error_times_value += (double)product[lane];
    strip.weighted_error += (double)weighted_squared[lane];
    strip.weighted_squares += (double)weighted_squares[lane];
    if ((double)largest[lane] > strip.largest_error) strip.largest_error = (double)largest[lane];
  }
  return strip;
}

static WBErrorSums STREAM(plain_strip)(const float *x, const float *y) {
  return STREAM(strip)(x, y, x, false);
}

static WBErrorSums STREAM(weighted_strip)(const float *x, const float *y, const float *weights) {
  return STREAM(strip)(x, y, weights, true);
}

static void STREAM(add_row)(
    const float *x, const float *y, size_t count, const float *weights, WBErrorSums *sums) {
  // Squares of what lies in this range neither overflow nor vanish.
  const double low = 1e-24, high = 1e30;
  size_t at = 0;
  for (; at + STRIP <= count; at += STRIP) {
    const WBErrorSums strip = weights == NULL
                                  ? STREAM(plain_strip)(x + at, y + at)
                                  : STREAM(weighted_strip)(x + at, y + at, weights + at);
    const bool holds = strip.squares > low && strip.squares < high
                       && (strip.squared_error == 0 || strip.squared_error > low)
                       && strip.squared_error < high && strip.weighted_squares < high
                       && strip.weighted_error < high;
    if (!holds) {
      add_plain(x + at, y + at, STRIP, weights == NULL ? NULL : weights + at, sums);
      continue;
    }
    sums->squared_error += strip.squared_error;
    sums->squares += strip.squares;
    sums->error_times_value += strip.error_times_value;
    sums->weighted_error += strip.weighted_error;
    sums->weighted_squares += strip.weighted_squares;
    if (strip.largest_error > sums->largest_error) sums->largest_error = strip.largest_error;
  }
  add_plain(x + at, y + at, count - at, weights == NULL ? NULL : weights + at, sums);
}

static void STREAM(add_stripes)(
    const void *bytes, size_t stripes, uint64_t first, uint64_t *lanes) {
  stream_words keys, sums;
  memcpy(&keys, first_keys, sizeof keys);
  memcpy(&sums, lanes, sizeof sums);
  keys += key_step * first;
  for (size_t i = 0; i < stripes; ++i) {
    stream_words words;
    memcpy(&words, (const uint8_t *)bytes + i * 64, sizeof words);
    const stream_words keyed = words ^ keys;
    // The word itself counts too, its halves exchanged: a factor of 0 hides nothing.
    sums += (keyed & 0xffffffff) * (keyed >> 32) + ((words << 32) | (words >> 32));
    keys += key_step;
  }
  memcpy(lanes, &sums, sizeof sums);
}
