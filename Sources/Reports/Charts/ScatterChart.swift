/// Things by two numbers, of which both should be small: size and damage.
package struct ScatterChart {
  /// A thing.
  package struct Point {
    let label: String
    let x: Double
    let y: Double
    let error: Double
    let tip: String

    /// A thing with the standard error of its vertical number, and what is said of it where a pointer
    /// rests on it.
    package init(_ label: String, x: Double, y: Double, error: Double = 0, tip: String) {
      (self.label, self.x, self.y, self.error, self.tip) = (label, x, y, error, tip)
    }
  }

  private let points: [Point]
  private let titles: (x: String, y: String)
  private let xLabel: (Double) -> String
  private let isXLogarithmic: Bool
  private let showsFrontier: Bool

  /// A chart with a logarithmic vertical axis; points without a label stand for themselves.
  package init(
    _ points: [Point], xTitle: String, yTitle: String, isXLogarithmic: Bool = false,
    showsFrontier: Bool = true, xLabel: @escaping (Double) -> String = Axis.label
  ) {
    self.points = points.filter {
      $0.x.isFinite && $0.y.isFinite && $0.y > 0 && (!isXLogarithmic || $0.x > 0)
    }
    titles = (xTitle, yTitle)
    self.isXLogarithmic = isXLogarithmic
    self.showsFrontier = showsFrontier
    self.xLabel = xLabel
  }

  /// The chart; empty where there is nothing to draw.
  package func figure(_ name: String, caption: String? = nil) -> String {
    guard !points.isEmpty else { return "" }
    return Drawing.figure(name, caption: caption) { draw($0) }
  }

  /// The points that no other one beats in one number without being beaten in the other, from the left.
  var frontier: [Int] {
    var result: [Int] = []
    var best = Double.infinity
    for index in points.indices.sorted(by: {
      (points[$0].x, points[$0].y) < (points[$1].x, points[$1].y)
    }) where points[index].y < best {
      best = points[index].y
      result.append(index)
    }
    return result
  }

  func draw(_ size: Drawing.Size) -> Drawing {
    var drawing = Drawing(size, height: size == .wide ? 400 : 340)
    // The end of a whisker that would reach zero has no place on the axis.
    let ends = points.flatMap { [$0.y, $0.y + $0.error, $0.y - $0.error] }
    let reach = (points.map(\.y).min() ?? 1) / 4
    guard let x = Axis(points.map(\.x), isXLogarithmic ? .logarithmic : .linear, room: 0.12),
      let y = Axis(ends.filter { $0 > reach }, .logarithmic, room: 0.12)
    else { return drawing }
    let frame = Frame(
      x: 58, y: 26, width: drawing.width - 74, height: drawing.height - 26 - 44)
    let plane = Plane(frame: frame, x: x, y: y)
    plane.draw(
      in: &drawing, xTitle: titles.x, yTitle: titles.y, xLabel: xLabel, yLabel: Axis.label)
    let best = showsFrontier ? frontier : Array(points.indices)
    if showsFrontier, best.count > 1 {
      drawing.path(best.map { plane.place((points[$0].x, points[$0].y)) }, styles: "frontier")
    }
    let places = points.map { plane.place(($0.x, $0.y)) }
    var taken = places.map { Frame(x: $0.x - 6, y: $0.y - 6, width: 12, height: 12) }
    if showsFrontier { taken += Self.frames(along: best.map { places[$0] }) }
    for (point, place) in zip(points, places) where point.error > 0 {
      let (top, bottom) = (
        plane.place((point.x, point.y + point.error)).y,
        plane.place((point.x, max(y.low, point.y - point.error))).y
      )
      drawing.line(place.x, top, place.x, bottom, styles: "whisker")
      taken.append(Frame(x: place.x - 2, y: top, width: 4, height: bottom - top))
    }
    for (index, place) in places.enumerated() {
      drawing.circle(
        x: place.x, y: place.y, radius: 5.5, styles: best.contains(index) ? "dot" : "hollow",
        tip: points[index].tip)
    }
    var labels = LabelPlacement(
      bounds: Frame(
        x: 60, y: 16, width: drawing.width - 62,
        height: frame.y + frame.height - 18), taken: taken)
    // Those of the frontier first: they are what is looked for.
    for index in best + points.indices.filter({ !best.contains($0) }) {
      labels.put(points[index].label, at: places[index], in: &drawing)
    }
    return drawing
  }
}

extension ScatterChart {
  /// Small squares along a line, which labels keep clear of.
  private static func frames(along line: [(x: Double, y: Double)]) -> [Frame] {
    zip(line, line.dropFirst()).flatMap { start, end in
      let length = max(abs(end.x - start.x), abs(end.y - start.y))
      let steps = max(1, Int(length / 6))
      return (0...steps).map { step in
        let part = Double(step) / Double(steps)
        return Frame(
          x: start.x + (end.x - start.x) * part - 2, y: start.y + (end.y - start.y) * part - 2,
          width: 4, height: 4)
      }
    }
  }
}

/// Finds room for labels beside their points: one that would lie on another or on a point goes further
/// away, with a line to it, and one that has no room at all is left out.
struct LabelPlacement {
  let bounds: Frame
  private(set) var taken: [Frame]

  init(bounds: Frame, taken: [Frame]) {
    self.bounds = bounds
    self.taken = taken
  }

  /// Directions in the order in which they are tried: right, left, above, below, and between.
  private static let directions: [(x: Double, y: Double)] = [
    (1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1),
  ]

  mutating func put(_ label: String, at point: (x: Double, y: Double), in drawing: inout Drawing) {
    guard !label.isEmpty else { return }
    let text = Drawing.fitted(label, drawing.isNarrow ? 120 : 220)
    let width = Drawing.width(of: text)
    for distance in [10.0, 20, 34, 50, 70] {
      for direction in Self.directions {
        let middle = (
          x: point.x + direction.x * (distance + width / 2),
          y: point.y + direction.y * (distance + (direction.x == 0 ? 4 : 0))
        )
        let frame = Frame(x: middle.x - width / 2, y: middle.y - 8, width: width, height: 16)
        guard bounds.holds(frame), !taken.contains(where: { $0.meets(frame) }) else { continue }
        taken.append(frame)
        if distance > 10 {
          drawing.line(
            point.x + direction.x * 6, point.y + direction.y * 6,
            middle.x - direction.x * (width / 2 + 2),
            middle.y - direction.y * (direction.x == 0 ? 8 : 0), styles: "leader")
        }
        drawing.text(text, x: frame.x, y: middle.y + 4, styles: "strong")
        return
      }
    }
  }
}
