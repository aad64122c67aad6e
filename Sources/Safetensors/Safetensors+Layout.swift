internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
package import WeighbridgeModelIR

extension Safetensors {
  /// The order of types in files of the reference writer, largest alignment first (ST-16).
  private static let writingOrder = [
    "U64", "I64", "F64", "C64", "F32", "U32", "I32", "BF16", "F16", "U16", "I16", "F8_E5M2FNUZ",
    "F8_E4M3FNUZ", "F8_E8M0", "F8_E4M3", "F8_E5M2", "I8", "U8", "F6_E3M2", "F6_E2M3", "F4", "BOOL",
  ]
  /// The header is padded with spaces to a multiple of this, so the data is aligned.
  private static let headerAlignment = 8
  private static let maximumHeaderBytes = 100_000_000

  /// Lays a model out; see `WritableModelFormat`.
  ///
  /// The order of the tensors is kept where every one of them comes to lie at a multiple of its
  /// element's size; otherwise they are sorted as the reference writer does, by type and name. Metadata
  /// must be strings, names valid UTF-8.
  package static func layOut(_ model: Model) throws(ModelError) -> FileLayout {
    try check(model)
    let order = order(of: model.tensors)
    var header = HeaderText()
    if !model.metadata.entries.isEmpty {
      header.append(
        try member(model.metadata) { _ in "remove the key, or make its value a string" })
    }
    var offsets = [UInt64](repeating: 0, count: model.tensors.count)
    var end: UInt64 = 0
    for index in order {
      let tensor = model.tensors[index]
      offsets[index] = end
      let (next, overflow) = end.addingReportingOverflow(tensor.layout.byteCount)
      guard !overflow, next < UInt64(Int64.max) else {
        throw ModelError(.notWritable, tensor.name.text, "the file would be too large to count")
      }
      header.append(tensor, from: end, to: next)
      end = next
    }
    let text = header.finished(paddedTo: headerAlignment)
    guard text.count <= maximumHeaderBytes else {
      throw ModelError(
        .notWritable, "the header",
        "\(text.count) bytes; readers of safetensors allow \(maximumHeaderBytes)")
    }
    let length = unsafe withUnsafeBytes(of: UInt64(text.count).littleEndian) { unsafe Array($0) }
    let start = lengthBytes + UInt64(text.count)
    return FileLayout(
      header: length + text, payloadOffsets: offsets.map { start + $0 }, byteCount: start + end)
  }

  private static func check(_ model: Model) throws(ModelError) {
    var names = Set<ByteString>(minimumCapacity: model.tensors.count)
    for tensor in model.tensors {
      guard tensor.layout.encoding.safetensorsType != nil, !tensor.layout.isOpaque else {
        throw ModelError(
          .notWritable, tensor.name.text,
          "safetensors has no type for \(tensor.layout.encoding.name)",
          hint: "decode the tensor to F32, F16 or BF16 first")
      }
      guard tensor.name != metadataKey, tensor.name.validatedText != nil else {
        throw ModelError(
          .notWritable, tensor.name.text,
          tensor.name == metadataKey
            ? "safetensors keeps this name for itself"
            : "the name is not valid UTF-8")
      }
      guard names.insert(tensor.name).inserted else {
        throw ModelError(.notWritable, tensor.name.text, "two tensors have this name")
      }
    }
  }

  /// `"__metadata__":{…}`; an error, with a hint for the key, where a value is no text.
  static func member(
    _ metadata: Metadata, hint: (ByteString) -> String
  ) throws(ModelError) -> [UInt8] {
    var text = HeaderText()
    for entry in metadata.entries {
      guard let value = entry.value.string, value.validatedText != nil,
        entry.key.validatedText != nil
      else {
        throw ModelError(
          .notWritable, entry.key.text, "safetensors holds only text in its metadata",
          hint: hint(entry.key))
      }
      text.append(entry.key, value)
    }
    return metadataKey.quoted + Array(":".utf8) + text.finished(paddedTo: 1)
  }

  /// Indices of the tensors in the order in which their data is written.
  private static func order(of tensors: [Tensor]) -> [Int] {
    let indices = Array(tensors.indices)
    var end: UInt64 = 0
    for tensor in tensors {
      let traits = tensor.layout.encoding
      let size = traits.elementsPerBlock == 1 ? UInt64(traits.bytesPerBlock) : 1
      if end % size != 0 { return sorted(tensors) }
      end &+= tensor.layout.byteCount
    }
    return indices
  }

  private static func sorted(_ tensors: [Tensor]) -> [Int] {
    let ranks = tensors.map { tensor in
      writingOrder.firstIndex { $0 == tensor.layout.encoding.safetensorsType } ?? writingOrder.count
    }
    return tensors.indices.sorted { left, right in
      ranks[left] != ranks[right]
        ? ranks[left] < ranks[right] : tensors[left].name < tensors[right].name
    }
  }
}

/// The JSON of a header, written as the reference writer does: without spaces.
struct HeaderText {
  private var bytes: [UInt8] = Array("{".utf8)

  mutating func append(_ member: [UInt8]) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    bytes += member
  }

  mutating func append(_ key: ByteString, _ value: ByteString) {
    append(key.quoted + Array(":".utf8) + value.quoted)
  }

  mutating func append(_ tensor: Tensor, from start: UInt64, to end: UInt64) {
    let shape = tensor.layout.shape.dimensions.map(String.init).joined(separator: ",")
    let type = tensor.layout.encoding.safetensorsType ?? ""
    let rest = ":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}"
    append(tensor.name.quoted + Array(rest.utf8))
  }

  func finished(paddedTo alignment: Int) -> [UInt8] {
    let text = bytes + Array("}".utf8)
    let rest = text.count % alignment
    return rest == 0 ? text : text + repeatElement(UInt8(ascii: " "), count: alignment - rest)
  }
}
