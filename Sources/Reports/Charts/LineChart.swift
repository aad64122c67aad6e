/// Several rows of numbers in one plane with a logarithmic vertical axis.
package struct LineChart {
  /// A line.
  package struct Series {
    let name: String
    let points: [(x: Double, y: Double)]

    /// A line through points from left to right.
    package init(_ name: String, _ points: [(x: Double, y: Double)]) {
      (self.name, self.points) = (name, points)
    }
  }

  /// How points are joined.
  package enum Join { case lines, steps }

  private let series: [Series]
  private let titles: (x: String, y: String)
  private let join: Join
  private let floor: Double?
  private let leastStep: Double
  private let xLabel: (Double) -> String
  private let yLabel: (Double) -> String

  /// A chart; numbers below `floor` lie on the lower edge, and horizontal ticks are at least `leastStep`
  /// apart.
  package init(
    _ series: [Series], xTitle: String, yTitle: String, join: Join = .lines, floor: Double? = nil,
    leastStep: Double = 0,
    xLabel: @escaping (Double) -> String = Axis.label,
    yLabel: @escaping (Double) -> String = Axis.label
  ) {
    self.series = series
    titles = (xTitle, yTitle)
    (self.join, self.floor, self.leastStep) = (join, floor, leastStep)
    (self.xLabel, self.yLabel) = (xLabel, yLabel)
  }

  /// The chart with a legend; empty where there is nothing to draw.
  package func figure(_ name: String, caption: String? = nil) -> String {
    guard series.contains(where: { $0.points.contains { $0.y > 0 && $0.y.isFinite } }) else {
      return ""
    }
    return Drawing.figure(name, caption: caption, legend: legend) { draw($0) }
  }

  func draw(_ size: Drawing.Size) -> Drawing {
    var drawing = Drawing(size, height: size == .wide ? 360 : 300)
    let points = series.flatMap(\.points)
    let numbers = points.map(\.y) + (floor.map { [$0] } ?? [])
    guard let left = points.map(\.x).min(), let right = points.map(\.x).max(),
      let range = Axis(numbers, .logarithmic)
    else { return drawing }
    let y = floor.map { Axis(from: $0, to: range.high, .logarithmic) } ?? range
    let plane = Plane(
      frame: Frame(x: 58, y: 26, width: drawing.width - 74, height: drawing.height - 26 - 44),
      x: Axis(from: left, to: right, .linear), y: y, leastStep: leastStep)
    plane.draw(
      in: &drawing, xTitle: titles.x, yTitle: titles.y, xLabel: xLabel, yLabel: yLabel)
    for (index, line) in series.enumerated() {
      drawing.path(
        path(line.points, plane), styles: "line", attributes: Self.style(index))
      let isSparse = line.points.count * series.count <= (drawing.isNarrow ? 160 : 480)
      guard join == .lines, isSparse else { continue }
      for point in line.points where point.y > 0 && point.y.isFinite {
        let place = plane.place(point)
        drawing.circle(
          x: place.x, y: place.y, radius: 3, styles: "point",
          attributes: " style=\"fill:var(--c\(index % 8 + 1))\"",
          tip:
            "\(line.name)\n\(titles.x) \(xLabel(point.x)): \(NumberFormat.significant(point.y, 3))")
      }
    }
    return drawing
  }

  private func path(
    _ points: [(x: Double, y: Double)], _ plane: Plane
  ) -> [(x: Double, y: Double)?] {
    let places: [(x: Double, y: Double)?] = points.map { point in
      if point.y.isFinite, point.y > 0 { return plane.place(point) }
      return floor.map { plane.place((point.x, $0)) }
    }
    guard join == .steps else { return places }
    var result: [(x: Double, y: Double)?] = []
    for (index, place) in places.enumerated() {
      result.append(place)
      // Each number holds as far as the next one begins.
      guard index + 1 < places.count, let place, let next = places[index + 1] else { continue }
      // There is nothing to see where nothing is.
      let isNothing = points[index].y <= 0
      result.append(isNothing ? nil : (next.x, place.y))
      if isNothing, points[index + 1].y > 0 { result.append((next.x, place.y)) }
    }
    return result
  }

  /// Eight colours, and four patterns for those that have the same.
  private static func style(_ index: Int) -> String {
    let dashes = ["", "6 4", "2 4", "10 3 2 3"][index / 8 % 4]
    return " style=\"stroke:var(--c\(index % 8 + 1))\""
      + (dashes.isEmpty ? "" : " stroke-dasharray=\"\(dashes)\"")
  }

  private var legend: String {
    let entries = series.enumerated().map { index, line in
      "<li><svg viewBox=\"0 0 24 14\" aria-hidden=\"true\">"
        + "<path class=\"line\"\(Self.style(index)) d=\"M1 7H23\"/></svg>"
        + "\(Markup.escape(line.name))</li>"
    }
    return "<ul class=\"legend\">\(entries.joined())</ul>\n"
  }
}
