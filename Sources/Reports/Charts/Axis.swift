#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Numbers along a line.
struct Axis {
  /// How numbers become places.
  enum Scale { case linear, logarithmic }

  let scale: Scale
  /// The smallest and the largest number, with some room beyond those that were given.
  let low: Double
  let high: Double

  /// An axis for finite numbers, on a logarithmic scale positive ones; nil without any.
  init?(_ numbers: some Sequence<Double>, _ scale: Scale, room: Double = 0.06) {
    let usable = numbers.filter { $0.isFinite && (scale == .linear || $0 > 0) }
    guard let least = usable.min(), let most = usable.max() else { return nil }
    self.scale = scale
    switch scale {
    case .linear:
      let span = max(most - least, max(abs(most), abs(least)) * 0.02, 1e-9)
      // No number below zero is made up.
      let start = least - span * room
      low = least >= 0 ? max(0, start) : start
      high = most + span * room
    case .logarithmic:
      let span = max(log10(most) - log10(least), 0.6)
      let middle = (log10(most) + log10(least)) / 2
      // A file's numbers may be as large as numbers get.
      low = max(1e-300, pow(10, middle - span * (0.5 + room)))
      high = min(1e300, pow(10, middle + span * (0.5 + room)))
    }
  }

  /// An axis from one number to another.
  init(from low: Double, to high: Double, _ scale: Scale) {
    (self.low, self.high, self.scale) = (low, max(high, low + 1e-9), scale)
  }

  /// How far along a number is, from 0 to 1.
  func share(_ number: Double) -> Double {
    let share =
      switch scale {
      case .linear: (number - low) / (high - low)
      case .logarithmic: log(number / low) / log(high / low)
      }
    // A span that no number holds has no places in it.
    return share.isNaN ? 0 : share
  }

  /// Round numbers on the axis, at most about `count`, and at least `least` apart on a linear one.
  func ticks(_ count: Int, least: Double = 0) -> [Double] {
    switch scale {
    case .linear:
      let step = max(least, Self.step((high - low) / Double(max(count, 1))))
      guard step.isFinite, abs(low / step) < 1e9, abs(high / step) < 1e9 else { return [] }
      let first = Int((low / step).rounded(.up))
      let last = Int((high / step).rounded(.down))
      guard first <= last, last - first < 100 else { return [] }
      return (first...last).map { Double($0) * step }
    case .logarithmic:
      let (first, last) = (Int(log10(low).rounded(.down)), Int(log10(high).rounded(.up)))
      guard first <= last, last - first < 400 else { return [] }
      let decades = log10(high / low)
      let factors: [Double] = decades < 1.2 ? [1, 2, 3, 5] : decades < 2.5 ? [1, 3] : [1]
      let skip = max(1, Int((decades / Double(max(count, 1))).rounded(.up)))
      return (first...last).filter { $0 % skip == 0 }
        .flatMap { power in factors.map { $0 * pow(10, Double(power)) } }
        .filter { $0 >= low * 0.9999 && $0 <= high * 1.0001 }
    }
  }

  /// The next round number: 1, 2 or 5 of a power of ten.
  private static func step(_ least: Double) -> Double {
    let power = pow(10, log10(least).rounded(.down))
    return ([1, 2, 5, 10].first { $0 * power >= least * 0.9999 } ?? 10) * power
  }

  /// A round number as a tick shows it: `0.05`, `20`, `10⁻⁶`.
  static func label(_ number: Double) -> String {
    guard number != 0, number.isFinite else { return NumberFormat.fixed(number, 0) }
    let power = Int((log10(abs(number)) + 1e-9).rounded(.down))
    if power < -4 || power > 5 {
      let factor = NumberFormat.fixed(number / pow(10, Double(power)), 0)
      let raised = "10" + String(String(power).map { superscripts[$0] ?? $0 })
      return factor == "1" ? raised : "\(factor)·\(raised)"
    }
    let text = NumberFormat.fixed(number, max(0, 2 - power))
    guard text.contains(".") else { return text }
    let digits = text.reversed().drop { $0 == "0" }.reversed()
    return String(digits.last == "." ? String(digits.dropLast()) : String(digits))
  }

  private static let superscripts: [Character: Character] = [
    "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷",
    "8": "⁸", "9": "⁹",
  ]
}

/// The part of a picture that two axes span, with its grid.
struct Plane {
  let frame: Frame
  let x: Axis
  let y: Axis
  /// How far the horizontal axis's ticks are apart at least: 1 where there are only whole numbers.
  var leastStep = 0.0

  func place(_ point: (x: Double, y: Double)) -> (x: Double, y: Double) {
    (
      frame.x + x.share(point.x) * frame.width,
      frame.y + (1 - min(1, max(0, y.share(point.y)))) * frame.height
    )
  }

  /// Draws grid, ticks and titles.
  func draw(
    in drawing: inout Drawing, xTitle: String, yTitle: String, xLabel: (Double) -> String,
    yLabel: (Double) -> String
  ) {
    let bottom = frame.y + frame.height
    var end = -Double.infinity
    for tick in x.ticks(drawing.isNarrow ? 4 : 8, least: leastStep) {
      let place = frame.x + x.share(tick) * frame.width
      let text = xLabel(tick)
      let half = Drawing.width(of: text) / 2
      drawing.line(place, frame.y, place, bottom, styles: "grid")
      // What would run into its neighbour, or out of the picture, is a line without a number.
      guard place - half > end + 6, place + half < drawing.width, place - half > 0 else { continue }
      drawing.text(text, x: place, y: bottom + 16, .middle)
      end = place + half
    }
    for tick in y.ticks(6) {
      let place = frame.y + (1 - y.share(tick)) * frame.height
      drawing.line(frame.x, place, frame.x + frame.width, place, styles: "grid")
      drawing.text(yLabel(tick), x: frame.x - 8, y: place + 4, .end)
    }
    drawing.line(frame.x, bottom, frame.x + frame.width, bottom, styles: "axis")
    drawing.text(yTitle, x: 0, y: 11)
    drawing.text(xTitle, x: frame.x + frame.width, y: bottom + 34, .end)
  }
}
