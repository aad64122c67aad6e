internal import CWeighbridgeKernels

// The blocks of the GGML, GGMF and GGJT files of 2023, which no format of today holds.

extension Encoding {
  package static let blocks2023: [Encoding] = [
    .q4_0_GGJT1, .q4_1_GGJT1, .q5_0_GGJT1, .q5_1_GGJT1, .q8_0_GGJT1, .q4_0_GGJT2, .q4_1_GGJT2,
    .q2_K_64, .q3_K_64, .q4_K_64, .q5_K_64, .q6_K_64,
  ]

  /// `Q4_0` until 12 May 2023: single `d`, nibbles in pairs; `(q − 8)·d`.
  package static let q4_0_GGJT1 = Encoding(
    "Q4_0.ggjt1", elements: 32, bytes: 20, codec: unsafe Codec(wb_q4_0_pairs_decode),
    repacking: unsafe Repacking(to: .q4_0, wb_q4_0_pairs_repack))

  /// `Q4_1` until 12 May 2023: single `d` and `m`, nibbles in pairs; `q·d + m`.
  package static let q4_1_GGJT1 = Encoding(
    "Q4_1.ggjt1", elements: 32, bytes: 24, codec: unsafe Codec(wb_q4_1_pairs_decode),
    repacking: unsafe Repacking(to: .q4_1, wb_q4_1_pairs_repack))

  /// `Q5_0` until 12 May 2023: half `d`, fifth bits, nibbles in pairs; `(q − 16)·d`.
  package static let q5_0_GGJT1 = Encoding(
    "Q5_0.ggjt1", elements: 32, bytes: 22, codec: unsafe Codec(wb_q5_0_pairs_decode),
    repacking: unsafe Repacking(to: .q5_0, wb_q5_0_pairs_repack))

  /// `Q5_1` until 12 May 2023: half `d` and `m`, fifth bits, nibbles in pairs; `q·d + m`.
  package static let q5_1_GGJT1 = Encoding(
    "Q5_1.ggjt1", elements: 32, bytes: 24, codec: unsafe Codec(wb_q5_1_pairs_decode),
    repacking: unsafe Repacking(to: .q5_1, wb_q5_1_pairs_repack))

  /// `Q8_0` until 19 May 2023: single `d`, signed bytes; `q·d`.
  package static let q8_0_GGJT1 = Encoding(
    "Q8_0.ggjt1", elements: 32, bytes: 36, codec: unsafe Codec(wb_q8_0_wide_decode),
    repacking: unsafe Repacking(to: .q8_0, wb_q8_0_wide_repack))

  /// `Q4_0` from 12 to 19 May 2023: single `d`, nibbles as today; `(q − 8)·d`.
  package static let q4_0_GGJT2 = Encoding(
    "Q4_0.ggjt2", elements: 32, bytes: 20, codec: unsafe Codec(wb_q4_0_wide_decode),
    repacking: unsafe Repacking(to: .q4_0, wb_q4_0_wide_repack))

  /// `Q4_1` from 12 to 19 May 2023: single `d` and `m`, nibbles as today; `q·d + m`.
  package static let q4_1_GGJT2 = Encoding(
    "Q4_1.ggjt2", elements: 32, bytes: 24, codec: unsafe Codec(wb_q4_1_wide_decode),
    repacking: unsafe Repacking(to: .q4_1, wb_q4_1_wide_repack))

  /// `Q2_K` of builds with super-blocks of 64: 4 sub-blocks of 16.
  package static let q2_K_64 = Encoding(
    "Q2_K.64", elements: 64, bytes: 24, codec: unsafe Codec(wb_q2_k64_decode))

  /// `Q3_K` of builds with super-blocks of 64: 4 sub-blocks of 16, 4-bit scales.
  package static let q3_K_64 = Encoding(
    "Q3_K.64", elements: 64, bytes: 28, codec: unsafe Codec(wb_q3_k64_decode))

  /// `Q4_K` of builds with super-blocks of 64: 2 sub-blocks of 32.
  ///
  /// Each fits a block of `Q4_1`.
  package static let q4_K_64 = Encoding(
    "Q4_K.64", elements: 64, bytes: 38, codec: unsafe Codec(wb_q4_k64_decode),
    repacking: unsafe Repacking(to: .q4_1, wb_q4_k64_repack))

  /// `Q5_K` of builds with super-blocks of 64: 4 sub-blocks of 16, 8-bit scales, no minimums.
  package static let q5_K_64 = Encoding(
    "Q5_K.64", elements: 64, bytes: 46, codec: unsafe Codec(wb_q5_k64_decode))

  /// `Q6_K` of builds with super-blocks of 64: 4 sub-blocks of 16.
  package static let q6_K_64 = Encoding(
    "Q6_K.64", elements: 64, bytes: 54, codec: unsafe Codec(wb_q6_k64_decode))
}
