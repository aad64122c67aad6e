package import WeighbridgeConversion

/// How large a file may be.
package enum ByteBudget: Sendable {
  /// Bits for each weight, on average over all tensors.
  case bitsPerWeight(Double)
  /// Bytes of all tensors.
  case bytes(UInt64)
  /// As much as a recipe of llama.cpp takes.
  case recipe(Recipe)

  /// Reads `4.5bpw`, `3.2GiB`, `800MB` or `as:Q4_K_M`.
  package init?(_ text: String) {
    let lower = text.lowercased()
    if lower.hasPrefix("as:") {
      guard let recipe = RecipeRegistry.named(String(text.dropFirst(3))) else { return nil }
      self = .recipe(recipe)
    } else if lower.hasSuffix("bpw") {
      guard let bits = Double(lower.dropLast(3)), bits > 0, bits <= 64 else { return nil }
      self = .bitsPerWeight(bits)
    } else {
      let units: [(String, Double)] = [
        ("kib", 0x1p10), ("mib", 0x1p20), ("gib", 0x1p30), ("tib", 0x1p40), ("kb", 1e3),
        ("mb", 1e6), ("gb", 1e9), ("tb", 1e12), ("k", 0x1p10), ("m", 0x1p20), ("g", 0x1p30),
        ("t", 0x1p40), ("b", 1),
      ]
      let unit = units.first { lower.hasSuffix($0.0) }
      guard let value = Double(lower.dropLast(unit?.0.count ?? 0)), value > 0,
        value * (unit?.1 ?? 1) < 9e18
      else { return nil }
      self = .bytes(UInt64(value * (unit?.1 ?? 1)))
    }
  }
}
