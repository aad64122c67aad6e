internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeJSON
internal import WeighbridgeZstd

/// The table of contents of a layer of planes: what its regions are, and the digest of each chunk as it
/// is stored.
///
/// It lies in a skippable frame behind the frames: 8 bytes of length, then JSON in a frame of its own.
/// A chunk of the same bytes, length and transform as one in front of it is not stored again.
struct PlanarContents: Sendable {
  /// A region, and what its chunks are.
  struct Region: Sendable {
    let byteCount: UInt64
    let transform: PlanarTransform
    let tensor: JSONValue?
    let digests: [Digest]
    /// What its bytes are predicted from, and the width of the numbers whose differences are stored.
    let prediction: JSONValue?
    let width: Int
  }

  /// What makes two chunks the same: stored bytes that stand for the same content.
  struct Key: Hashable {
    let digest: Digest
    let transform: PlanarTransform
    let byteCount: Int
  }

  static let schema = "weighbridge.planes/1"
  /// One of the sixteen that RFC 8878 leaves to users.
  static let frameMagic: [UInt8] = [0x57, 0x2A, 0x4D, 0x18]

  let regions: [Region]
  var byteCount: UInt64 { regions.reduce(0) { $0 &+ $1.byteCount } }

  /// Of a plan whose chunks have these digests.
  init(_ plan: PlanarPlan, digests: [Digest]) {
    var next = 0
    regions = plan.regions.map { region in
      defer { next += region.chunkCount }
      return Region(
        byteCount: UInt64(region.range.count), transform: region.transform,
        tensor: region.tensor.map { Self.json($0) },
        digests: Array(digests[next..<next + region.chunkCount]),
        prediction: region.prediction?.record, width: region.prediction?.width ?? 0)
    }
  }

  private static func json(_ tensor: BundleTensor) -> JSONValue {
    [
      "name": JSONValue(tensor.name.text), "type": JSONValue(tensor.encoding),
      "shape": .array(tensor.shape.map { .integer($0) }),
    ]
  }

  /// The JSON.
  func encoded(file: Digest) -> [UInt8] {
    var transforms: [PlanarTransform] = []
    var rows: [JSONValue] = []
    for region in regions {
      let index = transforms.firstIndex(of: region.transform) ?? transforms.count
      if index == transforms.count { transforms.append(region.transform) }
      var row = JSONObject()
      row["bytes"] = JSONValue(region.byteCount)
      row["transform"] = .integer(index)
      row["digests"] = JSONValue(region.digests.map(\.hexadecimal).joined())
      if let tensor = region.tensor { row["tensor"] = tensor }
      if let prediction = region.prediction {
        row["prediction"] = prediction
        row["width"] = .integer(region.width)
      }
      rows.append(.object(row))
    }
    return CanonicalJSON.encode([
      "schema": JSONValue(Self.schema), "sha256": JSONValue(file.hexadecimal),
      "chunkBytes": .integer(Piece.byteCount), "transforms": .array(transforms.map(\.json)),
      "regions": .array(rows),
    ])
  }

  /// Reads it; `fault` makes an error that names the layer.
  init(
    json bytes: [UInt8], fault: (FormatError.Code, String) -> FormatError
  ) throws(FormatError) {
    let value: JSONValue
    do { value = try JSONValue.parse(bytes, depth: 16) } catch {
      throw fault(.invalidValue, "its table of contents is no JSON")
    }
    guard value["schema"]?.text == Self.schema else {
      throw fault(.unsupportedVersion, "its table of contents is not of '\(Self.schema)'")
    }
    guard value["chunkBytes"]?.integer == Piece.byteCount,
      let rows = value["transforms"]?.array, let elements = value["regions"]?.array
    else { throw fault(.invalidValue, "its table of contents has no transforms or no regions") }
    var transforms: [PlanarTransform] = []
    for row in rows {
      guard let transform = PlanarTransform(row) else {
        throw fault(.invalidValue, "transform \(transforms.count) is none")
      }
      transforms.append(transform)
    }
    var regions: [Region] = []
    for element in elements {
      guard let region = Self.region(element, transforms) else {
        throw fault(.invalidValue, "region \(regions.count) is none")
      }
      regions.append(region)
    }
    self.regions = regions
  }

  private static func region(_ value: JSONValue, _ transforms: [PlanarTransform]) -> Region? {
    guard let size = value["bytes"]?.integer, size >= 0,
      let index = value["transform"]?.integer, transforms.indices.contains(index),
      let text = value["digests"]?.string?.bytes
    else { return nil }
    let transform = transforms[index]
    let chunks = PlanarRegion.chunkCount(UInt64(size), transform)
    let (digits, overflow) = chunks.multipliedReportingOverflow(by: 64)
    guard !overflow, text.count == digits, size % transform.blockBytes == 0 else { return nil }
    var digests: [Digest] = []
    for start in stride(from: 0, to: digits, by: 64) {
      let part = String(decoding: text[start..<start + 64], as: UTF8.self)
      guard let digest = Digest(hexadecimal: part) else { return nil }
      digests.append(digest)
    }
    let width = value["width"]?.integer ?? 0
    guard [0, 1, 2, 4].contains(width) else { return nil }
    return Region(
      byteCount: UInt64(size), transform: transform, tensor: value["tensor"], digests: digests,
      prediction: value["prediction"], width: width)
  }
}

extension PlanarTransform {
  /// As the table of contents has it: numbers of a run in the order of `Run`.
  var json: JSONValue {
    var object = JSONObject()
    object["name"] = JSONValue(name)
    object["block"] = .integer(blockBytes)
    object["planes"] = .array(planes.map { .integer($0) })
    object["runs"] = .array(
      runs.map { run in
        let numbers = [
          run.plane, run.place, run.offset, run.count, run.shift, run.width, run.into,
          run.expands ? 1 : 0,
        ]
        return .array(numbers.map { .integer($0) })
      })
    if let order {
      let numbers = [
        order.scale, order.minimum, order.scales ?? -1, order.minimums ?? -1, order.codes,
        order.perBlock, order.levels, order.adds ? 1 : 0,
      ]
      object["order"] = .array(numbers.map { .integer($0) })
    }
    return .object(object)
  }

  /// Reads a transform, and proves that it stays in its block and in its planes.
  init?(_ value: JSONValue) {
    guard let name = value["name"]?.text, let block = value["block"]?.integer,
      (1...4096).contains(block), let planes = Self.integers(value["planes"]),
      (1...64).contains(planes.count), planes.allSatisfy({ (1...32_768).contains($0) }),
      planes.reduce(0, +) <= 8 * block, let rows = value["runs"]?.array, rows.count <= 4096
    else { return nil }
    var runs: [Run] = []
    for row in rows {
      guard let n = Self.integers(row), n.count == 8, planes.indices.contains(n[0]),
        n.allSatisfy({ (0...32_768).contains($0) }), n[2] + n[3] <= block, n[7] <= 1,
        n[1] + n[3] * (n[7] == 1 ? 8 : 1) <= planes[n[0]], (1...8).contains(n[5]),
        n[4] + n[5] <= 8, n[6] + (n[7] == 1 ? 1 : n[5]) <= 8
      else { return nil }
      runs.append(
        Run(
          plane: n[0], place: n[1], offset: n[2], count: n[3], shift: n[4], width: n[5],
          into: n[6], expands: n[7] == 1))
    }
    var order: Order?
    if let row = value["order"] {
      guard let parsed = Self.order(row, planes) else { return nil }
      order = parsed
    }
    let parsed = PlanarTransform(
      name, blockBytes: block, planes: planes, runs: runs, order: order)
    let known = Self.row(name, blockBytes: block) ?? .bytes
    self = parsed == known ? known : parsed
  }

  private static func order(_ value: JSONValue, _ planes: [Int]) -> Order? {
    guard let n = integers(value), n.count == 8 else { return nil }
    let halves = [n[0], n[0] &+ 1, n[1], n[1] &+ 1]
    guard halves.allSatisfy({ planes.indices.contains($0) && planes[$0] == 1 }),
      planes.indices.contains(n[4]), (1...256).contains(n[5]), planes[n[4]] % n[5] == 0,
      (1...31).contains(n[6]), (0...1).contains(n[7])
    else { return nil }
    for plane in [n[2], n[3]] where plane != -1 {
      guard planes.indices.contains(plane), planes[plane] == n[5] else { return nil }
    }
    // What is sorted cannot be what it is sorted by.
    guard !(halves + [n[2], n[3]]).contains(n[4]) else { return nil }
    return Order(
      scale: n[0], minimum: n[1], scales: n[2] == -1 ? nil : n[2],
      minimums: n[3] == -1 ? nil : n[3], codes: n[4], perBlock: n[5], levels: n[6],
      adds: n[7] == 1)
  }

  private static func integers(_ value: JSONValue?) -> [Int]? {
    guard let elements = value?.array else { return nil }
    var numbers: [Int] = []
    for element in elements {
      guard let number = element.integer else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}
