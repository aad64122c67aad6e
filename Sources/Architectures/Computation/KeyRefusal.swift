package import WeighbridgeByteIO
package import WeighbridgeJSON

/// A key with values that ask for something that cannot be computed here.
package struct KeyRefusal: Sendable {
  package let key: ByteString
  /// What a value asks for; nil where it asks for nothing special.
  package let reason: @Sendable (JSONValue) -> String?

  /// A switch that may not be on.
  static func whereTrue(_ key: ByteString, _ reason: String) -> KeyRefusal {
    KeyRefusal(key: key) { $0.bool == true ? reason : nil }
  }

  /// A switch that may not be off.
  static func whereFalse(_ key: ByteString, _ reason: String) -> KeyRefusal {
    KeyRefusal(key: key) { $0.bool == false ? reason : nil }
  }

  /// Anything but null, 0 and what is empty.
  static func wherePresent(_ key: ByteString, _ reason: String) -> KeyRefusal {
    KeyRefusal(key: key) { value in
      let isOff =
        switch value {
        case .null, .bool(false): true
        case .integer(let number): number == 0
        case .double(let number): number == 0
        case .array(let values): values.isEmpty
        case .object(let object): object.members.isEmpty
        case .bool, .unsigned, .string: false
        }
      return isOff ? nil : reason
    }
  }

  /// What the family's graph in llama.cpp has in C++ and GGUF has no key for: other values than these.
  ///
  /// For classes that are not run here, where nothing would tell that readers compute another thing.
  static func fixed(_ key: ByteString, _ values: JSONValue...) -> KeyRefusal {
    KeyRefusal(key: key) { value in
      let isComputed =
        value.isNull
        || values.contains { $0 == value || ($0.double != nil && $0.double == value.double) }
      guard !isComputed, let usual = values.first else { return nil }
      return "\(value.text(compact: true)), where readers of GGUF compute "
        + usual.text(compact: true)
    }
  }

  /// Kinds of rotary scaling that GGUF has no name for: all but these.
  static func ropeKinds(_ kinds: String...) -> [KeyRefusal] {
    let known = ["default", "mrope"] + kinds
    let keys: [ByteString] = ["rope_scaling", "rope_parameters"]
    return keys.map { key in
      KeyRefusal(key: key) { value in
        // The parameters themselves, or some for each type of layer.
        let nested = (value.object?.members ?? []).map(\.value).filter { $0.object != nil }
        for parameters in [value] + nested {
          let kind = parameters["rope_type"]?.text ?? parameters["type"]?.text ?? "default"
          if !known.contains(kind) {
            return "rotary scaling of the kind '\(kind)', which GGUF has no place for"
          }
        }
        return nil
      }
    }
  }
}
