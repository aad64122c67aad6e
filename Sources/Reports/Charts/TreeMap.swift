/// Rectangles as large as what they stand for.
package struct TreeMap {
  /// A rectangle with its name.
  package struct Tile {
    let name: String
    let note: String
    let size: Double
    let bits: Double
    let tip: String
    let parts: [Part]

    /// A rectangle of a size, which is not negative; `parts` divide it where there is room.
    package init(
      _ name: String, note: String, size: Double, bits: Double, tip: String, parts: [Part] = []
    ) {
      (self.name, self.note, self.size, self.bits) = (name, note, size, bits)
      (self.tip, self.parts) = (tip, parts)
    }
  }

  /// A slice of a tile.
  package struct Part {
    let size: Double
    let bits: Double
    let tip: String

    /// A slice of a size.
    package init(size: Double, bits: Double, tip: String) {
      (self.size, self.bits, self.tip) = (size, bits, tip)
    }
  }

  private let tiles: [Tile]

  /// A map of tiles, the largest first whatever their order.
  package init(_ tiles: [Tile]) {
    self.tiles = tiles.filter { $0.size > 0 && $0.size.isFinite }.sorted { $0.size > $1.size }
  }

  /// The map; empty where there is nothing to draw.
  package func figure(_ name: String, caption: String? = nil, legend: String = "") -> String {
    guard !tiles.isEmpty else { return "" }
    return Drawing.figure(name, caption: caption, legend: legend) { draw($0) }
  }

  func draw(_ size: Drawing.Size) -> Drawing {
    var drawing = Drawing(size, height: size == .wide ? 330 : 380)
    let whole = Frame(x: 0, y: 0, width: drawing.width, height: drawing.height)
    for (tile, frame) in zip(tiles, Self.frames(tiles.map(\.size), in: whole)) {
      draw(tile, frame, in: &drawing)
    }
    return drawing
  }

  private func draw(_ tile: Tile, _ frame: Frame, in drawing: inout Drawing) {
    let step = BitSteps.step(tile.bits)
    drawing.rectangle(frame, styles: "tile q\(step)", tip: tile.tip)
    let slices = Self.slices(tile, in: frame)
    for (part, slice) in zip(tile.parts, slices) {
      drawing.rectangle(slice, styles: "q\(BitSteps.step(part.bits))", tip: part.tip)
    }
    // What is written begins on the first slice, and may go on over others.
    let below = slices.isEmpty ? step : BitSteps.step(tile.parts[0].bits)
    let styles = "o\(below) h\(below) halo"
    let room = frame.width - 12
    guard room >= 30, frame.height >= 22 else { return }
    let name = Drawing.fitted(tile.name, room)
    guard name.displayWidth >= min(4, tile.name.displayWidth) else { return }
    drawing.text(name, x: frame.x + 6, y: frame.y + 16, styles: styles)
    guard frame.height >= 40, Drawing.width(of: tile.note) <= room else { return }
    drawing.text(tile.note, x: frame.x + 6, y: frame.y + 32, styles: styles)
  }

  /// Where a tile's parts lie, along its longer side with a gap between; none where they would be too
  /// thin.
  private static func slices(_ tile: Tile, in frame: Frame) -> [Frame] {
    let total = tile.parts.reduce(0) { $0 + $1.size }
    let isWide = frame.width >= frame.height
    let length = (isWide ? frame.width : frame.height) - 2
    guard tile.parts.count > 1, total > 0, length / Double(tile.parts.count) >= 4 else { return [] }
    var start = 1.0
    return tile.parts.map { part in
      let share = part.size / total * length
      defer { start += share }
      let gap = min(0.75, share / 4)
      return isWide
        ? Frame(
          x: frame.x + start, y: frame.y + 1, width: share - gap, height: frame.height - 2)
        : Frame(
          x: frame.x + 1, y: frame.y + start, width: frame.width - 2, height: share - gap)
    }
  }

  /// Rectangles as near to squares as it goes, for sizes that fall (Bruls, Huizing and van Wijk,
  /// Squarified Treemaps, 2000).
  static func frames(_ sizes: [Double], in whole: Frame) -> [Frame] {
    let total = sizes.reduce(0, +)
    guard total > 0 else { return [] }
    let scale = whole.width * whole.height / total
    var (rest, frames) = (whole, [Frame]())
    var start = 0
    while start < sizes.count {
      let side = min(rest.width, rest.height)
      var end = start + 1
      var sum = sizes[start] * scale
      var worst = Self.worst(sizes[start] * scale, sizes[start] * scale, sum, side)
      while end < sizes.count {
        let longer = sum + sizes[end] * scale
        let next = Self.worst(sizes[start] * scale, sizes[end] * scale, longer, side)
        guard next <= worst else { break }
        (sum, worst) = (longer, next)
        end += 1
      }
      frames += row(sizes[start..<end].map { $0 * scale }, sum, &rest)
      start = end
    }
    return frames
  }

  /// The worst ratio of sides in a row of areas from the largest to the smallest.
  private static func worst(
    _ largest: Double, _ smallest: Double, _ sum: Double, _ side: Double
  ) -> Double {
    let square = sum * sum
    return max(side * side * largest / square, square / (side * side * smallest))
  }

  /// Lays a row along the shorter side of what is left.
  private static func row(_ areas: [Double], _ sum: Double, _ rest: inout Frame) -> [Frame] {
    let isUpright = rest.width >= rest.height
    let side = max(isUpright ? rest.height : rest.width, 1e-9)
    let depth = sum / side
    var place = isUpright ? rest.y : rest.x
    let frames = areas.map { area in
      let length = depth > 0 ? area / depth : 0
      defer { place += length }
      return isUpright
        ? Frame(x: rest.x, y: place, width: depth, height: length)
        : Frame(x: place, y: rest.y, width: length, height: depth)
    }
    if isUpright {
      rest.x += depth
      rest.width = max(0, rest.width - depth)
    } else {
      rest.y += depth
      rest.height = max(0, rest.height - depth)
    }
    return frames
  }
}
