public import ByteIO

/// One tensor: a name and a recipe for its bytes.
public struct Tensor: Sendable {
  /// The name, as bytes.
  public var name: ByteString
  /// How to produce the bytes.
  public var payload: any TensorPayload
  /// Where the bytes lie, for a tensor read from a file as it is.
  public var location: TensorLocation?

  /// Names a payload.
  public init(name: ByteString, payload: any TensorPayload, location: TensorLocation? = nil) {
    self.name = name
    self.payload = payload
    self.location = location
  }

  /// The layout of the payload.
  public var layout: TensorLayout { payload.layout }
}

/// Where a tensor's bytes lie on disk.
public struct TensorLocation: Hashable, Sendable {
  /// Index into `ModelOrigin.files`.
  public let file: Int
  /// Offset from the file's start.
  public let offset: UInt64
  /// Places a tensor.
  public init(file: Int, offset: UInt64) {
    self.file = file
    self.offset = offset
  }
}

/// Where a model came from.
public struct ModelOrigin: Sendable {
  /// A file that was read.
  public struct File: Hashable, Sendable {
    /// Its path.
    public let path: String
    /// Its size.
    public let byteCount: UInt64
    /// Describes a file.
    public init(path: String, byteCount: UInt64) {
      self.path = path
      self.byteCount = byteCount
    }
  }

  /// The name of the format: `GGUF`, `safetensors`.
  public var format: String
  /// The format's version as it is written in the file; empty where the format has none.
  public var version: String
  /// The order of bytes in the file.
  public var byteOrder: ByteOrder
  /// The files, in the order of the parts.
  public var files: [File]

  /// Describes an origin.
  public init(
    format: String, version: String = "", byteOrder: ByteOrder = .little, files: [File] = []
  ) {
    self.format = format
    self.version = version
    self.byteOrder = byteOrder
    self.files = files
  }
}

/// Something that a reader noticed and that does not keep the model from being used.
public struct Problem: Hashable, Sendable {
  /// How bad it is.
  public enum Severity: String, Hashable, Sendable { case note, warning, error }
  /// How bad it is.
  public let severity: Severity
  /// A stable name.
  public let code: String
  /// The key, the tensor or the file it is about.
  public let place: String
  /// What was seen, in words.
  public let message: String
  /// Describes a problem.
  public init(_ severity: Severity, _ code: String, at place: String, _ message: String) {
    self.severity = severity
    self.code = code
    self.place = place
    self.message = message
  }
}

/// The common form that every reader builds and every writer takes: metadata and tensors in file
/// order.
///
/// It holds no tensor data, whatever the model's size.
public struct Model: Sendable {
  /// Where it came from.
  public var origin: ModelOrigin
  /// Keys and values.
  public var metadata: Metadata
  /// Tensors, in file order.
  public var tensors: [Tensor]
  /// Files beside the tensors (configuration, tokenizer) of a checkpoint folder.
  public var companions: (any FileTree)?
  /// What the reader noticed.
  public var problems: [Problem]

  /// Puts a model together.
  public init(
    origin: ModelOrigin, metadata: Metadata = Metadata(), tensors: [Tensor] = [],
    companions: (any FileTree)? = nil, problems: [Problem] = []
  ) {
    self.origin = origin
    self.metadata = metadata
    self.tensors = tensors
    self.companions = companions
    self.problems = problems
  }

  /// The tensor with a name.
  ///
  /// Linear: for a few look-ups; build a dictionary for many.
  public func tensor(named name: ByteString) -> Tensor? { tensors.first { $0.name == name } }

  /// Elements of all tensors.
  public var elementCount: UInt64 {
    tensors.reduce(0) { $0 &+ UInt64($1.layout.shape.elementCount) }
  }

  /// Bytes of all tensors, without padding.
  public var tensorBytes: UInt64 { tensors.reduce(0) { $0 &+ $1.layout.byteCount } }
}
