// Error sums and checksums of chunks on their way to the disk, at the levels that pay.
#include "Kernel.h"

#include "include/WeighbridgeStreaming.h"

#pragma clang diagnostic ignored "-Wpsabi"

// Numbers that a strip sums in single precision, lane by lane, before doubles take over.
enum { LANES = 16, STRIP = 512 };

typedef float stream_floats __attribute__((ext_vector_type(16)));
typedef int32_t stream_integers __attribute__((ext_vector_type(16)));
typedef uint64_t stream_words __attribute__((ext_vector_type(8)));

// The plain twin: for what is left of a row, and for strips that single precision cannot hold.
static void add_plain(
    const float *x, const float *y, size_t count, const float *weights, WBErrorSums *sums) {
  for (size_t i = 0; i < count; ++i) {
    const double value = x[i], error = value - (double)y[i];
    sums->squared_error += error * error;
    sums->squares += value * value;
    sums->error_times_value += error * value;
    const double size = error < 0 ? -error : error;
    if (size > sums->largest_error) sums->largest_error = size;
    if (weights == NULL) continue;
    sums->weighted_error += (double)weights[i] * (error * error);
    sums->weighted_squares += (double)weights[i] * (value * value);
  }
}

// Keys of the checksum's lanes, fractions of square roots, and what they grow by from stripe to stripe.
// The step is no small multiple of a key, so that no two stripes share a factor.
static const uint64_t first_keys[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                       0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                       0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
static const uint64_t key_step = 0xd1b54a32d192ed03;

#define STREAM(name) portable_##name
#include "StreamingBody.h"
#undef STREAM

#if WB_X86
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define STREAM(name) avx2_##name
#include "StreamingBody.h"
#undef STREAM
#pragma clang attribute pop
#endif

static bool is_fast(void) { return WB_X86 && wb_cpu_level() >= WB_LEVEL_AVX2; }

void wb_error_sums(
    const float *values, const float *decoded, size_t rows, size_t row_length, const float *weights,
    WBErrorSums *sums) {
  for (size_t row = 0; row < rows; ++row) {
    const float *x = values + row * row_length, *y = decoded + row * row_length;
#if WB_X86
    if (is_fast()) {
      avx2_add_row(x, y, row_length, weights, sums);
      continue;
    }
#endif
    portable_add_row(x, y, row_length, weights, sums);
  }
}

static uint64_t mixed(uint64_t word) {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

uint64_t wb_checksum(const void *bytes, size_t count) {
  uint64_t lanes[8] = {0};
  const size_t stripes = count / 64;
#if WB_X86
  if (is_fast()) {
    avx2_add_stripes(bytes, stripes, 0, lanes);
  } else {
    portable_add_stripes(bytes, stripes, 0, lanes);
  }
#else
  (void)is_fast;
  portable_add_stripes(bytes, stripes, 0, lanes);
#endif
  if (count % 64 != 0) {
    uint8_t last[64] = {0};
    memcpy(last, (const uint8_t *)bytes + stripes * 64, count % 64);
    portable_add_stripes(last, 1, stripes, lanes);
  }
  uint64_t result = mixed((uint64_t)count + key_step);
  for (int i = 0; i < 8; ++i) result = mixed(result ^ mixed(lanes[i] + first_keys[i]));
  return result;
}
