internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// The tensors of a checkpoint by name, and those that a scheme keeps for one weight.
struct PackedParts {
  private let model: Model
  private let table: [ByteString: Tensor]

  init(_ model: Model) {
    self.model = model
    self.table = Dictionary(model.tensors.map { ($0.name, $0) }) { first, _ in first }
  }

  /// Replaces each tensor with one of these endings by a plain weight, and leaves its parts out.
  ///
  /// `weight` makes the payload from the stem of the names, with its dot; nil where parts do not fit.
  func plain(
    endingIn ending: String, parts: [String],
    _ weight: (ByteString, Tensor) throws(ModelError) -> (any TensorPayload)?
  ) throws(ModelError) -> [Tensor] {
    var stems: Set<ByteString> = []
    for tensor in model.tensors where tensor.name.hasSuffix(ByteString("." + ending)) {
      stems.insert(stem(tensor.name, ending))
    }
    var result: [Tensor] = []
    for tensor in model.tensors {
      if tensor.name.hasSuffix(ByteString("." + ending)) {
        let stem = stem(tensor.name, ending)
        guard let payload = try weight(stem, tensor) else { throw unfit(tensor) }
        result.append(
          Tensor(name: Self.name(stem, "weight"), payload: payload, location: tensor.location))
      } else if !parts.contains(where: {
        tensor.name.hasSuffix(ByteString("." + $0)) && stems.contains(stem(tensor.name, $0))
      }) {
        result.append(tensor)
      }
    }
    return result
  }

  /// A part of a weight; nil where there is none.
  subscript(stem: ByteString, part: String) -> Tensor? { table[Self.name(stem, part)] }

  /// A part that must be there.
  func required(_ stem: ByteString, _ part: String) throws(ModelError) -> Tensor {
    guard let tensor = self[stem, part] else {
      throw ModelError(
        .missingTensor, "tensor '\(Self.name(stem, part))'",
        "a quantized weight cannot be read without it")
    }
    return tensor
  }

  /// A small tensor of 32-bit integers, whole.
  func integers(_ tensor: Tensor) throws(ModelError) -> [Int32] {
    guard tensor.layout.encoding == .i32 else { throw unfit(tensor) }
    let bytes = try read(tensor)
    return stride(from: 0, to: bytes.count, by: 4).map { at in
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) }
      return Int32(bitPattern: bits)
    }
  }

  /// A small tensor's numbers, whole, where it has as many as it may.
  ///
  /// They stay in memory, in more bytes than the file has for them: nobody else says how many there are.
  func floats(_ tensor: Tensor, _ counts: ClosedRange<Int>) throws(ModelError) -> [Float] {
    guard counts.contains(tensor.layout.shape.elementCount) else { throw unfit(tensor) }
    return try floats(tensor)
  }

  /// A tensor's numbers, whole.
  func floats(_ tensor: Tensor) throws(ModelError) -> [Float] {
    guard let rows = FloatRows(tensor.payload) else { throw unfit(tensor) }
    do { return try rows.read(rows: 0..<tensor.layout.rowCount) } catch {
      throw ModelError(.invalidMetadata, error.source, error.message)
    }
  }

  /// A tensor's bytes, whole.
  func read(_ tensor: Tensor, upTo limit: UInt64 = .max) throws(ModelError) -> [UInt8] {
    guard tensor.layout.byteCount <= limit else { throw unfit(tensor) }
    do { return try tensor.payload.readBytes(rows: 0..<tensor.layout.rowCount) } catch {
      throw ModelError(.invalidMetadata, error.source, error.message)
    }
  }

  /// Says that a weight's parts contradict each other.
  func unfit(_ tensor: Tensor) -> ModelError {
    ModelError(
      .shapeMismatch, "tensor '\(tensor.name)'",
      "\(tensor.layout.encoding.name) of shape \(tensor.layout.shape) does not fit what "
        + "quantization_config and the tensors beside it say")
  }

  private func stem(_ name: ByteString, _ ending: String) -> ByteString {
    ByteString(Array(name.bytes.dropLast(ending.utf8.count)))
  }

  private static func name(_ stem: ByteString, _ part: String) -> ByteString {
    ByteString(stem.bytes + Array(part.utf8))
  }
}
