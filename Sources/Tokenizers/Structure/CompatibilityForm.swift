@_spi(_Unicode) internal import Swift

/// NFKC and NFKD: characters that stand for others become them (`ﬁ`, `①`, full-width letters).
///
/// By their definition in Unicode Standard Annex 15: each character is replaced by what it stands for, then
/// marks are ordered and, for NFKC, characters composed, both of which the standard library does. The
/// replacements are a table of our own: the standard library has none, and Foundation's would differ from
/// platform to platform and link 40 MB.
enum CompatibilityForm {
  /// NFKC.
  static func composed(_ text: String) -> [UInt32] { replaced(text)._nfc.map(\.value) }

  /// NFKD.
  static func decomposed(_ text: String) -> [UInt32] { replaced(text)._nfd.map(\.value) }

  private static func replaced(_ text: String) -> String {
    // Nothing below U+00A0 stands for anything else.
    guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text }
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar.value >= 0xA0, let form = forms[scalar.value] {
        scalars.append(contentsOf: form)
      } else {
        scalars.append(scalar)
      }
    }
    return String(scalars)
  }

  /// The table, by code point.
  private static let forms: [UInt32: [Unicode.Scalar]] = {
    var forms: [UInt32: [Unicode.Scalar]] = [:]
    forms.reserveCapacity(4096)
    for entry in table.split(separator: " ") {
      let sides = entry.split(separator: "=")
      guard sides.count == 2 else { continue }
      let codes = sides[0].split(separator: "-").compactMap { UInt32($0, radix: 16) }
      let form = sides[1].split(separator: "+").compactMap { UInt32($0, radix: 16) }
      guard let first = codes.first, let last = codes.last, first <= last else { continue }
      for code in first...last {
        forms[code] = form.compactMap { Unicode.Scalar($0 + (code - first)) }
      }
    }
    return forms
  }()
}
