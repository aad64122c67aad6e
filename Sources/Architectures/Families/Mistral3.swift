extension Architecture {
  /// Mistral Small 3 and Ministral 3.
  package static let mistral3 = Architecture(name: "mistral3", runs: DecoderTraits())
}
