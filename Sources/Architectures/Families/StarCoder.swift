extension Architecture {
  /// StarCoder and SantaCoder: GPT-2 with one key head for all queries.
  package static let starCoder = Architecture(
    name: "starcoder",
    runs: DecoderTraits {
      $0.rotary = nil
      $0.norm = .layer
      $0.activation = .geluTanh
    })
}
