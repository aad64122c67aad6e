// Sixteen lanes: vectors of the compiler, compiled once for each level of the CPU (AVX512.c, AVX2.c,
// Portable.c). A search gives each lane a sub-block of its own, so that every sum keeps the order of
// the scalar twin; what has no order to keep takes sixteen neighbours at once.
//
// The including file defines LANES(name), the name of a function at its level, and LANES_HALF, 1 if
// the level converts halves in hardware.
#include "../Fits.h"

#pragma STDC FP_CONTRACT OFF

enum { WIDTH = 16 };

typedef float vf __attribute__((ext_vector_type(16)));
typedef float vf8 __attribute__((ext_vector_type(8)));
typedef int32_t vi __attribute__((ext_vector_type(16)));
typedef int32_t vi8 __attribute__((ext_vector_type(8)));
typedef uint8_t vb __attribute__((ext_vector_type(16)));
typedef int8_t vsb __attribute__((ext_vector_type(16)));
typedef uint16_t vh __attribute__((ext_vector_type(16)));
typedef _Float16 vhalf __attribute__((ext_vector_type(16)));

// Memory need not be aligned: copies become single loads and stores.
WB_INLINE vf load_floats(const float *from) {
  vf value;
  memcpy(&value, from, sizeof value);
  return value;
}

WB_INLINE void store_floats(float *to, vf value) { memcpy(to, &value, sizeof value); }

WB_INLINE vb load_bytes(const void *from) {
  vb value;
  memcpy(&value, from, sizeof value);
  return value;
}

WB_INLINE void store_bytes(void *to, vb value) { memcpy(to, &value, sizeof value); }
WB_INLINE vi widen(vb bytes) { return __builtin_convertvector(bytes, vi); }
WB_INLINE vb narrow(vi values) { return __builtin_convertvector(values, vb); }
WB_INLINE vf to_floats(vi values) { return __builtin_convertvector(values, vf); }
WB_INLINE vi bits_of(vf value) { return ((vi)(value)); }
WB_INLINE vf floats_of(vi bits) { return ((vf)(bits)); }
WB_INLINE vf splat(float value) { return (vf)value; }
WB_INLINE vf magnitude(vf value) { return floats_of(bits_of(value) & 0x7fffffff); }
WB_INLINE bool any(vi mask) { return __builtin_reduce_or(mask) != 0; }
WB_INLINE vf root(vf value) { return __builtin_elementwise_sqrt(value); }
WB_INLINE vi clamp(vi value, int32_t low, int32_t high) {
  return __builtin_elementwise_max(__builtin_elementwise_min(value, (vi)high), (vi)low);
}

// wb_nearest in every lane.
WB_INLINE vi nearest(vf value) { return (bits_of(value + 12582912.0f) & 0x007fffff) - 0x00400000; }

// wb_truncate in every lane.
WB_INLINE vi truncate(vf value) {
#if WB_X86 && defined(LANES_CONVERT)
  return LANES_CONVERT(value);
#else
  const vi fits = (value >= -2147483648.0f) & (value < 2147483648.0f);
  const vi whole = __builtin_convertvector(fits ? value : (vf)0.0f, vi);
  return fits ? whole : (vi)INT32_MIN;
#endif
}

// table[index] in every lane; indices are 0 … 15.
WB_INLINE vf lookup_in(vf table, vi index) {
#ifdef LANES_LOOKUP
  return LANES_LOOKUP(table, index);
#else
  vf result;
  for (int i = 0; i < WIDTH; ++i) result[i] = table[index[i]];
  return result;
#endif
}

WB_INLINE vf lookup(const float *table, vi index) { return lookup_in(load_floats(table), index); }

// The same for indices of 0 … 7.
WB_INLINE vf lookup8(const float *table, vi index) {
#ifdef LANES_LOOKUP8
  return LANES_LOOKUP8(load_floats(table), index);
#else
  return lookup(table, index);
#endif
}

WB_INLINE float load_half(const void *at) {
#if LANES_HALF
  _Float16 half;
  memcpy(&half, at, 2);
  return (float)half;
#else
  return wb_load_half(at);
#endif
}

WB_INLINE void store_half(void *at, float value) {
#if LANES_HALF
  const _Float16 half = (_Float16)value;
  memcpy(at, &half, 2);
#else
  wb_store_half(at, value);
#endif
}

// Rows of eight floats become columns.
WB_INLINE void transpose8(const float *const *rows, size_t at, vf8 *columns) {
  vf8 a[8], b[8];
  for (int i = 0; i < 8; ++i) memcpy(&a[i], rows[i] + at, sizeof a[i]);
  for (int i = 0; i < 4; ++i) {
    b[2 * i] = __builtin_shufflevector(a[2 * i], a[2 * i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    b[2 * i + 1] = __builtin_shufflevector(a[2 * i], a[2 * i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) {
      const vf8 x = b[4 * i + j], y = b[4 * i + 2 + j];
      a[4 * i + 2 * j] = __builtin_shufflevector(x, y, 0, 1, 8, 9, 4, 5, 12, 13);
      a[4 * i + 2 * j + 1] = __builtin_shufflevector(x, y, 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; ++i) {
    columns[i] = __builtin_shufflevector(a[i], a[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    columns[i + 4] = __builtin_shufflevector(a[i], a[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

// columns[i] holds element i of each of the sixteen rows; `count` is a multiple of 8.
WB_INLINE void transpose(const float *const *rows, size_t count, vf *columns) {
  for (size_t at = 0; at < count; at += 8) {
    vf8 low[8], high[8];
    transpose8(rows, at, low);
    transpose8(rows + 8, at, high);
    for (int i = 0; i < 8; ++i) {
      columns[at + (size_t)i] = __builtin_shufflevector(
          low[i], high[i], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    }
  }
}

// Σ x² of sixteen rows, each in order.
static vf sums_of_squares(const float *const *rows, size_t count) {
  vf sum = 0;
  for (size_t at = 0; at < count; at += 8) {
    vf columns[8];
    const float *moved[WIDTH];
    for (int i = 0; i < WIDTH; ++i) moved[i] = rows[i] + at;
    transpose(moved, 8, columns);
    for (int i = 0; i < 8; ++i) sum += columns[i] * columns[i];
  }
  return sum;
}

// Pointers to sixteen pieces `stride` apart; lanes beyond `count` repeat the last.
WB_INLINE void lane_rows(const float *x, size_t stride, size_t count, const float **rows) {
  for (size_t i = 0; i < WIDTH; ++i) rows[i] = x + stride * (i < count ? i : count - 1);
}

WB_INLINE float reduce_min(vf value) {
  vf8 a = value.lo < value.hi ? value.lo : value.hi;
  vf8 b = __builtin_shufflevector(a, a, 4, 5, 6, 7, 4, 5, 6, 7);
  a = b < a ? b : a;
  b = __builtin_shufflevector(a, a, 2, 3, 2, 3, 2, 3, 2, 3);
  a = b < a ? b : a;
  b = __builtin_shufflevector(a, a, 1, 1, 1, 1, 1, 1, 1, 1);
  a = b < a ? b : a;
  return a[0];
}
