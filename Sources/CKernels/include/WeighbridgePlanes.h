// Blocks taken apart into planes of like symbols, and put together again: Specs/bundle.md, "Planes".
#ifndef WEIGHBRIDGE_PLANES_H
#define WEIGHBRIDGE_PLANES_H

#include <stddef.h>
#include <stdint.h>

// A part of a block that goes into a plane: `count` bytes from `offset` on, of each of which the bits of
// `mask` << `shift` become those from `into` on of a symbol. Where it expands, each byte stands for eight
// symbols, the lowest bit first, and `shift` and `mask` have no meaning.
//
// The planes of `blocks` blocks lie one behind the other; `before` symbols a block are in those in front,
// `symbols` in this one, and the first symbol of the run is the one of number `place`.
typedef struct {
  uint32_t offset;
  uint32_t count;
  uint32_t before;
  uint32_t symbols;
  uint32_t place;
  uint8_t shift;
  uint8_t mask;
  uint8_t into;
  uint8_t expands;
} WBPlaneRun;

// Takes `blocks` blocks of `block_bytes` bytes apart, into `symbols` symbols each.
void wb_planes_split(
    const uint8_t *from, size_t blocks, size_t block_bytes, const WBPlaneRun *runs,
    size_t run_count, size_t symbols, uint8_t *planes);
// The way back; bits that no run has are zeros.
void wb_planes_join(
    const uint8_t *planes, size_t blocks, size_t block_bytes, const WBPlaneRun *runs,
    size_t run_count, uint8_t *to);

// The same, one symbol at a time: the reference.
void wb_planes_split_plain(
    const uint8_t *from, size_t blocks, size_t block_bytes, const WBPlaneRun *runs,
    size_t run_count, size_t symbols, uint8_t *planes);
void wb_planes_join_plain(
    const uint8_t *planes, size_t blocks, size_t block_bytes, const WBPlaneRun *runs,
    size_t run_count, uint8_t *to);

// Numbers of two bytes, rotated left by one, in two planes, that of the high byte first.
void wb_planes_split_halves(const uint8_t *from, size_t count, uint8_t *planes);
void wb_planes_join_halves(const uint8_t *planes, size_t count, uint8_t *to);
// Numbers of four bytes in four planes, the high byte first; the upper half is rotated left by one.
void wb_planes_split_singles(const uint8_t *from, size_t count, uint8_t *planes);
void wb_planes_join_singles(const uint8_t *planes, size_t count, uint8_t *to);

// Where the zero of a sub-block of codes comes from. Each number is how many symbols a block lie in the
// planes before one; UINT32_MAX in `scales` and `minimums` stands for ones.
typedef struct {
  uint32_t scale_high, scale_low;      // the half d, rotated
  uint32_t minimum_high, minimum_low;  // the half m, rotated
  uint32_t scales, minimums;           // a symbol for each sub-block
  uint32_t codes;                      // the plane that is sorted
  uint32_t per_block;                  // sub-blocks of a block
  uint32_t bytes;                      // symbols of a sub-block
  uint32_t levels;                     // the largest code, at most 31
  uint32_t adds;                       // whether the minimum is added, not subtracted
} WBPlaneOrder;

// The code nearest to zero for each sub-block, `blocks` × `per_block` keys: |m · minimum / (d · scale)|,
// rounded to the nearest, halves up, at most `levels`; 0 where the signs put zero outside.
void wb_planes_keys(const uint8_t *planes, size_t blocks, const WBPlaneOrder *order, uint8_t *keys);
// Copies sub-blocks from their places to those sorted by key, those of the same key in their order.
void wb_planes_sort(
    const uint8_t *keys, size_t count, const uint8_t *from, size_t bytes, uint8_t *to);
// The way back.
void wb_planes_unsort(
    const uint8_t *keys, size_t count, const uint8_t *from, size_t bytes, uint8_t *to);

// The differences of `count` numbers of `width` bytes (1, 2 or 4) from those of a base, in place: both
// mapped to integers in the order of the floats, subtracted with wrapping, folded so that small ones of
// either sign are small (0, -1, 1, -2, … become 0, 1, 2, 3, …).
void wb_delta_make(uint8_t *numbers, const uint8_t *base, size_t count, size_t width);
// The way back.
void wb_delta_undo(uint8_t *numbers, const uint8_t *base, size_t count, size_t width);
// Bytes combined by exclusive or, in place.
void wb_delta_xor(uint8_t *bytes, const uint8_t *base, size_t count);

#endif
