internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// What headers tell of a model.
public struct ModelFigures: Hashable, Sendable {
  /// A tensor.
  public struct Tensor: Hashable, Sendable {
    /// Its name; bytes that are no UTF-8 are shown as U+FFFD.
    public let name: String
    /// How it is encoded: `Q4_K`.
    public let encoding: String
    /// Its shape, outermost dimension first.
    public let shape: [Int]
    /// Its bytes.
    public let bytes: UInt64
  }

  /// What is stored in one encoding.
  public struct Share: Hashable, Sendable {
    /// The encoding.
    public let encoding: String
    /// Tensors in it.
    public let tensors: Int
    /// Bytes in it.
    public let bytes: UInt64
  }

  /// A key and its value.
  public struct Entry: Hashable, Sendable {
    /// The key: `llama.block_count`.
    public let key: String
    /// The type as GGUF calls it: `UINT32`, `ARRAY/STRING`.
    public let type: String
    /// The value as JSON; of an array of more than 16 elements its count, its SHA-256 and its head.
    public let json: String
  }

  /// Elements of all tensors.
  public let parameters: UInt64
  /// Bytes of all tensors, without padding.
  public let tensorBytes: UInt64
  /// Bytes of all files.
  public let fileBytes: UInt64
  /// Bits that a weight takes on average.
  public let bitsPerWeight: Double
  /// Encodings, by their bytes, the largest first.
  public let encodings: [Share]
  /// Tensors, in the order of the file.
  public let tensors: [Tensor]
  /// Metadata, in the order of the file.
  public let metadata: [Entry]
}

extension OpenedModel {
  /// What headers tell; no tensor is read.
  public var figures: ModelFigures {
    let summary = ModelSummary(model)
    return ModelFigures(
      parameters: summary.parameters, tensorBytes: summary.tensorBytes,
      fileBytes: summary.fileBytes, bitsPerWeight: summary.bitsPerWeight,
      encodings: summary.encodings.map {
        .init(encoding: $0.name, tensors: $0.tensors, bytes: $0.bytes)
      },
      tensors: model.tensors.map {
        .init(
          name: $0.name.text, encoding: $0.layout.encoding.name,
          shape: $0.layout.shape.dimensions, bytes: $0.layout.byteCount)
      },
      metadata: model.metadata.entries.map {
        .init(
          key: $0.key.text, type: $0.value.typeName,
          json: $0.value.json(full: false).text(compact: true))
      })
  }
}
