// F16 and BF16 in bulk.
#pragma STDC FP_CONTRACT OFF

WB_INLINE vi load_words(const uint8_t *from) {
  vh words;
  memcpy(&words, from, sizeof words);
  return __builtin_convertvector(words, vi);
}

WB_INLINE void store_words(uint8_t *to, vi words) {
  const vh low = __builtin_convertvector(words, vh);
  memcpy(to, &low, sizeof low);
}

WB_INLINE vf decode_halves(const uint8_t *from) {
#if LANES_HALF
  vhalf halves;
  memcpy(&halves, from, sizeof halves);
  return __builtin_convertvector(halves, vf);
#else
  const vi word = load_words(from), sign = (word & 0x8000) << 16, magnitude = word & 0x7fff;
  const vi normal = (magnitude << 13) + 0x38000000;
  const vi quiet = magnitude > 0x7c00 ? (vi)0x400000 : (vi)0;
  const vi special = 0x7f800000 | quiet | (magnitude & 0x3ff) << 13;
  const vi small = bits_of(to_floats(magnitude) * 0x1p-24f);
  const vi finite = magnitude >= 0x400 ? normal : small;
  return floats_of(sign | (magnitude >= 0x7c00 ? special : finite));
#endif
}

WB_INLINE void encode_halves(uint8_t *to, vf value) {
#if LANES_HALF
  const vhalf halves = __builtin_convertvector(value, vhalf);
  memcpy(to, &halves, sizeof halves);
#else
  const vi bits = bits_of(value), sign = (bits >> 16) & 0x8000, magnitude = bits & 0x7fffffff;
  const vi normal = (magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  const vi small = bits_of(floats_of(magnitude) + 0.5f) - 0x3f000000;
  vi half = magnitude >= 0x38800000 ? normal : small;
  half = magnitude >= 0x477ff000 ? (vi)0x7c00 : half;
  half = magnitude > 0x7f800000 ? 0x7e00 | ((magnitude >> 13) & 0x3ff) : half;
  store_words(to, sign | half);
#endif
}

LANE_DECODER(f16) {
  const uint8_t *in = blocks;
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) store_floats(out + i, decode_halves(in + 2 * i));
  for (; i < count; ++i) out[i] = wb_load_half(in + 2 * i);
}

LANE_ENCODER(f16) {
  (void)importance;
  uint8_t *to = out;
  const size_t count = rows * row_length;
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) encode_halves(to + 2 * i, load_floats(x + i));
  for (; i < count; ++i) wb_store_half(to + 2 * i, x[i]);
}

LANE_DECODER(bf16) {
  const uint8_t *in = blocks;
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) {
    store_floats(out + i, floats_of(load_words(in + 2 * i) << 16));
  }
  wb_scalar_bf16_decode(in + 2 * i, count - i, out + i);
}

LANE_ENCODER(bf16) {
  uint8_t *to = out;
  const size_t count = rows * row_length;
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) {
    const vi bits = bits_of(load_floats(x + i)), upper = (bits >> 16) & 0xffff;
    const vi rounded = ((bits + 0x7fff + (upper & 1)) >> 16) & 0xffff;
    store_words(to + 2 * i, (bits & 0x7fffffff) > 0x7f800000 ? upper | 64 : rounded);
  }
  wb_scalar_bf16_encode(x + i, 1, count - i, importance, to + 2 * i);
}
