#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A histogram as small as a word.
package enum Sparkline {
  /// Bars for counts; `name` is what a screen reader says of them.
  ///
  /// Heights are square roots, so that tails of a few numbers among millions are seen.
  package static func markup(_ counts: [Double], name: String) -> String {
    guard let most = counts.max(), most > 0 else { return "" }
    let width = 96 / Double(counts.count)
    var data = ""
    for (index, count) in counts.enumerated() where count > 0 {
      let height = max(0.75, sqrt(count / most) * 24)
      data += "M\(Drawing.number(Double(index) * width)) 24v-\(Drawing.number(height))"
      data += "h\(Drawing.number(max(0.8, width - 0.4)))V24z"
    }
    return "<svg class=\"spark\" viewBox=\"0 0 96 24\" role=\"img\""
      + "\(Markup.attribute("aria-label", name))><path d=\"\(data)\"/></svg>"
  }
}
