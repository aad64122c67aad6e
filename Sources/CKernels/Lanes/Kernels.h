// Every lane kernel, in the order in which they use each other.
#define LANE_DECODER(name) void LANES(name##_decode)(const void *blocks, size_t count, float *out)
#define LANE_ENCODER(name)   \
  void LANES(name##_encode)( \
      const float *x, size_t rows, size_t row_length, const float *importance, void *out)

// Vectors cross no boundary between files: what takes them is inlined or static, so that the calling
// convention, which depends on the level, does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#include "Lanes.h"
#include "LaneFits.h"
#include "AffineSuperBlocks.h"
#include "SymmetricSuperBlocks.h"
#include "SimpleBlocks.h"
#include "Q3_K.h"
#include "IQ4.h"
#include "FourBitFloats.h"
#include "Neighbours.h"
#include "GridTrials.h"
#include "GridEncoders.h"
#include "TernarySplits.h"
#include "TernaryGridEncoders.h"
#include "Decoders.h"
#include "CodebookDecoders.h"
#include "Ternary.h"
#include "Numbers.h"
