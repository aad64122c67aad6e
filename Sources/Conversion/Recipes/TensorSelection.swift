internal import WeighbridgeByteIO

/// Which tensors a rule of a user's recipe is about: every condition that is given must hold.
struct TensorSelection: Sendable {
  /// Names in a recipe for what tensors do.
  static let roles: [(name: String, roles: [TensorRole])] = [
    ("embedding", [.embedding]), ("output", [.output]), ("query", [.query]), ("key", [.key]),
    ("value", [.value, .fusedQueryKeyValue, .latentKeyValue]),
    ("attention-output", [.attentionOutput]),
    (
      "attention",
      [.query, .key, .value, .fusedQueryKeyValue, .latentKeyValue, .attentionOutput]
    ),
    ("up", [.up]), ("gate", [.gate]), ("down", [.down]),
    ("feed-forward", [.up, .gate, .down]), ("other", [.other]),
  ]

  /// What the tensors do; empty for anything.
  var roles: [TensorRole] = []
  /// Whether they hold experts; nil for either.
  var holdsExperts: Bool?
  /// Found anywhere in the name, in any case.
  var pattern: String?
  /// Their layers; nil for any, and for tensors outside the layers.
  var layers: LayerSelection?

  /// Whether a tensor is meant; `regex` is the pattern, compiled.
  func matches(
    _ name: ByteString, _ role: TensorRole, isExpert: Bool, layerCount: Int,
    _ regex: Regex<AnyRegexOutput>?
  ) -> Bool {
    if !roles.isEmpty, !roles.contains(role) { return false }
    if let holdsExperts, holdsExperts != isExpert { return false }
    if let layers {
      guard let layer = LayerName.layer(of: name), layers.contains(layer, of: layerCount) else {
        return false
      }
    }
    guard let regex else { return true }
    return (try? regex.firstMatch(in: name.text)) ?? nil != nil
  }
}

/// Layers by number or by their place in the whole: `0-3, -1, first 1/8, last 2, 25%-75%`.
struct LayerSelection: Hashable, Sendable {
  /// One part of a list.
  enum Part: Hashable, Sendable {
    /// From one to another, both included; below 0 from the end.
    case numbers(Int, Int)
    /// So many at the start.
    case first(Int)
    /// So many at the end.
    case last(Int)
    /// From one share of the layers up to another, each a fraction.
    case shares(Fraction, Fraction)
  }

  /// A share that is compared without rounding.
  struct Fraction: Hashable, Sendable {
    let numerator: Int
    let denominator: Int
  }

  let parts: [Part]

  /// Parses a list; nil where a part of it is none of the forms.
  init?(_ text: String) {
    var parts: [Part] = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let part = Self.part(item.lowercased().filter { !$0.isWhitespace }) else { return nil }
      parts.append(part)
    }
    self.parts = parts
  }

  /// Whether a layer is one of them.
  func contains(_ layer: Int, of count: Int) -> Bool {
    parts.contains { part in
      switch part {
      case .numbers(let first, let last):
        let (low, high) = (first < 0 ? count + first : first, last < 0 ? count + last : last)
        return low <= layer && layer <= high
      case .first(let many): return layer < many
      case .last(let many): return layer >= count - many
      case .shares(let low, let high):
        return layer * low.denominator >= low.numerator * count
          && layer * high.denominator < high.numerator * count
      }
    }
  }

  private static func part(_ text: String) -> Part? {
    for (word, isFirst) in [("first", true), ("last", false)] where text.hasPrefix(word) {
      let rest = String(text.dropFirst(word.count))
      if let many = Int(rest) {
        guard (0...1_000_000).contains(many) else { return nil }
        return isFirst ? .first(many) : .last(many)
      }
      guard let share = fraction(rest) else { return nil }
      let (zero, one) = (
        Fraction(numerator: 0, denominator: 1), Fraction(numerator: 1, denominator: 1)
      )
      guard !isFirst else { return .shares(zero, share) }
      let from = Fraction(
        numerator: share.denominator - share.numerator, denominator: share.denominator)
      return .shares(from, one)
    }
    if let number = number(text) { return .numbers(number, number) }
    // The dash that separates is not the sign of a number before it.
    guard let dash = text.dropFirst().firstIndex(of: "-") else { return nil }
    let (left, right) = (String(text[..<dash]), String(text[text.index(after: dash)...]))
    if let low = number(left), let high = number(right) {
      return low < 0 || high < 0 || low <= high ? .numbers(low, high) : nil
    }
    guard let low = fraction(left), let high = fraction(right) else { return nil }
    return .shares(low, high)
  }

  private static func number(_ text: String) -> Int? {
    guard let number = Int(text), abs(number) <= 1_000_000 else { return nil }
    return number
  }

  /// `1/8` or `12.5%`, from 0 to 1.
  private static func fraction(_ text: String) -> Fraction? {
    if text.hasSuffix("%") {
      guard let percent = Double(text.dropLast()), (0...100).contains(percent) else { return nil }
      return Fraction(numerator: Int((percent * 1000).rounded()), denominator: 100_000)
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let top = Int(parts[0]), let bottom = Int(parts[1]),
      (1...1_000_000).contains(bottom), (0...bottom).contains(top)
    else { return nil }
    return Fraction(numerator: top, denominator: bottom)
  }
}
