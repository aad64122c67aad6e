extension EncodingRegistry {
  /// Encodings that no format of today holds: the blocks of the GGML, GGMF and GGJT files of 2023.
  ///
  /// Found by name like all others. A new one is a file in `Legacy/` and a line here.
  package static let legacy: [any DecodableEncoding.Type] = [
    Q4_0_GGJT1.self,
    Q4_1_GGJT1.self,
    Q5_0_GGJT1.self,
    Q5_1_GGJT1.self,
    Q8_0_GGJT1.self,
    Q4_0_GGJT2.self,
    Q4_1_GGJT2.self,
    Q2_K_64.self,
    Q3_K_64.self,
    Q4_K_64.self,
    Q5_K_64.self,
    Q6_K_64.self,
  ]
}
