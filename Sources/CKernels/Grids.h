// What an encoder needs of a codebook: which words are in it, and the nearest ones of every other.
#ifndef WEIGHBRIDGE_GRIDS_H
#define WEIGHBRIDGE_GRIDS_H

#include "Codebooks.h"

typedef struct {
  int bits;            // of one code in a word
  int group;           // codes in a word
  const int32_t *map;  // by word: its index in the codebook, or −1 − the offset of its neighbours
  const uint16_t *neighbours;  // a count, then words by distance, then by index
} wb_grid;

// Built when first asked for, once for the process.
const wb_grid *wb_grid_iq2_xxs(void);
const wb_grid *wb_grid_iq2_xs(void);
const wb_grid *wb_grid_iq2_s(void);
const wb_grid *wb_grid_iq1(void);
const wb_grid *wb_grid_iq3_xxs(void);
const wb_grid *wb_grid_iq3_s(void);

// How a sub-block is fitted to a grid (ENC-56).
typedef struct {
  const wb_grid *grid;
  int count;        // elements of a sub-block
  int levels;       // codes 0 ..< levels stand for 1, 3, 5 …
  int trials;       // scales −trials … trials are tried
  float step;       // between them, in units of a code
  float tiny;       // a largest element below it makes a zero sub-block
  bool even_signs;  // an odd number of minus signs is mended
  bool first_fit;   // the trials surround a fit without the grid
  bool refit_all;   // the last rounding takes all groups, not only those that were off the grid
} wb_grid_search;

// One sub-block: words by group, sign bits by eight elements, and its scale.
typedef struct {
  uint16_t words[8];
  uint8_t signs[4];
  float scale;
  bool fitted;  // false where the sub-block is zero
} wb_grid_fit;

#endif
