#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Small charts as SVG, drawn with the page's colours.
package enum Charts {
  /// Horizontal bars with their labels and values written out.
  ///
  /// Values are not negative.
  package static func bars(_ bars: [(label: String, value: Double, note: String)]) -> String {
    let largest = max(bars.map(\.value).max() ?? 0, .leastNormalMagnitude)
    let step = 24
    let labelWidth = 8 * (bars.map(\.label.displayWidth).max() ?? 0) + 12
    let height = step * bars.count + 8
    var svg = "<svg viewBox=\"0 0 900 \(height)\" width=\"100%\" role=\"img\">\n"
    for (index, bar) in bars.enumerated() {
      let y = 4 + index * step
      let length = NumberFormat.fixed(bar.value / largest * Double(700 - labelWidth), 1)
      svg += "<text x=\"0\" y=\"\(y + 15)\">\(HTMLPage.escape(bar.label))</text>"
      svg += "<rect class=\"bar\" x=\"\(labelWidth)\" y=\"\(y + 3)\""
      svg += " width=\"\(length)\" height=\"16\" rx=\"3\"/>"
      svg += "<text x=\"716\" y=\"\(y + 15)\">\(HTMLPage.escape(bar.note))</text>\n"
    }
    return svg + "</svg>\n"
  }

  /// Labelled points over two positive axes, the vertical one logarithmic: size against damage.
  package static func scatter(
    _ points: [(label: String, x: Double, y: Double)], xTitle: String, yTitle: String
  ) -> String {
    let usable = points.filter { $0.x.isFinite && $0.y.isFinite && $0.y > 0 }
    guard let left = usable.map(\.x).min(), let right = usable.map(\.x).max(),
      let low = usable.map(\.y).min(), let high = usable.map(\.y).max()
    else { return "" }
    let span = max(right - left, 1e-9)
    let (bottom, top) = (log10(low) - 0.2, log10(high) + 0.2)
    func place(_ x: Double, _ y: Double) -> (Double, Double) {
      (
        80 + (x - left) / span * 640,
        300 - (log10(y) - bottom) / max(top - bottom, 1e-9) * 270
      )
    }
    var svg = "<svg viewBox=\"0 0 900 350\" width=\"100%\" role=\"img\">\n"
    svg += "<path class=\"axis\" d=\"M60 20V310H780\" fill=\"none\"/>"
    svg += "<text x=\"66\" y=\"30\">\(HTMLPage.escape(yTitle)) (logarithmic)</text>"
    svg += "<text x=\"620\" y=\"336\">\(HTMLPage.escape(xTitle))</text>\n"
    for point in usable {
      let (x, y) = place(point.x, point.y)
      let (cx, cy) = (NumberFormat.fixed(x, 1), NumberFormat.fixed(y, 1))
      svg += "<circle class=\"dot\" cx=\"\(cx)\" cy=\"\(cy)\" r=\"5\"/>"
      svg += "<text x=\"\(NumberFormat.fixed(x + 9, 1))\" y=\"\(NumberFormat.fixed(y + 4, 1))\">"
      svg += "\(HTMLPage.escape(point.label))</text>\n"
    }
    return svg + "</svg>\n"
  }
}
