package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// `KEY=TYPE:VALUE`: metadata that is set whatever the model says.
package struct MetadataOverride: Hashable, Sendable {
  package let key: ByteString
  package let value: MetadataValue

  /// Sets a key.
  package init(key: ByteString, value: MetadataValue) {
    self.key = key
    self.value = value
  }

  /// Parses an argument of the command line.
  ///
  /// Types are those of llama.cpp (`int`, which is 32 bits without sign where it can be, `float`,
  /// `bool`, `str`) and GGUF's own by width: `u8` to `u64`, `i8` to `i64`, `f32`, `f64`.
  package init(_ argument: String) throws(ModelError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let rest = parts.count == 2 ? parts[1].firstIndex(of: ":") : nil
    guard parts.count == 2, !parts[0].isEmpty, let colon = rest else {
      throw ModelError(
        .invalidRequest, argument, "'KEY=TYPE:VALUE' is expected",
        hint: "for example general.name=str:My model")
    }
    let type = String(parts[1][..<colon])
    let text = String(parts[1][parts[1].index(after: colon)...])
    guard let value = Self.value(type.lowercased(), text) else {
      throw ModelError(
        .invalidRequest, argument, "'\(text)' is not a value of type '\(type)'",
        hint: "types: int, float, bool, str, u8, i8, u16, i16, u32, i32, u64, i64, f32, f64")
    }
    self.key = ByteString(parts[0])
    self.value = value
    try check()
  }

  /// Refuses what would make a file that cannot be opened.
  private func check() throws(ModelError) {
    if key.hasPrefix("split.") {
      throw ModelError(
        .invalidRequest, key.text,
        "it describes the parts of a split file, which are not overridden",
        hint: "split and --split-size write parts")
    }
    let strings: Set<ByteString> = ["general.architecture", "general.type", "general.name"]
    if strings.contains(key), value.string == nil {
      throw ModelError(.invalidRequest, key.text, "a text is expected: \(key)=str:…")
    }
    if key == "general.alignment" {
      guard case .uint32(let size) = value, size >= 8, size & (size - 1) == 0 else {
        throw ModelError(.invalidRequest, key.text, "a power of two from 8 is expected, as u32")
      }
    }
  }

  private static func value(_ type: String, _ text: String) -> MetadataValue? {
    switch type {
    case "int": UInt32(text).map { .uint32($0) } ?? Int32(text).map { .int32($0) }
    case "float", "f32": Float(text).map { .float32($0) }
    case "f64": Double(text).map { .float64($0) }
    case "bool": text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
    case "str": .string(ByteString(text))
    case "u8": UInt8(text).map { .uint8($0) }
    case "i8": Int8(text).map { .int8($0) }
    case "u16": UInt16(text).map { .uint16($0) }
    case "i16": Int16(text).map { .int16($0) }
    case "u32": UInt32(text).map { .uint32($0) }
    case "i32": Int32(text).map { .int32($0) }
    case "u64": UInt64(text).map { .uint64($0) }
    case "i64": Int64(text).map { .int64($0) }
    default: nil
    }
  }
}
