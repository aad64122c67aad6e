// Blocks to planes and back. Total: any bits may come in, nothing traps.
#include "Kernel.h"

#include "include/WeighbridgePlanes.h"

WB_INLINE uint64_t load64(const uint8_t *at) {
  uint64_t value;
  memcpy(&value, at, 8);
  return value;
}

WB_INLINE void store64(uint8_t *at, uint64_t value) { memcpy(at, &value, 8); }

static const uint64_t ones = 0x0101010101010101;

// The bits of a byte, each in a byte of its own.
WB_INLINE uint64_t expanded(uint8_t byte) {
  const uint64_t bits = (byte * ones) & 0x8040201008040201;
  return ((bits + 0x7f7f7f7f7f7f7f7f) >> 7) & ones;
}

// The lowest bits of eight bytes in one: the factor puts bit 8i at 56 + i, and no two meet elsewhere.
WB_INLINE uint8_t collapsed(uint64_t bytes) {
  return (uint8_t)(((bytes & ones) * 0x0102040810204080) >> 56);
}

// Masks keep what a shift of a whole word carries over from the byte beside out of each byte.
WB_INLINE void split_run(const uint8_t *from, const WBPlaneRun *run, uint8_t *to) {
  size_t i = 0;
  if (run->expands) {
    for (; i < run->count; ++i) {
      store64(to + 8 * i, load64(to + 8 * i) | expanded(from[i]) << run->into);
    }
    return;
  }
  const uint64_t mask = run->mask * ones;
  for (; i + 8 <= run->count; i += 8) {
    store64(to + i, load64(to + i) | ((load64(from + i) >> run->shift) & mask) << run->into);
  }
  for (; i < run->count; ++i) {
    to[i] |= (uint8_t)(((from[i] >> run->shift) & run->mask) << run->into);
  }
}

WB_INLINE void join_run(const uint8_t *from, const WBPlaneRun *run, uint8_t *to) {
  size_t i = 0;
  if (run->expands) {
    for (; i < run->count; ++i) to[i] |= collapsed(load64(from + 8 * i) >> run->into);
    return;
  }
  const uint64_t mask = run->mask * ones;
  for (; i + 8 <= run->count; i += 8) {
    store64(to + i, load64(to + i) | ((load64(from + i) >> run->into) & mask) << run->shift);
  }
  for (; i < run->count; ++i) {
    to[i] |= (uint8_t)(((from[i] >> run->into) & run->mask) << run->shift);
  }
}

void wb_planes_split(
    const uint8_t *from, size_t blocks, size_t block_bytes, const WBPlaneRun *runs,
    size_t run_count, size_t symbols, uint8_t *planes) {
  memset(planes, 0, blocks * symbols);
  for (size_t block = 0; block < blocks; ++block, from += block_bytes) {
    for (size_t i = 0; i < run_count; ++i) {
      const WBPlaneRun *run = runs + i;
      split_run(
          from + run->offset, run,
          planes + blocks * run->before + block * run->symbols + run->place);
    }
  }
}

void wb_planes_join(
    const uint8_t *planes, size_t blocks, size_t block_bytes, const WBPlaneRun *runs,
    size_t run_count, uint8_t *to) {
  memset(to, 0, blocks * block_bytes);
  for (size_t block = 0; block < blocks; ++block, to += block_bytes) {
    for (size_t i = 0; i < run_count; ++i) {
      const WBPlaneRun *run = runs + i;
      join_run(
          planes + blocks * run->before + block * run->symbols + run->place, run, to + run->offset);
    }
  }
}

// Symbol `i` of a run: where its bits lie in the run's bytes.
WB_INLINE void bits_of(const WBPlaneRun *run, size_t i, size_t *byte, unsigned *shift) {
  *byte = run->expands ? i / 8 : i;
  *shift = run->expands ? (unsigned)(i % 8) : run->shift;
}

void wb_planes_split_plain(
    const uint8_t *from, size_t blocks, size_t block_bytes, const WBPlaneRun *runs,
    size_t run_count, size_t symbols, uint8_t *planes) {
  memset(planes, 0, blocks * symbols);
  for (const WBPlaneRun *run = runs; run < runs + run_count; ++run) {
    const size_t count = run->expands ? 8 * (size_t)run->count : run->count;
    const unsigned mask = run->expands ? 1 : run->mask;
    for (size_t block = 0; block < blocks; ++block) {
      for (size_t i = 0; i < count; ++i) {
        size_t byte;
        unsigned shift;
        bits_of(run, i, &byte, &shift);
        const unsigned bits = from[block * block_bytes + run->offset + byte] >> shift & mask;
        planes[blocks * run->before + block * run->symbols + run->place + i] |=
            (uint8_t)(bits << run->into);
      }
    }
  }
}

void wb_planes_join_plain(
    const uint8_t *planes, size_t blocks, size_t block_bytes, const WBPlaneRun *runs,
    size_t run_count, uint8_t *to) {
  memset(to, 0, blocks * block_bytes);
  for (const WBPlaneRun *run = runs; run < runs + run_count; ++run) {
    const size_t count = run->expands ? 8 * (size_t)run->count : run->count;
    const unsigned mask = run->expands ? 1 : run->mask;
    for (size_t block = 0; block < blocks; ++block) {
      for (size_t i = 0; i < count; ++i) {
        size_t byte;
        unsigned shift;
        bits_of(run, i, &byte, &shift);
        const uint8_t symbol = planes[blocks * run->before + block * run->symbols + run->place + i];
        to[block * block_bytes + run->offset + byte] |=
            (uint8_t)((symbol >> run->into & mask) << shift);
      }
    }
  }
}

#define PLANES(name) portable_##name
#include "PlanesBody.h"
#undef PLANES

#if WB_X86
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define PLANES(name) avx2_##name
#include "PlanesBody.h"
#undef PLANES
#pragma clang attribute pop
#define PLANES_CALL(name, ...)             \
  do {                                     \
    if (wb_cpu_level() >= WB_LEVEL_AVX2) { \
      avx2_##name(__VA_ARGS__);            \
    } else {                               \
      portable_##name(__VA_ARGS__);        \
    }                                      \
  } while (0)
#else
#define PLANES_CALL(name, ...) portable_##name(__VA_ARGS__)
#endif

void wb_planes_split_halves(const uint8_t *from, size_t count, uint8_t *planes) {
  PLANES_CALL(split_halves, from, count, planes, planes + count);
}

void wb_planes_join_halves(const uint8_t *planes, size_t count, uint8_t *to) {
  PLANES_CALL(join_halves, planes, planes + count, count, to);
}

void wb_planes_split_singles(const uint8_t *from, size_t count, uint8_t *planes) {
  PLANES_CALL(
      split_singles, from, count, planes, planes + count, planes + 2 * count, planes + 3 * count);
}

void wb_planes_join_singles(const uint8_t *planes, size_t count, uint8_t *to) {
  PLANES_CALL(
      join_singles, planes, planes + count, planes + 2 * count, planes + 3 * count, count, to);
}

void wb_delta_make(uint8_t *numbers, const uint8_t *base, size_t count, size_t width) {
  if (width == 4) {
    PLANES_CALL(make_delta32, numbers, base, count);
  } else if (width == 2) {
    PLANES_CALL(make_delta16, numbers, base, count);
  } else {
    PLANES_CALL(make_delta8, numbers, base, count * width);
  }
}

void wb_delta_undo(uint8_t *numbers, const uint8_t *base, size_t count, size_t width) {
  if (width == 4) {
    PLANES_CALL(undo_delta32, numbers, base, count);
  } else if (width == 2) {
    PLANES_CALL(undo_delta16, numbers, base, count);
  } else {
    PLANES_CALL(undo_delta8, numbers, base, count * width);
  }
}

void wb_delta_xor(uint8_t *bytes, const uint8_t *base, size_t count) {
  for (size_t i = 0; i < count; ++i) bytes[i] ^= base[i];
}

// A half without its sign as a whole number of 2^-24, from the two planes that hold it rotated; an
// infinity or a NaN as if its exponent were one more of the same kind.
WB_INLINE uint64_t magnitude(uint8_t high, uint8_t low) {
  const unsigned bits = (unsigned)high << 7 | low >> 1;
  const unsigned exponent = bits >> 10;
  const uint64_t mantissa = bits & 0x3ff;
  return exponent == 0 ? mantissa : (1024 + mantissa) << (exponent - 1);
}

void wb_planes_keys(
    const uint8_t *planes, size_t blocks, const WBPlaneOrder *order, uint8_t *keys) {
  const uint8_t *scale_high = planes + blocks * order->scale_high;
  const uint8_t *scale_low = planes + blocks * order->scale_low;
  const uint8_t *minimum_high = planes + blocks * order->minimum_high;
  const uint8_t *minimum_low = planes + blocks * order->minimum_low;
  const size_t per_block = order->per_block;
  for (size_t block = 0; block < blocks; ++block) {
    const uint64_t scale = magnitude(scale_high[block], scale_low[block]);
    const uint64_t minimum = magnitude(minimum_high[block], minimum_low[block]);
    const unsigned differ = (scale_low[block] ^ minimum_low[block]) & 1;
    for (size_t i = block * per_block; i < (block + 1) * per_block; ++i) {
      // A half has 41 bits, a symbol 8: nothing overflows.
      uint64_t below = scale, above = minimum;
      if (order->scales != UINT32_MAX) below *= planes[blocks * order->scales + i];
      if (order->minimums != UINT32_MAX) above *= planes[blocks * order->minimums + i];
      uint64_t key = 0;
      if (above != 0 && differ == order->adds) {
        key = below == 0 || above / below >= order->levels ? order->levels
                                                           : (2 * above + below) / (2 * below);
      }
      keys[i] = (uint8_t)key;
    }
  }
}

// Where the first of each key goes.
static void first_places(const uint8_t *keys, size_t count, size_t *places) {
  size_t counts[256] = {0};
  for (size_t i = 0; i < count; ++i) counts[keys[i]] += 1;
  size_t sum = 0;
  for (int key = 0; key < 256; ++key) {
    places[key] = sum;
    sum += counts[key];
  }
}

void wb_planes_sort(
    const uint8_t *keys, size_t count, const uint8_t *from, size_t bytes, uint8_t *to) {
  size_t places[256];
  first_places(keys, count, places);
  for (size_t i = 0; i < count; ++i)
    memcpy(to + places[keys[i]]++ * bytes, from + i * bytes, bytes);
}

void wb_planes_unsort(
    const uint8_t *keys, size_t count, const uint8_t *from, size_t bytes, uint8_t *to) {
  size_t places[256];
  first_places(keys, count, places);
  for (size_t i = 0; i < count; ++i)
    memcpy(to + i * bytes, from + places[keys[i]]++ * bytes, bytes);
}
