// Blocks made of integers that another program has chosen: nothing is computed, so there is no faster
// twin; the loops run at the speed of memory. Layouts as in Specs/encodings.md.
#include "../Kernel.h"
#include "WeighbridgeHolding.h"

#pragma STDC FP_CONTRACT OFF

enum { SUPER = 256 };

// Byte j holds elements j and j + 16.
WB_INLINE void store_nibbles(const int8_t *levels, int offset, uint8_t *to) {
  for (int j = 0; j < 16; ++j) {
    to[j] = (uint8_t)(((levels[j] + offset) & 15) | ((levels[j + 16] + offset) & 15) << 4);
  }
}

// The fifth bits: bit j is that of element j.
WB_INLINE void store_fifth_bits(const int8_t *levels, int offset, uint8_t *to) {
  uint32_t bits = 0;
  for (int j = 0; j < 32; ++j) bits |= (uint32_t)((levels[j] + offset) >> 4 & 1) << j;
  wb_store32(to, bits);
}

// Five trits of elements that are `bytes` apart share a byte, the first the most significant: the
// fraction of 256 that their number is of 243, rounded up. The last four bytes hold four trits.
static uint8_t *store_trits(const int8_t *levels, int bytes, int trits, uint8_t *to) {
  for (int i = 0; i < bytes; ++i) {
    int number = 0;
    for (int n = 0; n < 5; ++n) number = number * 3 + (n < trits ? levels[i + n * bytes] + 1 : 0);
    *to++ = (uint8_t)((number * 256 + 242) / 243);
  }
  return to;
}

WB_HOLDER(tq1_0) {
  (void)zeros;
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += SUPER) {
    to = store_trits(levels, 32, 5, to);
    to = store_trits(levels + 160, 16, 5, to);
    to = store_trits(levels + 240, 4, 4, to);
    wb_store16(to, scales[block]);
    to += 2;
  }
}

WB_HOLDER(tq2_0) {
  (void)zeros;
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += SUPER, to += 66) {
    for (int i = 0; i < 64; ++i) {
      const int8_t *from = levels + 128 * (i / 32) + i % 32;
      uint8_t byte = 0;
      for (int n = 0; n < 4; ++n) byte |= (uint8_t)(((from[32 * n] + 1) & 3) << (2 * n));
      to[i] = byte;
    }
    wb_store16(to + 64, scales[block]);
  }
}

WB_HOLDER(q2_0) {
  (void)zeros;
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += 64, to += 18) {
    wb_store16(to, scales[block]);
    for (int j = 0; j < 16; ++j) {
      uint8_t byte = 0;
      for (int n = 0; n < 4; ++n) byte |= (uint8_t)(((levels[4 * j + n] + 1) & 3) << (2 * n));
      to[2 + j] = byte;
    }
  }
}

WB_HOLDER(q4_0) {
  (void)zeros;
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += 32, to += 18) {
    wb_store16(to, scales[block]);
    store_nibbles(levels, 8, to + 2);
  }
}

WB_HOLDER(q4_1) {
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += 32, to += 20) {
    wb_store16(to, scales[block]);
    wb_store16(to + 2, zeros[block]);
    store_nibbles(levels, 0, to + 4);
  }
}

WB_HOLDER(q5_0) {
  (void)zeros;
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += 32, to += 22) {
    wb_store16(to, scales[block]);
    store_fifth_bits(levels, 16, to + 2);
    store_nibbles(levels, 16, to + 6);
  }
}

WB_HOLDER(q5_1) {
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += 32, to += 24) {
    wb_store16(to, scales[block]);
    wb_store16(to + 2, zeros[block]);
    store_fifth_bits(levels, 0, to + 4);
    store_nibbles(levels, 0, to + 8);
  }
}

WB_HOLDER(q8_0) {
  (void)zeros;
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += 32, to += 34) {
    wb_store16(to, scales[block]);
    memcpy(to + 2, levels, 32);
  }
}

// Elements 128h + 32j + l have the bits from 2j on of byte 32h + l.
WB_INLINE void store_pairs_of_bits(const int8_t *levels, int offset, uint8_t *to) {
  for (int h = 0; h < 2; ++h) {
    for (int l = 0; l < 32; ++l) {
      uint8_t byte = 0;
      for (int j = 0; j < 4; ++j) {
        byte |= (uint8_t)(((levels[128 * h + 32 * j + l] + offset) & 3) << (2 * j));
      }
      to[32 * h + l] = byte;
    }
  }
}

// All sixteen sub-blocks have the scale 1 and the same minimum.
WB_HOLDER(q2_k) {
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += SUPER, to += 84) {
    memset(to, 1 | (zeros[block] & 15) << 4, 16);
    store_pairs_of_bits(levels, 0, to + 16);
    wb_store16(to + 80, scales[block]);
    wb_store16(to + 82, scales[block]);
  }
}

// All sixteen sub-blocks have the scale 33 − 32; the third bit is that of a level that is not below 0.
WB_HOLDER(q3_k) {
  (void)zeros;
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += SUPER, to += 110) {
    for (int l = 0; l < 32; ++l) {
      uint8_t byte = 0;
      for (int n = 0; n < 8; ++n) byte |= (uint8_t)((levels[32 * n + l] >= 0) << n);
      to[l] = byte;
    }
    store_pairs_of_bits(levels, 4, to + 32);
    memset(to + 96, 0x11, 8);
    memset(to + 104, 0xaa, 4);
    wb_store16(to + 108, scales[block]);
  }
}

// Eight sub-blocks with the scale 1 and the same minimum, six bits each in twelve bytes.
WB_INLINE void store_ones_and_minimum(uint8_t minimum, uint8_t *to) {
  memset(to, 1, 4);
  memset(to + 4, minimum & 63, 4);
  memset(to + 8, 1 | (minimum & 15) << 4, 4);
  for (int j = 0; j < 4; ++j) to[4 + j] |= (uint8_t)((minimum >> 4 & 3) << 6);
}

// Elements 64g + l and 64g + 32 + l share byte 32g + l.
WB_INLINE void store_super_nibbles(const int8_t *levels, uint8_t *to) {
  for (int g = 0; g < 4; ++g) {
    for (int l = 0; l < 32; ++l) {
      to[32 * g + l] = (uint8_t)((levels[64 * g + l] & 15) | (levels[64 * g + 32 + l] & 15) << 4);
    }
  }
}

WB_HOLDER(q4_k) {
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += SUPER, to += 144) {
    wb_store16(to, scales[block]);
    wb_store16(to + 2, scales[block]);
    store_ones_and_minimum((uint8_t)zeros[block], to + 4);
    store_super_nibbles(levels, to + 16);
  }
}

WB_HOLDER(q5_k) {
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += SUPER, to += 176) {
    wb_store16(to, scales[block]);
    wb_store16(to + 2, scales[block]);
    store_ones_and_minimum((uint8_t)zeros[block], to + 4);
    for (int l = 0; l < 32; ++l) {
      uint8_t byte = 0;
      for (int n = 0; n < 8; ++n) byte |= (uint8_t)((levels[32 * n + l] >> 4 & 1) << n);
      to[16 + l] = byte;
    }
    store_super_nibbles(levels, to + 48);
  }
}

// Elements 128h + 32j + l: the low four bits in byte 64h + 32(j mod 2) + l, its half j / 2; the high two
// from bit 2j on of byte 32h + l.
WB_HOLDER(q6_k) {
  (void)zeros;
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += SUPER, to += 210) {
    for (int h = 0; h < 2; ++h) {
      for (int l = 0; l < 32; ++l) {
        const int8_t *from = levels + 128 * h + l;
        const uint8_t code[4] = {
            (uint8_t)(from[0] + 32), (uint8_t)(from[32] + 32), (uint8_t)(from[64] + 32),
            (uint8_t)(from[96] + 32)};
        to[64 * h + l] = (uint8_t)((code[0] & 15) | (code[2] & 15) << 4);
        to[64 * h + 32 + l] = (uint8_t)((code[1] & 15) | (code[3] & 15) << 4);
        to[128 + 32 * h + l] =
            (uint8_t)(code[0] >> 4 | code[1] >> 4 << 2 | code[2] >> 4 << 4 | code[3] >> 4 << 6);
      }
    }
    memset(to + 192, 1, 16);
    wb_store16(to + 208, scales[block]);
  }
}

WB_HOLDER(mxfp4) {
  (void)zeros;
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += 32, to += 17) {
    to[0] = (uint8_t)scales[block];
    store_nibbles(levels, 0, to + 1);
  }
}

// In each of four groups byte j holds elements j and j + 8.
WB_HOLDER(nvfp4) {
  uint8_t *to = out;
  for (size_t block = 0; block < count; ++block, levels += 64, to += 36) {
    wb_store16(to, scales[block]);
    wb_store16(to + 2, zeros[block]);
    for (int g = 0; g < 4; ++g) {
      for (int j = 0; j < 8; ++j) {
        to[4 + 8 * g + j] =
            (uint8_t)((levels[16 * g + j] & 15) | (levels[16 * g + 8 + j] & 15) << 4);
      }
    }
  }
}
