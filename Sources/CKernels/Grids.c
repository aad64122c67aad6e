#include "Grids.h"

#include <stdatomic.h>

enum { PAD = 32 };  // lanes may read past the end of a list

// Σ (difference of codes)².
static int distance(uint32_t a, uint32_t b, int bits, int group) {
  const uint32_t mask = (1u << bits) - 1;
  int sum = 0;
  for (int i = 0; i < group; ++i, a >>= bits, b >>= bits) {
    const int difference = (int)(a & mask) - (int)(b & mask);
    sum += difference * difference;
  }
  return sum;
}

// The codebook's words at the `want` smallest distances from `word`; at most `capacity` are stored.
static size_t list_neighbours(
    uint32_t word, const uint16_t *book, int size, int bits, int group, int want, uint16_t *to) {
  uint8_t distances[2048];
  bool present[256] = {false};
  for (int i = 0; i < size; ++i) {
    const int d = distance(word, book[i], bits, group);
    distances[i] = (uint8_t)d;
    present[d] = true;
  }
  size_t count = 0;
  for (int d = 0; d < 256 && want > 0; ++d) {
    if (!present[d]) continue;
    --want;
    for (int i = 0; i < size; ++i) {
      if (distances[i] == d) to[count++] = book[i];
    }
  }
  return count;
}

// Every word whose codes are all below `levels`.
static void build(
    const uint16_t *book, int size, int bits, int group, uint32_t levels, int want, int32_t *map,
    uint16_t *lists) {
  const uint32_t mask = (1u << bits) - 1,
                 top = (levels - 1) * (uint32_t)(bits == 2 ? 0x5555 : 01111);
  for (uint32_t word = 0; word <= top; ++word) map[word] = -1;
  for (int i = 0; i < size; ++i) map[book[i]] = i;
  size_t at = 0;
  for (uint32_t word = 0; word <= top; ++word) {
    bool possible = map[word] < 0;
    for (int i = 0; i < group; ++i) possible &= ((word >> (bits * i)) & mask) < levels;
    if (!possible) continue;
    const size_t count = list_neighbours(word, book, size, bits, group, want, lists + at + 1);
    lists[at] = (uint16_t)count;
    map[word] = -1 - (int32_t)at;
    at += count + 1;
  }
}

enum { UNBUILT, BUILDING, BUILT };

// `total`: words of all lists and their counts, a property of the codebook that the tests check.
#define GRID(name, book, size, bits_, group_, levels, want, words, total) \
  const wb_grid *wb_grid_##name(void) {                                   \
    static int32_t map[words];                                            \
    static uint16_t lists[total + PAD];                                   \
    static const wb_grid grid = {bits_, group_, map, lists};              \
    static _Atomic int state = UNBUILT;                                   \
    int seen = atomic_load_explicit(&state, memory_order_acquire);        \
    if (seen == BUILT) return &grid;                                      \
    seen = UNBUILT;                                                       \
    if (atomic_compare_exchange_strong(&state, &seen, BUILDING)) {        \
      build(book, size, bits_, group_, levels, want, map, lists);         \
      atomic_store_explicit(&state, BUILT, memory_order_release);         \
    }                                                                     \
    while (atomic_load_explicit(&state, memory_order_acquire) != BUILT) { \
    }                                                                     \
    return &grid;                                                         \
  }

GRID(iq2_xxs, wb_codebook_iq2_xxs, 256, 2, 8, 3, 2, 43691, 119462)
GRID(iq2_xs, wb_codebook_iq2_xs, 512, 2, 8, 3, 2, 43691, 187770)
GRID(iq2_s, wb_codebook_iq2_s, 1024, 2, 8, 3, 1, 43691, 50253)
GRID(iq1, wb_codebook_iq1, 2048, 2, 8, 3, 3, 43691, 332234)
GRID(iq3_xxs, wb_codebook_iq3_xxs, 256, 3, 4, 8, 2, 4096, 22825)
GRID(iq3_s, wb_codebook_iq3_s, 512, 3, 4, 8, 3, 4096, 28317)

int32_t wb_codebook_word(WBCodebook book, int32_t index) {
  static const struct {
    const uint16_t *words;
    int32_t count;
  } books[] = {
      {wb_codebook_iq1, 2048},   {wb_codebook_iq2_xxs, 256}, {wb_codebook_iq2_xs, 512},
      {wb_codebook_iq2_s, 1024}, {wb_codebook_iq3_xxs, 256}, {wb_codebook_iq3_s, 512},
  };
  if (book > WB_CODEBOOK_IQ3_S || index < 0 || index >= books[book].count) return -1;
  return books[book].words[index];
}
