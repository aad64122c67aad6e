internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// The types of metadata that a name map can ask for.
enum MetadataNumberType: String, CaseIterable {
  case u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, bool, string

  /// A value of that type; where none is asked for, integers are 32 bits without sign where they can
  /// be, numbers with a point are in single precision.
  static func value(_ json: JSONValue, as type: MetadataNumberType?) -> MetadataValue? {
    if let values = json.array { return array(values, as: type) }
    switch type {
    case .u8?: return json.integer.flatMap { UInt8(exactly: $0) }.map { .uint8($0) }
    case .i8?: return json.integer.flatMap { Int8(exactly: $0) }.map { .int8($0) }
    case .u16?: return json.integer.flatMap { UInt16(exactly: $0) }.map { .uint16($0) }
    case .i16?: return json.integer.flatMap { Int16(exactly: $0) }.map { .int16($0) }
    case .u32?: return json.integer.flatMap { UInt32(exactly: $0) }.map { .uint32($0) }
    case .i32?: return json.integer.flatMap { Int32(exactly: $0) }.map { .int32($0) }
    case .u64?: return json.integer.flatMap { UInt64(exactly: $0) }.map { .uint64($0) }
    case .i64?: return json.integer.map { .int64(Int64($0)) }
    case .f32?: return json.double.map { .float32(Float($0)) }
    case .f64?: return json.double.map { .float64($0) }
    case .bool?: return json.bool.map { .bool($0) }
    case .string?: return json.string.map { .string($0) }
    case nil: return inferred(json)
    }
  }

  private static func inferred(_ json: JSONValue) -> MetadataValue? {
    switch json {
    case .bool(let value): .bool(value)
    case .integer(let value):
      UInt32(exactly: value).map { .uint32($0) } ?? Int32(exactly: value).map { .int32($0) }
        ?? .int64(Int64(value))
    case .unsigned(let value): .uint64(value)
    case .double(let value): .float32(Float(value))
    case .string(let value): .string(value)
    case .null, .array, .object: nil
    }
  }

  /// Arrays of 32 bits, or of strings; no other is in use.
  private static func array(
    _ values: [JSONValue], as type: MetadataNumberType?
  ) -> MetadataValue? {
    let integers = values.compactMap(\.integer).compactMap { Int32(exactly: $0) }
    let floats = values.compactMap(\.double).map { Float($0) }
    let strings = values.compactMap(\.string)
    let bools = values.compactMap(\.bool)
    switch type {
    case .u32?:
      let unsigned = integers.compactMap { UInt32(exactly: $0) }
      return unsigned.count == values.count ? .array(.uint32(unsigned)) : nil
    case .f32?: return floats.count == values.count ? .array(.float32(floats)) : nil
    case .i32?, nil:
      if integers.count == values.count { return .array(.int32(integers)) }
      guard type == nil else { return nil }
      if floats.count == values.count { return .array(.float32(floats)) }
      if bools.count == values.count { return .array(.bool(bools)) }
      return strings.count == values.count ? .array(.strings(strings)) : nil
    case .string?: return strings.count == values.count ? .array(.strings(strings)) : nil
    case .bool?: return bools.count == values.count ? .array(.bool(bools)) : nil
    case .u8?, .i8?, .u16?, .i16?, .u64?, .i64?, .f64?: return nil
    }
  }
}
