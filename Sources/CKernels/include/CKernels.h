// The hot loops of `Encodings`: numbers to blocks and back.
//
// Every function is total: any bits may come in, nothing traps and nothing is allocated. Floating-point
// contraction is off in each file, and sums run in the order of Specs/encodings.md, so that every
// level of the CPU gives the same bytes.
#ifndef WEIGHBRIDGE_CKERNELS_H
#define WEIGHBRIDGE_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "WeighbridgeInference.h"
#include "WeighbridgeRecurrence.h"
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
#define WB_ENCODER(name)   \
  void wb_##name##_encode( \
      const float *x, size_t rows, size_t row_length, const float *importance, void *out)

#define WB_CODEC(name) \
  WB_DECODER(name);    \
  WB_ENCODER(name);
#define WB_ENCODER_ONLY(name) WB_ENCODER(name);
#define WB_PLAIN_CODEC(name) WB_CODEC(name)
#define WB_PLAIN_DECODER(name) WB_DECODER(name);
#include "WeighbridgeCodecs.h"

// A codec by its place in that list, for tests: null loops where it has none.
typedef struct {
  const char *name;
  wb_decode_fn decode;
  wb_encode_fn encode;
} wb_codec;
// False beyond the last.
bool wb_codec_at(size_t index, wb_codec *codec);

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

#include "WeighbridgeCalibration.h"
#include "WeighbridgeHolding.h"
#include "WeighbridgeLegacy.h"
#include "WeighbridgePlanes.h"
#include "WeighbridgeReverse.h"

#endif
