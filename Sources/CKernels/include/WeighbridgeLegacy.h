// Blocks of 2023 that no format of today holds: to floats, and to today's blocks with the codes kept.
#ifndef WEIGHBRIDGE_LEGACY_H
#define WEIGHBRIDGE_LEGACY_H

#include "CKernels.h"

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

#define WB_PLAIN_REPACKER(name) WB_REPACKER(name);
#include "WeighbridgeCodecs.h"

#endif
