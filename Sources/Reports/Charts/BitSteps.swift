/// Bits that a number takes, as one of nine colours.
package enum BitSteps {
  /// The upper bound of each step but the last: between those of the encodings in use.
  private static let bounds: [Double] = [2, 3, 4, 5.05, 6.3, 7.5, 10, 20]

  /// The step of a number of bits, from 1 to 9.
  package static func step(_ bits: Double) -> Int {
    1 + bounds.count { bits >= $0 }
  }

  /// What the colours stand for: names, each with its bits, from few to many.
  package static func legend(_ entries: [(name: String, bits: Double)]) -> String {
    let items = entries.sorted { ($0.bits, $0.name) < ($1.bits, $1.name) }.map { entry in
      "<li><svg viewBox=\"0 0 24 14\" aria-hidden=\"true\">"
        + "<rect class=\"q\(step(entry.bits))\" width=\"24\" height=\"14\" rx=\"2\"/></svg>"
        + "\(Markup.escape(entry.name)) <span class=\"note\">"
        + "\(NumberFormat.fixed(entry.bits, 2)) bits</span></li>"
    }
    return "<ul class=\"legend\">\(items.joined())</ul>\n"
  }
}
