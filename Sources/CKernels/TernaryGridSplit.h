// Scores of one split, shared by the scalar search and by the places where the lanes look closer.
#pragma STDC FP_CONTRACT OFF

typedef struct {
  float scale;
  int first, second;  // sorted elements before `first` take −1, those from `second` on take 1
  int shift;          // one bit a half, set for −⅛; the first half's is bit 1
} TernarySplit;

static const float ternary_up[4] = {-0.875f, 0.125f, 1.125f, 0};
static const float ternary_down[4] = {-1.125f, -0.125f, 0.875f, 0};

typedef struct {
  float qx, qq;
} Sums;

WB_INLINE Sums split_sums(const float *levels, const float *px, const float *pw, int i, int j) {
  const float a = levels[0], b = levels[1], c = levels[2];
  return (Sums){
      (px[i] - px[0]) * a + (px[j] - px[i]) * b + (px[32] - px[j]) * c,
      (pw[i] - pw[0]) * a * a + (pw[j] - pw[i]) * b * b + (pw[32] - pw[j]) * c * c};
}

// Neighbouring levels are 1 apart, so a half's sum is its total at the top level less both prefixes.
WB_INLINE Sums half_sums(int shift, const float *px, const float *pw, int i, int j) {
  const float top = shift ? 0.875f : 1.125f;
  const float low = shift ? 1.25f : 0.75f, high = shift ? -0.75f : -1.25f;
  return (Sums){
      px[16] * top - (px[i] + px[j]), pw[16] * top * top + pw[i] * low + pw[j] * high};
}
