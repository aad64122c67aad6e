import Foundation
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

@testable import WeighbridgeTokenizers

/// Steps of `tokenizer.json` beside what the reference implementation makes of the same texts.
@Suite struct NormalizationTests {
  private static func normalized(_ text: String, _ type: String) throws -> String {
    let steps = try NormalizationStep.steps(["type": JSONValue(type)])
    let scalars = steps.reduce(text.unicodeScalars.map(\.value)) { $1.apply($0) }
    return String(String.UnicodeScalarView(scalars.compactMap { Unicode.Scalar($0) }))
  }

  /// Every character that the oldest tables have, by Foundation's.
  @Test func compatibilityFormsAreUnicodes() {
    var (compared, different) = (0, [UInt32]())
    for code in UInt32(0xA0)...0x1FFFF {
      guard let scalar = Unicode.Scalar(code), let age = scalar.properties.age, age.major < 14,
        !(0x3400...0x9FFF).contains(code), !(0xAC00...0xD7A3).contains(code)
      else { continue }
      compared += 1
      let expected = String(scalar).decomposedStringWithCompatibilityMapping
      if CompatibilityForm.decomposed(String(scalar)) != expected.unicodeScalars.map(\.value) {
        different.append(code)
      }
    }
    #expect(compared > 20_000 && different.isEmpty, "\(different.count): \(different.prefix(9))")
  }

  /// A text, its NFKC and its NFKD by `tokenizers.normalizers`.
  private static let compatible: [(text: String, composed: String, decomposed: String)] = [
    ("\u{fb01} ligature \u{fb02}", "fi ligature fl", "fi ligature fl"),
    ("\u{ff46}\u{ff55}\u{ff4c}\u{ff4c}\u{3000}\u{ff57} \u{ff11}\u{ff12}", "full w 12", "full w 12"),
    (
      "\u{bd} \u{be} \u{2153}", "1\u{2044}2 3\u{2044}4 1\u{2044}3",
      "1\u{2044}2 3\u{2044}4 1\u{2044}3"
    ),
    (
      "\u{2122} \u{2103} \u{212b} \u{3a9}", "TM \u{b0}C \u{c5} \u{3a9}",
      "TM \u{b0}C A\u{30a} \u{3a9}"
    ),
    (
      "\u{ff76}\u{ff9e}\u{ff77}\u{ff9e} \u{ff8a}\u{ff9f} \u{ff83}\u{ff7d}\u{ff84}",
      "\u{30ac}\u{30ae} \u{30d1} \u{30c6}\u{30b9}\u{30c8}",
      "\u{30ab}\u{3099}\u{30ad}\u{3099} \u{30cf}\u{309a} \u{30c6}\u{30b9}\u{30c8}"
    ),
    (
      "\u{337f} \u{338f} \u{33d2}", "\u{682a}\u{5f0f}\u{4f1a}\u{793e} kg log",
      "\u{682a}\u{5f0f}\u{4f1a}\u{793e} kg log"
    ),
    ("\u{ac00}\u{ac01}", "\u{ac00}\u{ac01}", "\u{1100}\u{1161}\u{1100}\u{1161}\u{11a8}"),
    ("\u{e9} e\u{301}", "\u{e9} \u{e9}", "e\u{301} e\u{301}"),
    (
      "\u{fdfa} \u{fefb}",
      "\u{635}\u{644}\u{649} \u{627}\u{644}\u{644}\u{647} \u{639}\u{644}\u{64a}\u{647} "
        + "\u{648}\u{633}\u{644}\u{645} \u{644}\u{627}",
      "\u{635}\u{644}\u{649} \u{627}\u{644}\u{644}\u{647} \u{639}\u{644}\u{64a}\u{647} "
        + "\u{648}\u{633}\u{644}\u{645} \u{644}\u{627}"
    ),
    ("\u{2460}\u{2473}\u{2167}", "120VIII", "120VIII"),
    ("\u{1d407}\u{1d41e}\u{1d425}\u{1d425}\u{1d428} \u{1d7d8}", "Hello 0", "Hello 0"),
    ("\u{2026} \u{203c} \u{2048}", "... !! ?!", "... !! ?!"),
    ("\u{17f} \u{1e9b}\u{323}", "s \u{1e69}", "s s\u{323}\u{307}"),
    ("\u{a8} \u{b4} \u{2d8}", " \u{308}  \u{301}  \u{306}", " \u{308}  \u{301}  \u{306}"),
    ("\u{f900} \u{fa30}", "\u{8c48} \u{4fae}", "\u{8c48} \u{4fae}"),
    ("\u{2474} \u{249c} \u{1f130}", "(1) (a) A", "(1) (a) A"),
  ]

  @Test(arguments: compatible)
  func compatibleForms(
    _ entry: (text: String, composed: String, decomposed: String)
  ) throws {
    let composed = try Self.normalized(entry.text, "NFKC")
    let decomposed = try Self.normalized(entry.text, "NFKD")
    #expect(Array(composed.unicodeScalars) == Array(entry.composed.unicodeScalars))
    #expect(Array(decomposed.unicodeScalars) == Array(entry.decomposed.unicodeScalars))
  }
}
