internal import WeighbridgeByteIO

/// The names of a layout's tensors, with the layer's number taken out.
struct LegacyNames {
  /// What a name is.
  enum Role: Equatable {
    /// Belongs to the architecture.
    case known
    /// Belongs to a layer that the header does not announce.
    case beyond(layers: Int)
    case unknown
  }

  private let single: Set<String>
  private let layered: [String: Int]
  private let prefixes: [String]
  private let header: LegacyHeader

  init(_ header: LegacyHeader) {
    self.header = header
    let layout = header.layout
    single = Set(layout.required + layout.optional)
    prefixes = layout.prefixes
    var layered: [String: Int] = [:]
    for group in layout.layers {
      let count = header.integer(group.count) ?? 0
      for name in group.required + group.optional { layered[name] = count }
    }
    self.layered = layered
  }

  /// Classifies a name.
  func role(of name: ByteString) -> Role {
    guard let text = name.validatedText else { return .unknown }
    if single.contains(text) { return .known }
    if let (template, layer) = Self.template(text), let count = layered[template] {
      return layer < count ? .known : .beyond(layers: count)
    }
    return prefixes.contains { text.hasPrefix($0) } ? .known : .unknown
  }

  /// The name with its first number, where a dot or a slash follows it, replaced by `{n}`.
  static func template(_ name: String) -> (template: String, layer: Int)? {
    let bytes = Array(name.utf8)
    var index = 0
    while index < bytes.count {
      guard Self.isDigit(bytes[index]) else {
        index += 1
        continue
      }
      var end = index
      while end < bytes.count, Self.isDigit(bytes[end]) { end += 1 }
      if end < bytes.count, bytes[end] == UInt8(ascii: ".") || bytes[end] == UInt8(ascii: "/") {
        guard let layer = Int(String(decoding: bytes[index..<end], as: UTF8.self)) else {
          return nil
        }
        let front = String(decoding: bytes[..<index], as: UTF8.self)
        let back = String(decoding: bytes[end...], as: UTF8.self)
        return (front + "{n}" + back, layer)
      }
      index = end
    }
    return nil
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// The first name that the architecture needs and that is not there.
  func missing(from names: Set<ByteString>) -> String? {
    if let name = header.layout.required.first(where: { !names.contains(ByteString($0)) }) {
      return name
    }
    for group in header.layout.layers {
      for layer in 0..<(header.integer(group.count) ?? 0) {
        for template in group.required {
          let name = Self.name(template, layer: layer)
          if !names.contains(ByteString(name)) { return name }
        }
      }
    }
    return nil
  }

  /// A layer's name.
  static func name(_ template: String, layer: Int) -> String {
    let parts = template.split(separator: "{n}", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 2 ? "\(parts[0])\(layer)\(parts[1])" : template
  }
}
