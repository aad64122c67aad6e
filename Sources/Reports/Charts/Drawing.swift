/// A picture in the making, whose units are pixels where it has its full width.
struct Drawing {
  /// Both pictures that a chart is drawn as: text in a picture shrinks as it does, so that one for all
  /// widths cannot be read on a telephone.
  enum Size: CaseIterable {
    case wide, narrow

    var width: Double { self == .wide ? 800 : 344 }
  }

  let size: Size
  var height: Double
  private var marks = ""

  init(_ size: Size, height: Double) {
    self.size = size
    self.height = height
  }

  var width: Double { size.width }
  var isNarrow: Bool { size == .narrow }

  static func number(_ value: Double) -> String {
    let text = NumberFormat.fixed(value, 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Where a text stands to the point that is given for it.
  enum Anchor: String {
    case start = ""
    case middle = "mid"
    case end = "end"
  }

  mutating func text(
    _ text: String, x: Double, y: Double, _ anchor: Anchor = .start, styles: String = ""
  ) {
    let classes = [anchor.rawValue, styles].filter { !$0.isEmpty }.joined(separator: " ")
    let kind = classes.isEmpty ? "" : " class=\"\(classes)\""
    marks += "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\"\(kind)>"
    marks += "\(Markup.escape(text))</text>\n"
  }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, styles: String) {
    marks += "<path class=\"\(styles)\" d=\"M\(Self.number(x1)) \(Self.number(y1))"
    marks += "L\(Self.number(x2)) \(Self.number(y2))\"/>\n"
  }

  /// Lines from point to point; a gap stands for a point that is missing.
  mutating func path(_ points: [(x: Double, y: Double)?], styles: String, attributes: String = "") {
    var (data, isDown) = ("", false)
    for point in points {
      guard let point else {
        isDown = false
        continue
      }
      data += "\(isDown ? "L" : "M")\(Self.number(point.x)) \(Self.number(point.y))"
      isDown = true
    }
    guard !data.isEmpty else { return }
    marks += "<path class=\"\(styles)\"\(attributes) d=\"\(data)\"/>\n"
  }

  mutating func rectangle(
    _ frame: Frame, styles: String, tip: String? = nil
  ) {
    let title = tip.map { "<title>\(Markup.lines($0))</title>" } ?? ""
    marks += "<rect class=\"\(styles)\" x=\"\(Self.number(frame.x))\" y=\"\(Self.number(frame.y))\""
    marks += " width=\"\(Self.number(max(0, frame.width)))\""
    marks += " height=\"\(Self.number(max(0, frame.height)))\">\(title)</rect>\n"
  }

  mutating func circle(
    x: Double, y: Double, radius: Double, styles: String, attributes: String = "",
    tip: String? = nil
  ) {
    let title = tip.map { "<title>\(Markup.lines($0))</title>" } ?? ""
    marks += "<circle class=\"\(styles)\"\(attributes) cx=\"\(Self.number(x))\""
    marks += " cy=\"\(Self.number(y))\" r=\"\(Self.number(radius))\">\(title)</circle>\n"
  }

  /// The picture; `name` is what a screen reader says of it.
  func svg(_ name: String) -> String {
    let box = "0 0 \(Self.number(width)) \(Self.number(height))"
    return
      "<svg class=\"chart \(size == .wide ? "wide" : "narrow")\" viewBox=\"\(box)\" role=\"img\""
      + "\(Markup.attribute("aria-label", name))>\n\(marks)</svg>\n"
  }

  /// A chart in both sizes with a caption below.
  static func figure(
    _ name: String, caption: String? = nil, legend: String = "", _ draw: (Size) -> Drawing
  ) -> String {
    let pictures = Size.allCases.map { draw($0).svg(name) }.joined()
    let note = caption.map { "<figcaption>\(Markup.escape($0))</figcaption>\n" } ?? ""
    return "<figure>\n\(pictures)\(legend)\(note)</figure>\n"
  }

  /// About how wide a text is, rather too wide than too narrow: fonts differ, and this is that of the
  /// widest that systems come with.
  static func width(of text: String) -> Double {
    text.unicodeScalars.reduce(0) { sum, scalar in
      switch scalar {
      case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", " ": sum + 4.9
      case "m", "w", "M", "W", "%", "@": sum + 12
      case "A"..."Z", "_": sum + 9.3
      default: sum + 7.9 * Double(max(1, String(scalar).displayWidth))
      }
    }
  }

  /// A text that is cut in the middle until it fits.
  static func fitted(_ text: String, _ width: Double) -> String {
    guard self.width(of: text) > width else { return text }
    var columns = min(text.displayWidth, Int(width / 5))
    while columns > 1, self.width(of: text.cut(to: columns, at: .middle)) > width { columns -= 1 }
    return text.cut(to: columns, at: .middle)
  }
}

/// A rectangle.
struct Frame: Hashable {
  var x: Double
  var y: Double
  var width: Double
  var height: Double

  func meets(_ other: Frame) -> Bool {
    x < other.x + other.width && other.x < x + width && y < other.y + other.height
      && other.y < y + height
  }

  func holds(_ other: Frame) -> Bool {
    other.x >= x && other.y >= y && other.x + other.width <= x + width
      && other.y + other.height <= y + height
  }
}
