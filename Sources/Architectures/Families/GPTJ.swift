extension Architecture {
  /// GPT-J: rotary positions, one norm before both parts of a layer.
  package static let gptJ = Architecture(
    name: "gptj",
    runs: DecoderTraits {
      $0.norm = .layer
      $0.activation = .geluTanh
      $0.arrangement = .parallel
    })
}
