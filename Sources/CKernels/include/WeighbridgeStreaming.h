// What is computed of a chunk while it is on its way to the disk and still in the cache.
#ifndef WEIGHBRIDGE_STREAMING_H
#define WEIGHBRIDGE_STREAMING_H

#include <stddef.h>
#include <stdint.h>

// Sums over the differences of `value` and what it was encoded as, d = value - decoded.
typedef struct {
  double squared_error;      // Σ d²
  double squares;            // Σ value²
  double error_times_value;  // Σ d · value
  double weighted_error;     // Σ w d²
  double weighted_squares;   // Σ w value²
  double largest_error;      // max |d|
} WBErrorSums;

// Adds what `rows` rows of `row_length` numbers give; `weights` is null or holds one for each column.
// The result is the same at every level of the CPU.
void wb_error_sums(
    const float *values, const float *decoded, size_t rows, size_t row_length, const float *weights,
    WBErrorSums *sums);

// A checksum of 64 bits, of Specs/journal.md. Not for adversaries.
uint64_t wb_checksum(const void *bytes, size_t count);

#endif
