// Blocks of 2023 that no format of today holds: to floats, and to today's blocks with the codes kept.
#ifndef WEIGHBRIDGE_LEGACY_H
#define WEIGHBRIDGE_LEGACY_H

#include "CKernels.h"

// Nibbles in pairs: byte j holds elements 2j and 2j + 1. Scales of Q4_0 and Q4_1 are single floats.
WB_DECODER(q4_0_pairs);
WB_DECODER(q4_1_pairs);
WB_DECODER(q5_0_pairs);
WB_DECODER(q5_1_pairs);
// Nibbles as today, scales in single precision.
WB_DECODER(q4_0_wide);
WB_DECODER(q4_1_wide);
WB_DECODER(q8_0_wide);
// Super-blocks of 64.
WB_DECODER(q2_k64);
WB_DECODER(q3_k64);
WB_DECODER(q4_k64);
WB_DECODER(q5_k64);
WB_DECODER(q6_k64);

// What rounding the scales of old blocks to half precision cost.
typedef struct {
  // The largest relative error of a scale that is a normal half: at most 2^-11. Infinite where a half
  // cannot hold a scale.
  float relative;
  // The largest absolute error of a scale below 2^-14, the smallest normal half: at most 2^-25.
  float absolute;
} wb_scale_error;

// `count` old blocks become today's: the codes move, the scales are rounded to half where they were
// wider.
typedef wb_scale_error (*wb_repack_fn)(const void *blocks, size_t count, void *out);

#define WB_REPACKER(name) \
  wb_scale_error wb_##name##_repack(const void *blocks, size_t count, void *out)

WB_REPACKER(q4_0_pairs);
WB_REPACKER(q4_1_pairs);
WB_REPACKER(q5_0_pairs);
WB_REPACKER(q5_1_pairs);
WB_REPACKER(q4_0_wide);
WB_REPACKER(q4_1_wide);
WB_REPACKER(q8_0_wide);
// One block of 64 becomes two of Q4_1.
WB_REPACKER(q4_k64);

#endif
