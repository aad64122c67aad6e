/// Bars with their names and values written out: a table, so that it is read as one, and as wide as the
/// page is.
package enum BarList {
  /// A bar; its name leads to `link`, a row of a table on the same page, where one is given.
  package struct Bar {
    let label: String
    let value: Double
    let note: String
    let link: String?

    /// A bar with a value that is not negative.
    package init(_ label: String, _ value: Double, note: String, link: String? = nil) {
      (self.label, self.value, self.note, self.link) = (label, value, note, link)
    }
  }

  /// The bars, as long as their values are to the largest.
  package static func markup(_ name: String, _ bars: [Bar]) -> String {
    let largest = max(bars.map(\.value).filter(\.isFinite).max() ?? 0, .leastNormalMagnitude)
    let rows = bars.map { bar in
      let share = bar.value.isFinite ? max(0, bar.value / largest) * 100 : 0
      let label = Markup.escape(bar.label)
      let shown = bar.link.map { "<a href=\"#\(Markup.escape($0))\">\(label)</a>" } ?? label
      return "<tr><th scope=\"row\">\(shown)</th><td class=\"track\">"
        + "<span style=\"width:\(NumberFormat.fixed(share, 2))%\"></span></td>"
        + "<td class=\"n\">\(Markup.escape(bar.note))</td></tr>\n"
    }
    return "<table class=\"bars\"><caption>\(Markup.escape(name))</caption><tbody>\n"
      + rows.joined() + "</tbody></table>\n"
  }
}
