// One level's loops over plain numbers; Planes.c includes it for each. The compiler makes vectors of them.

static void PLANES(split_halves)(
    const uint8_t *restrict from, size_t count, uint8_t *restrict high, uint8_t *restrict low) {
  for (size_t i = 0; i < count; ++i) {
    const uint16_t value = wb_load16(from + 2 * i);
    const uint16_t rotated = (uint16_t)(value << 1 | value >> 15);
    high[i] = (uint8_t)(rotated >> 8);
    low[i] = (uint8_t)rotated;
  }
}

static void PLANES(join_halves)(
    const uint8_t *restrict high, const uint8_t *restrict low, size_t count, uint8_t *restrict to) {
  for (size_t i = 0; i < count; ++i) {
    const uint16_t rotated = (uint16_t)((uint16_t)high[i] << 8 | low[i]);
    wb_store16(to + 2 * i, (uint16_t)(rotated >> 1 | rotated << 15));
  }
}

static void PLANES(split_singles)(
    const uint8_t *restrict from, size_t count, uint8_t *restrict first, uint8_t *restrict second,
    uint8_t *restrict third, uint8_t *restrict fourth) {
  for (size_t i = 0; i < count; ++i) {
    const uint32_t value = wb_load32(from + 4 * i);
    first[i] = (uint8_t)(value >> 23);
    second[i] = (uint8_t)(value >> 15 & 0xfe) | (uint8_t)(value >> 31);
    third[i] = (uint8_t)(value >> 8);
    fourth[i] = (uint8_t)value;
  }
}

static void PLANES(join_singles)(
    const uint8_t *restrict first, const uint8_t *restrict second, const uint8_t *restrict third,
    const uint8_t *restrict fourth, size_t count, uint8_t *restrict to) {
  for (size_t i = 0; i < count; ++i) {
    const uint32_t value = (uint32_t)(second[i] & 1) << 31 | (uint32_t)first[i] << 23
                           | (uint32_t)(second[i] >> 1) << 16 | (uint32_t)third[i] << 8 | fourth[i];
    wb_store32(to + 4 * i, value);
  }
}

// Floats to integers of the same order: below zero all bits flip, above zero only the sign. The same
// fold for each width; differences wrap.
#define DELTA(name, width, Word, load, store)                                                      \
  static void PLANES(make_##name)(uint8_t *numbers, const uint8_t *base, size_t count) {           \
    const Word sign = (Word)((Word)1 << (width - 1));                                              \
    for (size_t i = 0; i < count; ++i) {                                                           \
      Word x = load(numbers + (width / 8) * i), y = load(base + (width / 8) * i);                  \
      x = (Word)(x ^ (x & sign ? (Word) ~(Word)0 : sign));                                         \
      y = (Word)(y ^ (y & sign ? (Word) ~(Word)0 : sign));                                         \
      const Word d = (Word)(x - y);                                                                \
      store(numbers + (width / 8) * i, (Word)((Word)(d << 1) ^ (d & sign ? (Word) ~(Word)0 : 0))); \
    }                                                                                              \
  }                                                                                                \
  static void PLANES(undo_##name)(uint8_t *numbers, const uint8_t *base, size_t count) {           \
    const Word sign = (Word)((Word)1 << (width - 1));                                              \
    for (size_t i = 0; i < count; ++i) {                                                           \
      const Word folded = load(numbers + (width / 8) * i);                                         \
      Word y = load(base + (width / 8) * i);                                                       \
      const Word d = (Word)((Word)(folded >> 1) ^ (folded & 1 ? (Word) ~(Word)0 : 0));             \
      y = (Word)(y ^ (y & sign ? (Word) ~(Word)0 : sign));                                         \
      const Word x = (Word)(y + d);                                                                \
      store(numbers + (width / 8) * i, (Word)(x ^ (x & sign ? sign : (Word) ~(Word)0)));           \
    }                                                                                              \
  }

#define WB_LOAD8(at) (*(at))
#define WB_STORE8(at, value) (*(at) = (value))
DELTA(delta8, 8, uint8_t, WB_LOAD8, WB_STORE8)
DELTA(delta16, 16, uint16_t, wb_load16, wb_store16)
DELTA(delta32, 32, uint32_t, wb_load32, wb_store32)
#undef WB_LOAD8
#undef WB_STORE8
#undef DELTA
