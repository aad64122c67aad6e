// The forms of compatibility are not in the standard library; Foundation's tables are Unicode's own.
internal import Foundation
@_spi(_Unicode) internal import Swift

/// NFKC and NFKD: characters that stand for others become them (`ﬁ`, `①`, full-width letters).
enum CompatibilityForm {
  /// NFKC, by its definition: Foundation's own leaves marks apart that half-width kana take along.
  static func composed(_ text: String) -> [UInt32] {
    text.decomposedStringWithCompatibilityMapping._nfc.map(\.value)
  }

  /// NFKD.
  static func decomposed(_ text: String) -> [UInt32] {
    text.decomposedStringWithCompatibilityMapping.unicodeScalars.map(\.value)
  }
}
