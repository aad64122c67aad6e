package import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeModelIR

extension GGUF {
  static let writtenVersion: UInt32 = 3

  /// Lays a model out as a little-endian file; see `WritableModelFormat`.
  package static func layOut(_ model: Model) throws(ModelError) -> FileLayout {
    try layOut(model, byteOrder: .little)
  }

  /// Lays a model out as a file of version 3.
  ///
  /// `general.alignment` of the metadata is honoured. What was read from a file that follows the rules
  /// is laid out to the same bytes. The payloads are written as they are: for a big-endian file take
  /// those of `stored(_:in:)`.
  package static func layOut(
    _ model: Model, byteOrder: ByteOrder
  ) throws(ModelError) -> FileLayout {
    let alignment = try alignment(of: model.metadata)
    // What was read from GGUF can be written again; nothing new is written that ggml cannot read.
    let isGGUF = model.origin.format == name
    try checkNames(model.tensors, limit: isGGUF ? maximumNameBytes : usualNameBytes)
    var writer = GGUFWriter(byteOrder: byteOrder)
    writer.write(raw: magic)
    writer.write(writtenVersion)
    writer.write(UInt64(model.tensors.count))
    writer.write(UInt64(model.metadata.entries.count))
    for entry in model.metadata.entries {
      guard !entry.key.isEmpty else {
        throw ModelError(.notWritable, "metadata", "a key is empty, which GGUF does not allow")
      }
      writer.write(entry)
    }
    var offsets: [UInt64] = []
    var end: UInt64 = 0
    for tensor in model.tensors {
      offsets.append(end)
      try write(
        tensor, at: end, limit: isGGUF ? maximumDimensions : usualDimensions, to: &writer)
      end = try padded(end, adding: tensor.layout.byteCount, to: alignment, of: tensor)
    }
    // A file without tensors ends with its header, as the converter of llama.cpp writes it; the first part
    // of a split model is padded, as `llama-gguf-split --no-tensor-first-split` writes it.
    let isPart = model.metadata[SplitPlace.countKey]?.integer ?? 0 > 1
    if !model.tensors.isEmpty || isPart { writer.pad(to: Int(alignment)) }
    let start = UInt64(writer.bytes.count)
    let (total, overflow) = start.addingReportingOverflow(end)
    guard !overflow, total <= UInt64(Int64.max) else {
      throw ModelError(.notWritable, "the model", "it takes more bytes than a file can have")
    }
    return FileLayout(
      header: writer.bytes, payloadOffsets: offsets.map { start + $0 }, byteCount: total)
  }

  /// The model with payloads as they lie in a file of the given byte order.
  ///
  /// Throws where a tensor's encoding has no defined form in that order.
  package static func stored(
    _ model: Model, in byteOrder: ByteOrder
  ) throws(ModelError) -> Model {
    var stored = model
    for (index, tensor) in model.tensors.enumerated() {
      // The bytes of an unknown encoding are those of the file they were read from.
      if tensor.layout.isOpaque, model.origin.byteOrder == byteOrder { continue }
      if !tensor.layout.isOpaque, byteOrder == .little { continue }
      guard let swapped = SwappedPayload(tensor.payload) else {
        throw ModelError(
          .notWritable, tensor.name.text,
          "\(tensor.layout.encoding.name) has no \(byteOrder.rawValue)-endian layout",
          hint: "keep the byte order of the source")
      }
      stored.tensors[index].payload = swapped
    }
    return stored
  }

  private static func alignment(of metadata: Metadata) throws(ModelError) -> UInt64 {
    guard let value = metadata[alignmentKey] else { return defaultAlignment }
    guard case .uint32(let alignment) = value, alignment > 0, alignment & (alignment - 1) == 0
    else {
      throw ModelError(
        .invalidMetadata, alignmentKey.text, "the alignment must be a uint32 and a power of two")
    }
    return UInt64(alignment)
  }

  private static func checkNames(_ tensors: [Tensor], limit: Int) throws(ModelError) {
    var names = Set<ByteString>(minimumCapacity: tensors.count)
    for tensor in tensors {
      guard tensor.name.count <= limit else {
        throw ModelError(
          .notWritable, tensor.name.text,
          "the name has \(tensor.name.count) bytes; GGUF and ggml allow \(limit)",
          hint: "rename the tensor")
      }
      guard names.insert(tensor.name).inserted else {
        throw ModelError(.notWritable, tensor.name.text, "two tensors have this name")
      }
    }
  }

  private static func write(
    _ tensor: Tensor, at offset: UInt64, limit: Int, to writer: inout GGUFWriter
  ) throws(ModelError) {
    let layout = tensor.layout
    guard let type = layout.encoding.ggufType else {
      throw ModelError(
        .notWritable, tensor.name.text, "GGUF has no type for \(layout.encoding.name)",
        hint: "convert the tensor to an encoding that GGML knows")
    }
    guard layout.shape.dimensions.count <= limit else {
      throw ModelError(
        .notWritable, tensor.name.text,
        "\(layout.shape.dimensions.count) dimensions; GGUF and ggml allow \(limit)")
    }
    writer.write(tensor.name)
    writer.write(UInt32(layout.shape.dimensions.count))
    for dimension in layout.shape.dimensions.reversed() { writer.write(UInt64(dimension)) }
    writer.write(type)
    writer.write(offset)
  }

  private static func padded(
    _ start: UInt64, adding count: UInt64, to alignment: UInt64, of tensor: Tensor
  ) throws(ModelError) -> UInt64 {
    let (end, overflow) = start.addingReportingOverflow(count)
    let (sum, overflowed) = end.addingReportingOverflow(alignment - 1)
    guard !overflow, !overflowed else {
      throw ModelError(.notWritable, tensor.name.text, "the file would be too large to count")
    }
    return sum & ~(alignment - 1)
  }
}
