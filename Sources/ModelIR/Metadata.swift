package import WeighbridgeByteIO

/// One value of a model's metadata, its width kept as in GGUF.
package enum MetadataValue: Hashable, Sendable {
  case uint8(UInt8), int8(Int8), uint16(UInt16), int16(Int16), uint32(UInt32), int32(Int32)
  case uint64(UInt64), int64(Int64), float32(Float), float64(Double), bool(Bool)
  case string(ByteString)
  case array(MetadataArray)
}

extension MetadataValue {
  /// The value as an integer, where it is one of any width and fits.
  package var integer: Int? {
    switch self {
    case .uint8(let value): Int(value)
    case .int8(let value): Int(value)
    case .uint16(let value): Int(value)
    case .int16(let value): Int(value)
    case .uint32(let value): Int(value)
    case .int32(let value): Int(value)
    case .uint64(let value): Int(exactly: value)
    case .int64(let value): Int(value)
    case .float32, .float64, .bool, .string, .array: nil
    }
  }

  /// The value as a float, where it is a number.
  package var float: Float? {
    switch self {
    case .float32(let value): value
    case .float64(let value): Float(value)
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64: integer.map { Float($0) }
    case .bool, .string, .array: nil
    }
  }

  /// The value, where it is a truth value.
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The value, where it is a string.
  package var string: ByteString? { if case .string(let value) = self { value } else { nil } }

  /// The value, where it is an array.
  package var array: MetadataArray? { if case .array(let value) = self { value } else { nil } }
}

/// Keys and values in the order of the file.
///
/// Keys are bytes and occur once.
package struct Metadata: Hashable, Sendable {
  /// One entry.
  package struct Entry: Hashable, Sendable {
    package let key: ByteString
    package var value: MetadataValue
    /// Pairs a key with its value.
    package init(_ key: ByteString, _ value: MetadataValue) {
      self.key = key
      self.value = value
    }
  }

  /// All entries, in order.
  package private(set) var entries: [Entry] = []
  private var places: [ByteString: Int] = [:]

  /// No entries.
  package init() {}

  /// Adds an entry at the end; false, and nothing changed, where the key is there already.
  package mutating func append(_ key: ByteString, _ value: MetadataValue) -> Bool {
    guard places[key] == nil else { return false }
    places[key] = entries.count
    entries.append(Entry(key, value))
    return true
  }

  /// The value of a key.
  ///
  /// Setting replaces in place or appends; setting nil removes.
  package subscript(key: ByteString) -> MetadataValue? {
    get { places[key].map { entries[$0].value } }
    set {
      guard let newValue else {
        guard let place = places.removeValue(forKey: key) else { return }
        entries.remove(at: place)
        for (index, entry) in entries.enumerated() where index >= place {
          places[entry.key] = index
        }
        return
      }
      if let place = places[key] {
        entries[place].value = newValue
      } else {
        _ = append(key, newValue)
      }
    }
  }
}
