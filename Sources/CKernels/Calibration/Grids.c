// The grids of GGML's types, and how their parts become blocks (ENC-30 and after in Specs/encodings.md).
#include "WeighbridgeCalibration.h"

#include "../Codebooks.h"
#include "../Packing.h"
#include "Grid.h"

enum {
  Q4_0 = 2,
  Q4_1 = 3,
  Q5_0 = 6,
  Q5_1 = 7,
  Q8_0 = 8,
  Q2_K = 10,
  Q3_K = 11,
  Q4_K = 12,
  Q5_K = 13,
  Q6_K = 14,
  IQ4_NL = 20,
  IQ4_XS = 23,
  MXFP4 = 39,
};

static const struct {
  uint32_t type;
  struct wb_grid grid;
} grids[] = {
    {Q4_0, {32, 32, 0, -8, 7, 1, 1, 0, 0, 0, 0, {0}}},
    {Q4_1, {32, 32, 1, 0, 15, 1, 1, 1, 0, 0, 0, {0}}},
    {Q5_0, {32, 32, 0, -16, 15, 1, 1, 0, 0, 0, 0, {0}}},
    {Q5_1, {32, 32, 1, 0, 31, 1, 1, 1, 0, 0, 0, {0}}},
    {Q8_0, {32, 32, 0, -127, 127, 1, 1, 0, 0, 0, 0, {0}}},
    {Q2_K, {16, 256, 1, 0, 3, 0, 15, 15, 0, 0, 0, {0}}},
    {Q3_K, {16, 256, 0, -4, 3, -32, 31, 0, 0, 0, 0, {0}}},
    {Q4_K, {32, 256, 1, 0, 15, 0, 63, 63, 0, 0, 0, {0}}},
    {Q5_K, {32, 256, 1, 0, 31, 0, 63, 63, 0, 0, 0, {0}}},
    {Q6_K, {16, 256, 0, -32, 31, -128, 127, 0, 0, 0, 0, {0}}},
    {IQ4_NL,
     {32,
      32,
      0,
      0,
      15,
      1,
      1,
      0,
      0,
      8,
      16,
      {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113}}},
    {IQ4_XS,
     {32,
      256,
      0,
      0,
      15,
      -32,
      31,
      0,
      0,
      8,
      16,
      {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113}}},
    // Zero has two codes; the positive one stands for both.
    {MXFP4,
     {32, 32, 0, 0, 14, 1, 1, 0, 1, 7, 15, {-12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 12}}},
};

int wb_grid_of(uint32_t type, struct wb_grid *grid) {
  for (size_t i = 0; i < sizeof grids / sizeof *grids; ++i) {
    if (grids[i].type != type) continue;
    *grid = grids[i].grid;
    return 1;
  }
  return 0;
}

static void pack_nibbles(const uint8_t *codes, int half, uint8_t *to) {
  for (int i = 0; i < half; ++i) to[i] = (uint8_t)((codes[i] & 15) | (codes[i + half] & 15) << 4);
}

// One bit of each of 256 codes: bit i of byte j is that of code 32 i + j.
static void pack_bits(const uint8_t *codes, int shift, uint8_t *to) {
  memset(to, 0, 32);
  for (int i = 0; i < WB_SUPER; ++i) {
    to[i % 32] = (uint8_t)(to[i % 32] | ((codes[i] >> shift) & 1) << (i / 32));
  }
}

// Two bits of each of 256 codes: byte 32 h + j holds those of 128 h + j, + 32, + 64, + 96.
static void pack_pairs(const uint8_t *codes, int shift, uint8_t *to) {
  for (int i = 0; i < 64; ++i) {
    const uint8_t *from = codes + i / 32 * 128 + i % 32;
    int byte = 0;
    for (int k = 0; k < 4; ++k) byte |= ((from[32 * k] >> shift) & 3) << (2 * k);
    to[i] = (uint8_t)byte;
  }
}

static void pack_fifth_bits(const uint8_t *codes, uint8_t *to) {
  uint32_t bits = 0;
  for (int i = 0; i < 32; ++i) bits |= (uint32_t)((codes[i] >> 4) & 1) << i;
  wb_store32(to, bits);
}

static uint8_t *pack_simple(
    uint32_t type, const uint8_t *codes, float d, float minimum, uint8_t *to) {
  if (type == MXFP4) {
    // Entries −12 … −1, 0, 1 … 12 are E2M1's 15 … 9, 0, 1 … 7; d is the value of the code 1.
    uint8_t own[32];
    int exponent;
    for (int i = 0; i < 32; ++i) own[i] = (uint8_t)(codes[i] < 7 ? 15 - codes[i] : codes[i] - 7);
    frexpf(d, &exponent);
    *to++ = (uint8_t)(exponent - 1 + 128);
    pack_nibbles(own, 16, to);
    return to + 16;
  }
  wb_store_half(to, d);
  to += 2;
  if (type == Q4_1 || type == Q5_1) {
    wb_store_half(to, -minimum);
    to += 2;
  }
  if (type == Q8_0) {
    for (int i = 0; i < 32; ++i) to[i] = (uint8_t)(codes[i] - 127);
    return to + 32;
  }
  if (type == Q5_0 || type == Q5_1) {
    pack_fifth_bits(codes, to);
    to += 4;
  }
  pack_nibbles(codes, 16, to);
  return to + 16;
}

static void pack_q6(const uint8_t *codes, const int8_t *scales, float d, uint8_t *to) {
  for (int i = 0; i < 128; ++i) {
    const uint8_t *from = codes + i / 64 * 128 + i % 64;
    to[i] = (uint8_t)((from[0] & 15) | (from[64] & 15) << 4);
  }
  pack_pairs(codes, 4, to + 128);
  memcpy(to + 192, scales, 16);
  wb_store_half(to + 208, d);
}

static void pack_iq4_xs(const uint8_t *codes, const int8_t *scales, float d, uint8_t *to) {
  wb_store_half(to, d);
  int high = 0;
  memset(to + 4, 0, 4);
  for (int i = 0; i < 8; ++i) {
    const int scale = scales[i] + 32;
    high |= (scale >> 4) << (2 * i);
    to[4 + i / 2] = (uint8_t)(to[4 + i / 2] | (scale & 15) << (4 * (i % 2)));
    pack_nibbles(codes + 32 * i, 16, to + 8 + 16 * i);
  }
  wb_store16(to + 2, (uint16_t)high);
}

static int pack_super(uint32_t type, struct wb_parts parts, uint8_t *to) {
  const uint8_t *codes = parts.codes;
  uint8_t shifted[16];
  switch (type) {
    case Q2_K:
      for (int i = 0; i < 16; ++i) {
        to[i] = (uint8_t)(parts.scales[i] | parts.minimums[i] << 4);
      }
      pack_pairs(codes, 0, to + 16);
      wb_store_half(to + 80, *parts.d);
      wb_store_half(to + 82, *parts.dmin);
      return 84;
    case Q3_K:
      pack_bits(codes, 2, to);
      pack_pairs(codes, 0, to + 32);
      for (int i = 0; i < 16; ++i) shifted[i] = (uint8_t)(parts.scales[i] + 32);
      wb_pack_q3_scales(shifted, to + 96);
      wb_store_half(to + 108, *parts.d);
      return 110;
    case Q4_K:
    case Q5_K: {
      uint8_t *low = to + (type == Q4_K ? 16 : 48);
      wb_store_half(to, *parts.d);
      wb_store_half(to + 2, *parts.dmin);
      wb_pack_six_bits((const uint8_t *)parts.scales, parts.minimums, to + 4);
      if (type == Q5_K) pack_bits(codes, 4, to + 16);
      for (int i = 0; i < 4; ++i) pack_nibbles(codes + 64 * i, 32, low + 32 * i);
      return type == Q4_K ? 144 : 176;
    }
    case Q6_K: pack_q6(codes, parts.scales, *parts.d, to); return 210;
    case IQ4_XS: pack_iq4_xs(codes, parts.scales, *parts.d, to); return 136;
    default: return 0;
  }
}

int wb_grid_pack(uint32_t type, ptrdiff_t columns, struct wb_parts parts, uint8_t *blocks) {
  struct wb_grid grid;
  if (!wb_grid_of(type, &grid)) return 0;
  const int subs = grid.span / grid.sub;
  for (ptrdiff_t at = 0; at < columns; at += grid.span) {
    if (subs > 1) {
      blocks += pack_super(type, parts, blocks);
    } else {
      blocks = pack_simple(type, parts.codes, *parts.d, *parts.dmin, blocks);
    }
    parts.codes += grid.span;
    parts.scales += subs;
    parts.minimums += subs;
    ++parts.d;
    ++parts.dmin;
  }
  return 1;
}
