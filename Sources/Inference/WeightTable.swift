internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Finds tensors by name and checks their shapes.
struct WeightTable: Sendable {
  private let tensors: [ByteString: Tensor]

  /// Indexes a model's tensors; those with a scale are read as its multiples.
  init(_ model: Model) throws(InferenceError) {
    var tensors: [ByteString: Tensor] = [:]
    for tensor in model.tensors { tensors[tensor.name] = tensor }
    // That of Gemma 4's router is no factor of its rows: it is of what the router sees.
    for scale in model.tensors
    where scale.name.hasSuffix(".scale") && !scale.name.hasSuffix("ffn_gate_inp.scale") {
      let name = ByteString(scale.name.bytes.dropLast(5) + Array("weight".utf8))
      guard let weight = tensors[name] else { continue }
      let factors = try Self.factors(scale, of: weight)
      guard let payload = FactoredPayload(weight.payload, factors: factors) else {
        throw .model(
          ModelError(
            .unsupportedEncoding, weight.name.text,
            "tensors encoded as \(weight.layout.encoding.name) cannot be multiplied by '\(scale.name)'"
          ))
      }
      tensors[name]?.payload = payload
    }
    self.tensors = tensors
  }

  /// A factor for the whole tensor, or one for each of its stacked matrices (llama-model.cpp, "generic
  /// pass": `create_tensor` of "scale" with 1 and with the number of experts).
  private static func factors(
    _ scale: Tensor, of weight: Tensor
  ) throws(InferenceError) -> [Float] {
    let shape = scale.layout.shape
    let dimensions = weight.layout.shape.dimensions
    let matrices = dimensions.count > 2 ? dimensions[0] : 1
    guard shape.elementCount == 1 || shape.elementCount == matrices, shape.rowCount == 1 else {
      throw .model(
        ModelError(
          .shapeMismatch, scale.name.text,
          "one factor\(matrices > 1 ? " or \(matrices)" : "") expected for '\(weight.name)', "
            + "shape \(shape) found"))
    }
    guard let rows = FloatRows(scale.payload) else {
      throw .model(
        ModelError(
          .unsupportedEncoding, scale.name.text,
          "tensors encoded as \(scale.layout.encoding.name) cannot be decoded"))
    }
    return try reading { () throws(FormatError) in try rows.read(rows: 0..<1) }
  }

  /// A tensor's rows; any number of them where `count` is nil.
  func rows(_ name: String, count: Int? = nil, length: Int) throws(InferenceError) -> FloatRows {
    guard let tensor = tensors[ByteString(name)] else {
      throw .model(ModelError(.missingTensor, name, "the model has no such tensor"))
    }
    let shape = tensor.layout.shape
    guard shape.rowLength == length, count ?? shape.rowCount == shape.rowCount,
      tensor.layout.rowLength == length
    else {
      let rows = count.map { "\($0)" } ?? "any number"
      throw .model(
        ModelError(
          .shapeMismatch, name, "\(rows) of rows of \(length) expected, shape \(shape) found"))
    }
    return try decodable(tensor)
  }

  /// A matrix that hidden states are multiplied with.
  ///
  /// The bias has the same name with `bias` for `weight` unless told, and need not be there.
  func linear(
    _ name: String, outputs: Int, inputs: Int, bias: String? = nil
  ) throws(InferenceError) -> Linear {
    let source = try rows(name, count: outputs, length: inputs)
    return Linear(
      source: source, first: 0, outputs: outputs, inputs: inputs,
      bias: try vector(bias ?? name.dropLast(6) + "bias", length: outputs),
      tensor: ByteString(name))
  }

  /// One matrix for each expert, rows of one tensor; biases are rows of another.
  func experts(
    _ name: String, count: Int, outputs: Int, inputs: Int
  ) throws(InferenceError) -> [Linear] {
    let source = try rows(name, count: count * outputs, length: inputs)
    let biases = try vector(name.dropLast(6) + "bias", length: count * outputs)
    // Rows of a tensor that is no stack are all multiplied with the same: the first stand for all.
    let isStack = source.payload.layout.shape.dimensions.count > 2
    return (0..<count).map { expert in
      let range = expert * outputs..<(expert + 1) * outputs
      return Linear(
        source: source, first: range.lowerBound, outputs: outputs, inputs: inputs,
        bias: biases?.columns(range), tensor: isStack || expert == 0 ? ByteString(name) : nil,
        part: isStack ? expert : 0, parts: isStack ? count : 1)
    }
  }

  /// A small tensor, read at once as one row; nil where it is not there.
  func vector(_ name: String, length: Int) throws(InferenceError) -> Matrix? {
    guard let tensor = tensors[ByteString(name)] else { return nil }
    let shape = tensor.layout.shape
    guard shape.elementCount == length else {
      throw .model(
        ModelError(.shapeMismatch, name, "\(length) elements expected, shape \(shape) found"))
    }
    let source = try decodable(tensor)
    return Matrix(
      try reading { () throws(FormatError) in try source.read(rows: 0..<tensor.layout.rowCount) })
  }

  /// A small tensor that must be there, read at once as one row.
  func required(_ name: String, length: Int) throws(InferenceError) -> Matrix {
    guard let vector = try vector(name, length: length) else {
      throw .model(ModelError(.missingTensor, name, "the model has no such tensor"))
    }
    return vector
  }

  /// The weight and the bias of a normalization.
  func norm(
    _ name: String, length: Int, _ kind: DecoderDescription.Normalization
  ) throws(InferenceError) -> NormWeights {
    NormWeights(
      weight: try vector(name + ".weight", length: length),
      bias: try vector(name + ".bias", length: length), kind: kind,
      tensor: ByteString(name + ".weight"))
  }

  private func decodable(_ tensor: Tensor) throws(InferenceError) -> FloatRows {
    // Rows that were interleaved for certain CPUs are the same numbers.
    let separated = SeparatedPayload(tensor.payload).flatMap { FloatRows($0) }
    guard let rows = FloatRows(tensor.payload) ?? separated else {
      throw .model(
        ModelError(
          .unsupportedEncoding, tensor.name.text,
          "tensors encoded as \(tensor.layout.encoding.name) cannot be decoded"))
    }
    return rows
  }
}

/// The weight and the bias of a normalization; a missing weight is all ones.
struct NormWeights: Sendable {
  let weight: Matrix?
  let bias: Matrix?
  let kind: DecoderDescription.Normalization
  /// The tensor that the weight is, all of it; nil for a part or what was made of one.
  var tensor: ByteString?

  /// The same with something else added to the mean square; nil for no change.
  func with(_ epsilon: Float?) -> NormWeights {
    guard let epsilon else { return self }
    return NormWeights(
      weight: weight, bias: bias,
      kind: DecoderDescription.Normalization(kind: kind.kind, epsilon: epsilon), tensor: tensor)
  }

  /// The weights of some columns.
  func columns(_ range: Range<Int>) -> NormWeights {
    NormWeights(weight: weight?.columns(range), bias: bias?.columns(range), kind: kind)
  }
}

/// Runs something that reads bytes.
func reading<Result>(
  _ body: () throws(FormatError) -> Result
) throws(InferenceError) -> Result {
  do { return try body() } catch { throw .format(error) }
}
