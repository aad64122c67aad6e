internal import WeighbridgeByteIO

extension TensorMapping {
  /// The way on from names that are not known.
  static func hint(_ unknown: [ByteString]) -> String {
    let wrappers = ["_orig_mod.", "module.", "base_model.model."]
    let wrapper = wrappers.first { prefix in
      unknown.allSatisfy { name in name.text.hasPrefix(prefix) }
    }
    guard let wrapper else {
      return "the checkpoint is of another architecture than config.json says, or newer; "
        + "--map FILE.yaml says what they are (Specs/name-maps.md)"
    }
    return
      "every one of these names begins with '\(wrapper)', which training tools put there: save the "
      + "model without its wrapper"
  }
}
