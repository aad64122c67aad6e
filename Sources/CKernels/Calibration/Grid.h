// The nearest code of a number, and the value of a code.
#ifndef WEIGHBRIDGE_GRID_H
#define WEIGHBRIDGE_GRID_H

#include "../Kernel.h"

WB_INLINE float code_value(const struct wb_grid *grid, int code) {
  return grid->entries ? grid->book[code] : (float)code;
}

// The nearest; of two at the same distance the even code, or the lower entry of a book. Numbers that are
// none take the lowest.
WB_INLINE int nearest_code(const struct wb_grid *grid, float x) {
  if (grid->entries) {
    int code = 0;
    for (int i = 0; i + 1 < grid->entries; ++i) {
      code += x > (grid->book[i] + grid->book[i + 1]) * 0.5f;
    }
    return code;
  }
  if (!(x > (float)grid->low)) return grid->low;
  if (x >= (float)grid->high) return grid->high;
  return wb_nearest(x);
}

#endif
