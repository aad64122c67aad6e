// Integers of another program's grid, put into blocks as they are.
#ifndef WEIGHBRIDGE_HOLDING_H
#define WEIGHBRIDGE_HOLDING_H

#include <stddef.h>
#include <stdint.h>

// `count` blocks are made of `levels`, the integers of all their elements one after another, which the
// caller has proven to be in the encoding's range. `scales` has a half for each block. `zeros` has for
// each block what the encoding calls its minimum: a half for Q4_1 and Q5_1, an integer from 0 to 15
// for Q2_K and to 63 for Q4_K and Q5_K; other encodings do not look at it, and their levels have a sign.
typedef void (*wb_hold_fn)(
    const int8_t *levels, size_t count, const uint16_t *scales, const uint16_t *zeros, void *out);

#define WB_HOLDER(name)                                                                  \
  void wb_##name##_hold(                                                                 \
      const int8_t *levels, size_t count, const uint16_t *scales, const uint16_t *zeros, \
      void *out)

WB_HOLDER(tq1_0);
WB_HOLDER(tq2_0);
WB_HOLDER(q2_0);
WB_HOLDER(q4_0);
WB_HOLDER(q4_1);
WB_HOLDER(q5_0);
WB_HOLDER(q5_1);
WB_HOLDER(q8_0);
WB_HOLDER(q2_k);
WB_HOLDER(q3_k);
WB_HOLDER(q4_k);
WB_HOLDER(q5_k);
WB_HOLDER(q6_k);
// Codes of E2M1 from 0 to 15; `scales` has the byte of the power of two.
WB_HOLDER(mxfp4);
// The same; `scales` has two bytes of E4M3 for two groups of 16, the first in the low byte, and `zeros`
// the two of the other half.
WB_HOLDER(nvfp4);

#endif
