internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Tensors of a checkpoint for which GGUF has no exact place, carried in its metadata.
///
/// `weighbridge.kept.tensor.N.name`, `.type` and `.shape` (outermost first) say what they are in the
/// checkpoint, `.data` has the bytes, or `.same` the name of a tensor that is equal. Programs that
/// infer do not look at them; the way back gives them again, bit for bit.
struct KeptTensors {
  private static let prefix = "weighbridge.kept.tensor."
  /// More than this in metadata is no longer a small addition to a model.
  private static let limit = 256 << 20

  /// One tensor.
  private struct Kept {
    let tensor: Tensor
    /// The name of an equal tensor.
    var twin: ByteString?
  }

  private var kept: [Kept] = []

  /// The tensors of `checkpoint` that the way back from `canonical` would not give.
  ///
  /// `leftOut` are those that GGUF has no use for, `recomputed` those whose numbers are others there;
  /// only these are read. Throws where the family has no way back, or too much would be kept.
  init(
    of checkpoint: Model, leftOut: [Tensor], recomputed: [Tensor], canonical: Model
  ) throws(ConversionError) {
    let export: CheckpointExport
    do { export = try CheckpointExport(canonical, encoding: .f32) } catch { throw .model(error) }
    var restored: [ByteString: Tensor] = [:]
    for tensor in export.model.tensors { restored[tensor.name] = tensor }
    do throws(FormatError) {
      for tensor in recomputed {
        guard let other = restored[tensor.name], try !Self.equal(tensor, other) else { continue }
        kept.append(Kept(tensor: tensor))
      }
      for tensor in leftOut where restored[tensor.name] == nil {
        var entry = Kept(tensor: tensor)
        for other in checkpoint.tensors
        where other.layout == tensor.layout && restored[other.name] != nil {
          if try Self.equal(tensor, other) {
            entry.twin = other.name
            break
          }
        }
        kept.append(entry)
      }
    } catch { throw ConversionError(error) }
    let bytes = kept.reduce(0) { $0 &+ ($1.twin == nil ? $1.tensor.layout.byteCount : 0) }
    guard bytes <= Self.limit else {
      throw .model(
        ModelError(
          .invalidRequest, "--reversible",
          "\(kept.count) tensors of \(bytes) bytes have no exact place in GGUF, and metadata should "
            + "not carry more than \(Self.limit)",
          hint: "the first is '\(kept.first?.tensor.name ?? "")'; keep the checkpoint, or convert "
            + "without --reversible"))
    }
  }

  /// Adds them to the metadata of a model.
  func write(to metadata: inout Metadata) throws(ConversionError) {
    for (index, entry) in kept.enumerated() {
      let key = "\(Self.prefix)\(index)."
      let layout = entry.tensor.layout
      metadata[ByteString(key + "name")] = .string(entry.tensor.name)
      metadata[ByteString(key + "type")] = .string(ByteString(layout.encoding.name))
      metadata[ByteString(key + "shape")] = .array(
        .uint64(layout.shape.dimensions.map { UInt64($0) }))
      if let twin = entry.twin {
        metadata[ByteString(key + "same")] = .string(twin)
      } else {
        do {
          metadata[ByteString(key + "data")] = .array(
            .uint8(try entry.tensor.payload.readBytes(rows: 0..<layout.rowCount)))
        } catch { throw ConversionError(error) }
      }
    }
  }

  /// Whether two tensors hold the same bits, seen in single precision where their encodings differ.
  private static func equal(_ left: Tensor, _ right: Tensor) throws(FormatError) -> Bool {
    let rows = left.layout.rowCount
    guard left.layout.shape == right.layout.shape else { return false }
    let isSame = left.layout.encoding == right.layout.encoding
    guard isSame || (FloatRows(left.payload) != nil && FloatRows(right.payload) != nil) else {
      return false
    }
    let step = max(1, (1 << 20) / max(1, left.layout.rowLength))
    for start in stride(from: 0, to: rows, by: step) {
      let range = start..<min(start + step, rows)
      if isSame {
        guard try left.payload.readBytes(rows: range) == right.payload.readBytes(rows: range) else {
          return false
        }
      } else if let one = FloatRows(left.payload), let other = FloatRows(right.payload) {
        let own = try one.read(rows: range)
        let found = try other.read(rows: range)
        guard own.elementsEqual(found, by: { $0.bitPattern == $1.bitPattern }) else { return false }
      }
    }
    return true
  }

  // MARK: The way back

  /// Puts what the metadata of a model has kept in the place of what was restored.
  static func restore(from metadata: Metadata, into tensors: inout [Tensor]) throws(ModelError) {
    var places: [ByteString: Int] = [:]
    for (index, tensor) in tensors.enumerated() { places[tensor.name] = index }
    var index = 0
    while let name = metadata[ByteString("\(prefix)\(index).name")]?.string {
      let payload = try payload("\(prefix)\(index).", metadata) { (twin) throws(ModelError) in
        guard let place = places[twin] else {
          throw ModelError(
            .missingTensor, "\(prefix)\(index).same", "there is no tensor '\(twin)'")
        }
        return tensors[place].payload
      }
      let tensor = Tensor(name: name, payload: payload)
      if let place = places[name] {
        tensors[place] = tensor
      } else {
        places[name] = tensors.count
        tensors.append(tensor)
      }
      index += 1
    }
  }

  private static func payload(
    _ key: String, _ metadata: Metadata,
    twin: (ByteString) throws(ModelError) -> any TensorPayload
  ) throws(ModelError) -> any TensorPayload {
    if let name = metadata[ByteString(key + "same")]?.string { return try twin(name) }
    guard let dimensions = metadata[ByteString(key + "shape")]?.array?.integers,
      let type = metadata[ByteString(key + "type")]?.string,
      let encoding = Encoding.named(type.text),
      let shape = TensorShape(dimensions), let layout = TensorLayout(shape, encoding),
      let bytes = metadata[ByteString(key + "data")]?.array?.uint8s,
      let payload = MemoryPayload(layout, bytes)
    else {
      throw ModelError(
        .invalidMetadata, key + "data", "type, shape and data of a kept tensor do not fit together")
    }
    return payload
  }
}
