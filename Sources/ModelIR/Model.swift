package import WeighbridgeByteIO

/// One tensor: a name and a recipe for its bytes.
package struct Tensor: Sendable {
  /// The name, as bytes.
  package var name: ByteString
  /// How to produce the bytes.
  package var payload: any TensorPayload
  /// Where the bytes lie, for a tensor read from a file as it is.
  package var location: TensorLocation?

  /// Names a payload.
  package init(name: ByteString, payload: any TensorPayload, location: TensorLocation? = nil) {
    self.name = name
    self.payload = payload
    self.location = location
  }

  /// The layout of the payload.
  package var layout: TensorLayout { payload.layout }
}

/// Where a tensor's bytes lie on disk.
package struct TensorLocation: Hashable, Sendable {
  /// Index into `ModelOrigin.files`.
  package let file: Int
  /// Offset from the file's start.
  package let offset: UInt64
  /// Places a tensor.
  package init(file: Int, offset: UInt64) {
    self.file = file
    self.offset = offset
  }
}

/// Where a model came from.
package struct ModelOrigin: Sendable {
  /// A file that was read.
  package struct File: Hashable, Sendable {
    package let path: String
    /// Its size.
    package let byteCount: UInt64
    /// Where the tensors' bytes begin; nil where they are not behind one header.
    package let dataOffset: UInt64?
    /// What each tensor's place is a multiple of; nil where the format does not say.
    package let alignment: UInt64?
    /// Describes a file.
    package init(
      path: String, byteCount: UInt64, dataOffset: UInt64? = nil, alignment: UInt64? = nil
    ) {
      self.path = path
      self.byteCount = byteCount
      self.dataOffset = dataOffset
      self.alignment = alignment
    }
  }

  /// The name of the format: `GGUF`, `safetensors`.
  package var format: String
  /// The format's version as it is written in the file; empty where the format has none.
  package var version: String
  /// The order of bytes in the file.
  package var byteOrder: ByteOrder
  /// The files, in the order of the parts.
  package var files: [File]
  /// What the model was when it was opened.
  package var kind: ModelKind

  /// Describes an origin.
  package init(
    format: String, kind: ModelKind = .gguf, version: String = "",
    byteOrder: ByteOrder = .little, files: [File] = []
  ) {
    self.format = format
    self.kind = kind
    self.version = version
    self.byteOrder = byteOrder
    self.files = files
  }
}

/// The common form that every reader builds and every writer takes: metadata and tensors in file
/// order.
///
/// It holds no tensor data, whatever the model's size.
package struct Model: Sendable {
  /// Where it came from.
  package var origin: ModelOrigin
  /// Keys and values.
  package var metadata: Metadata
  /// Tensors, in file order.
  package var tensors: [Tensor]
  /// What it is now: that of its origin, or GGUF once it has been brought into GGUF's names.
  package var kind: ModelKind
  /// Files beside the tensors (configuration, tokenizer) of a checkpoint folder.
  package var companions: (any FileTree)?
  /// What the reader noticed.
  package var problems: [Diagnostic]
  /// What a checkpoint's configuration says is computed, over what the metadata say.
  package var computation: [ConfiguredComputation] = []

  /// Puts a model together.
  package init(
    origin: ModelOrigin, kind: ModelKind? = nil, metadata: Metadata = Metadata(),
    tensors: [Tensor] = [], companions: (any FileTree)? = nil, problems: [Diagnostic] = []
  ) {
    self.origin = origin
    self.kind = kind ?? origin.kind
    self.metadata = metadata
    self.tensors = tensors
    self.companions = companions
    self.problems = problems
  }

  /// The tensor with a name.
  ///
  /// Linear: for a few look-ups; build a dictionary for many.
  package func tensor(named name: ByteString) -> Tensor? { tensors.first { $0.name == name } }

  /// Elements of all tensors.
  package var elementCount: UInt64 {
    tensors.reduce(0) { $0 &+ UInt64($1.layout.shape.elementCount) }
  }

  /// Bytes of all tensors, without padding.
  package var tensorBytes: UInt64 { tensors.reduce(0) { $0 &+ $1.layout.byteCount } }
}
