internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// One tensor of a header.
struct SafetensorsEntry {
  let name: ByteString
  let layout: TensorLayout
  /// Relative to the end of the header.
  let start: UInt64
  let end: UInt64
  /// Where the entry is in the file, for messages.
  let place: UInt64

  /// Reads `{"dtype": …, "shape": […], "data_offsets": [start, end]}` (ST-7, ST-8).
  init(_ member: JSONObject.Member, in source: String) throws(FormatError) {
    let place = SafetensorsHeader.offset(of: member)
    func fault(_ code: FormatError.Code, _ message: String) -> FormatError {
      FormatError(code, "tensor '\(member.key)': \(message)", in: source, at: place)
    }
    guard let object = member.value.object else {
      throw fault(.invalidValue, "its entry is not a JSON object")
    }
    guard let dtype = object["dtype"]?.text else {
      throw fault(.invalidValue, "'dtype' is missing or not a string")
    }
    guard let traits = Encoding.safetensors(dtype) else {
      throw fault(.unsupportedEncoding, "the dtype '\(dtype.prefix(40))' is not known")
    }
    guard let dimensions = Self.sizes(object["shape"]) else {
      throw fault(.invalidValue, "'shape' is not an array of sizes")
    }
    guard let offsets = Self.sizes(object["data_offsets"]), offsets.count == 2,
      offsets[0] <= offsets[1]
    else {
      throw fault(.invalidValue, "'data_offsets' is not a start and an end that follows it")
    }
    guard let shape = TensorShape(dimensions), let layout = TensorLayout(shape, traits) else {
      throw fault(
        .invalidValue,
        "the shape \(dimensions) of \(dtype) is not a whole number of bytes, or too many")
    }
    let size = UInt64(offsets[1] - offsets[0])
    guard size == layout.byteCount else {
      throw fault(
        .invalidValue,
        "'data_offsets' span \(size) bytes; \(dtype) \(shape) takes \(layout.byteCount)")
    }
    self.name = member.key
    self.layout = layout
    self.start = UInt64(offsets[0])
    self.end = UInt64(offsets[1])
    self.place = place
  }

  private static func sizes(_ value: JSONValue?) -> [Int]? {
    guard let array = value?.array else { return nil }
    var sizes: [Int] = []
    for element in array {
      guard let size = element.integer, size >= 0 else { return nil }
      sizes.append(size)
    }
    return sizes
  }
}
