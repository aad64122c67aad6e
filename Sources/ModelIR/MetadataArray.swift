internal import WeighbridgeByteIO

/// An array of one element type, as bytes.
///
/// A vocabulary or a file that is kept in the metadata may have millions of elements, and a hostile
/// file one of as many as it has bytes: an array takes the bytes that it takes in a file, and an
/// element becomes a value when it is asked for.
///
///     numbers   little-endian, one behind the other
///     strings   for each, its length in 8 bytes and its bytes
///     arrays    for each, its element type in 4 bytes, its count in 8, and its elements
///
/// This is how little-endian GGUF files of version 2 and later hold them, so nothing is moved.
package struct MetadataArray: Hashable, Sendable {
  /// What the elements are; the numbers are GGUF's (GGUF-8).
  package enum Element: UInt32, Hashable, Sendable {
    case uint8 = 0
    case int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// Bytes of one number; nil for strings and arrays, which differ in size.
    package var byteCount: Int? {
      switch self {
      case .uint8, .int8, .bool: 1
      case .uint16, .int16: 2
      case .uint32, .int32, .float32: 4
      case .uint64, .int64, .float64: 8
      case .string, .array: nil
      }
    }
  }

  /// What the elements are.
  package let element: Element
  /// The number of elements.
  package let count: Int
  /// The elements, in the form above.
  package let bytes: [UInt8]

  /// Arrays within arrays at most.
  private static let depth = 64

  /// Nil where the bytes are not exactly `count` elements, or arrays nest deeper than 64.
  package init?(_ element: Element, count: Int, bytes: [UInt8]) {
    guard Self.end(of: element, count, in: bytes, at: 0, depth: Self.depth) == bytes.count else {
      return nil
    }
    self.init(proven: element, count: count, bytes: bytes)
  }

  init(proven element: Element, count: Int, bytes: [UInt8]) {
    self.element = element
    self.count = count
    self.bytes = bytes
  }

  /// Where `count` elements that begin at `start` end; nil where the bytes do not hold them.
  static func end(
    of element: Element, _ count: Int, in bytes: [UInt8], at start: Int, depth: Int
  ) -> Int? {
    guard count >= 0, depth > 0 else { return nil }
    if let size = element.byteCount {
      let (total, overflow) = count.multipliedReportingOverflow(by: size)
      return !overflow && total <= bytes.count - start ? start + total : nil
    }
    var place = start
    for _ in 0..<count {
      guard let next = next(after: place, element, in: bytes, depth: depth) else { return nil }
      place = next
    }
    return place
  }

  private static func next(
    after place: Int, _ element: Element, in bytes: [UInt8], depth: Int
  ) -> Int? {
    guard element == .array else {
      guard bytes.count - place >= 8, let length = Int(exactly: bytes.load(UInt64.self, at: place)),
        length <= bytes.count - place - 8
      else { return nil }
      return place + 8 + length
    }
    guard bytes.count - place >= 12, let inner = Element(rawValue: bytes.load(at: place)),
      let count = Int(exactly: bytes.load(UInt64.self, at: place + 4))
    else { return nil }
    return end(of: inner, count, in: bytes, at: place + 12, depth: depth - 1)
  }
}

// MARK: Elements

extension MetadataArray {
  /// The elements, one after another; each becomes a value when it is reached.
  package struct Elements: Sequence, IteratorProtocol {
    private let array: MetadataArray
    private var index = 0
    private var place = 0

    init(_ array: MetadataArray) { self.array = array }

    package mutating func next() -> MetadataValue? {
      guard index < array.count else { return nil }
      index += 1
      let (value, end) = array.value(at: place)
      place = end
      return value
    }
  }

  /// The elements as values.
  package var elements: Elements { Elements(self) }

  /// The value that begins at a place, and where it ends.
  fileprivate func value(at place: Int) -> (MetadataValue, Int) {
    if let size = element.byteCount { return (number(at: place), place + size) }
    guard
      let end = Self.next(after: place, element, in: bytes, depth: Self.depth)
    else { preconditionFailure("the bytes were proven") }
    if element == .string { return (.string(ByteString(Array(bytes[place + 8..<end]))), end) }
    guard let inner = Element(rawValue: bytes.load(at: place)) else {
      preconditionFailure("the bytes were proven")
    }
    let array = MetadataArray(
      proven: inner, count: Int(bytes.load(UInt64.self, at: place + 4)),
      bytes: Array(bytes[place + 12..<end]))
    return (.array(array), end)
  }

  private func number(at place: Int) -> MetadataValue {
    switch element {
    case .uint8: .uint8(bytes[place])
    case .int8: .int8(bytes.load(at: place))
    case .uint16: .uint16(bytes.load(at: place))
    case .int16: .int16(bytes.load(at: place))
    case .uint32: .uint32(bytes.load(at: place))
    case .int32: .int32(bytes.load(at: place))
    case .uint64: .uint64(bytes.load(at: place))
    case .int64: .int64(bytes.load(at: place))
    case .float32: .float32(Float(bitPattern: bytes.load(at: place)))
    case .float64: .float64(Double(bitPattern: bytes.load(at: place)))
    case .bool: .bool(bytes[place] != 0)
    case .string, .array: preconditionFailure("no number")
    }
  }

  /// One element of an array of numbers or truth values; nil outside, and for strings and arrays,
  /// which have no places of their own.
  package func number(_ index: Int) -> MetadataValue? {
    guard let size = element.byteCount, index >= 0, index < count else { return nil }
    return number(at: index * size)
  }

  /// The first elements.
  package func prefix(_ length: Int) -> MetadataArray {
    guard length < count else { return self }
    let kept = Swift.max(0, length)
    let end = Self.end(of: element, kept, in: bytes, at: 0, depth: Self.depth) ?? 0
    return MetadataArray(proven: element, count: kept, bytes: Array(bytes[..<end]))
  }

  /// The elements at some places, in that order; places outside are left out.
  package func selecting(_ places: [Int]) -> MetadataArray {
    var ends: [Int] = [0]
    for _ in 0..<(element.byteCount == nil ? count : 0) {
      guard let end = Self.next(after: ends[ends.count - 1], element, in: bytes, depth: Self.depth)
      else { preconditionFailure("the bytes were proven") }
      ends.append(end)
    }
    var selected: [UInt8] = []
    let kept = places.filter { $0 >= 0 && $0 < count }
    for place in kept {
      let range = element.byteCount.map { place * $0..<(place + 1) * $0 }
      selected += bytes[range ?? ends[place]..<ends[place + 1]]
    }
    return MetadataArray(proven: element, count: kept.count, bytes: selected)
  }
}
