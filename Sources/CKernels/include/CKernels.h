// The hot loops of `Encodings`: numbers to blocks and back.
//
// Every function is total: any bits may come in, nothing traps and nothing is allocated. Floating-point
// contraction is off in each file, and sums run in the order of Specs/encodings.md, so that every
// level of the CPU gives the same bytes.
#ifndef WEIGHBRIDGE_CKERNELS_H
#define WEIGHBRIDGE_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "WeighbridgeInference.h"
#include "WeighbridgeStreaming.h"

// How much of the CPU the kernels may use. Levels above what the machine has are lowered to it.
enum {
  WB_LEVEL_SCALAR = 0,    // plain C, one element at a time: the reference
  WB_LEVEL_PORTABLE = 1,  // vectors of the compiler's making: SSE2, NEON
  WB_LEVEL_AVX2 = 2,      // AVX2 and F16C
  WB_LEVEL_AVX512 = 3     // AVX-512 F, BW, DQ, VL
};

// The level in use; the machine's highest until it is set.
int wb_cpu_level(void);
// The highest level of this machine.
int wb_cpu_highest_level(void);
// Limits the level for the whole process, for tests and measurements. Returns the level now in use.
int wb_cpu_set_level(int level);

// `count` blocks at `blocks` become `count` * (elements of a block) floats at `out`.
typedef void (*wb_decode_fn)(const void *blocks, size_t count, float *out);
// `rows` rows of `row_length` floats, a multiple of the block's elements, become blocks at `out`.
// `importance` is null, or holds `row_length` weights that serve every row.
typedef void (*wb_encode_fn)(
    const float *x, size_t rows, size_t row_length, const float *importance, void *out);

#define WB_DECODER(name) void wb_##name##_decode(const void *blocks, size_t count, float *out)
#define WB_ENCODER(name)                                                                \
  void wb_##name##_encode(                                                              \
      const float *x, size_t rows, size_t row_length, const float *importance, void *out)

// Plain numbers.
WB_DECODER(f32);
WB_ENCODER(f32);
WB_DECODER(f16);
WB_ENCODER(f16);
WB_DECODER(bf16);
WB_ENCODER(bf16);
WB_DECODER(f64);
WB_DECODER(i8);
WB_DECODER(i16);
WB_DECODER(i32);
WB_DECODER(i64);
WB_DECODER(u8);
WB_DECODER(u16);
WB_DECODER(u32);
WB_DECODER(u64);
WB_DECODER(f8_e4m3);
WB_DECODER(f8_e5m2);
WB_DECODER(f8_e8m0);
WB_DECODER(f8_e4m3fnuz);
WB_DECODER(f8_e5m2fnuz);
WB_DECODER(f4);

// Blocks of 32.
WB_DECODER(q4_0);
WB_ENCODER(q4_0);
WB_DECODER(q4_1);
WB_ENCODER(q4_1);
WB_DECODER(q5_0);
WB_ENCODER(q5_0);
WB_DECODER(q5_1);
WB_ENCODER(q5_1);
WB_DECODER(q8_0);
WB_ENCODER(q8_0);

// Super-blocks of 256.
WB_DECODER(q2_k);
WB_ENCODER(q2_k);
WB_DECODER(q3_k);
WB_ENCODER(q3_k);
WB_DECODER(q4_k);
WB_ENCODER(q4_k);
WB_DECODER(q5_k);
WB_ENCODER(q5_k);
WB_DECODER(q6_k);
WB_ENCODER(q6_k);

// Ternary, four-bit floats, uneven levels.
WB_DECODER(q1_0);
WB_ENCODER(q1_0);
WB_DECODER(q2_0);
WB_ENCODER(q2_0);
WB_DECODER(tq1_0);
WB_ENCODER(tq1_0);
WB_DECODER(tq2_0);
WB_ENCODER(tq2_0);
WB_DECODER(mxfp4);
WB_ENCODER(mxfp4);
WB_DECODER(nvfp4);
WB_ENCODER(nvfp4);
WB_DECODER(iq4_nl);
WB_ENCODER(iq4_nl);
WB_DECODER(iq4_xs);
WB_ENCODER(iq4_xs);

// Codebooks.
WB_DECODER(iq1_s);
WB_ENCODER(iq1_s);
WB_DECODER(iq1_m);
WB_ENCODER(iq1_m);
WB_DECODER(iq2_xxs);
WB_ENCODER(iq2_xxs);
WB_DECODER(iq2_xs);
WB_ENCODER(iq2_xs);
WB_DECODER(iq2_s);
WB_ENCODER(iq2_s);
WB_DECODER(iq3_xxs);
WB_ENCODER(iq3_xxs);
WB_DECODER(iq3_s);
WB_ENCODER(iq3_s);
// The same without a slip of the reference (E-1 in Specs/errata.md).
WB_ENCODER(iq3_s_in_place);

// Read only.
WB_DECODER(q8_1);
WB_DECODER(q8_k);
WB_DECODER(q4_2);
WB_DECODER(q4_3);

// The codebooks, for tests: a word, or −1 beyond the last.
typedef enum {
  WB_CODEBOOK_IQ1,
  WB_CODEBOOK_IQ2_XXS,
  WB_CODEBOOK_IQ2_XS,
  WB_CODEBOOK_IQ2_S,
  WB_CODEBOOK_IQ3_XXS,
  WB_CODEBOOK_IQ3_S
} WBCodebook;
int32_t wb_codebook_word(WBCodebook book, int32_t index);

// The index of the first NaN or infinity, or -1.
ptrdiff_t wb_first_nonfinite(const float *x, size_t count);

// Blocks of 2023.
#include "WeighbridgeCalibration.h"
#include "WeighbridgeLegacy.h"

#endif
