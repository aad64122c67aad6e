import Foundation
import WeighbridgeArchitectures
import WeighbridgeBundles
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeFormats
import WeighbridgeGGUF
import WeighbridgeInference
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeTokenizers
import WeighbridgeYAML
import WeighbridgeZstd

@testable import WeighbridgeConversion
@testable import WeighbridgeRemote

/// What is done with the bytes of an input.
enum Reading {
  /// Tensors and rows that are read at most, so that an input takes a moment.
  private static let mostRows = 1 << 10
  private static let mostBytes: UInt64 = 1 << 22

  /// Opens a model as a file of that name would be, and does what commands do with it.
  static func model(_ name: String) -> @Sendable ([UInt8]) throws -> Void {
    { bytes in
      let model = try open(bytes, named: name)
      statistics(model)
      inspect(model)
      convert(model)
      try? cut(model.metadata)
      for entry in model.metadata.entries {
        if case .array(let array) = entry.value {
          _ = array.prefix(8).elements.map { $0.typeName }
          _ = array.selecting([0, array.count / 2, array.count])
          _ = (array.integers, array.floats, array.strings?.count)
        }
      }
    }
  }

  private static func open(_ bytes: [UInt8], named name: String) throws -> Model {
    let tree = MemoryTree([name: bytes])
    var first: (any Error)?
    for format in Formats.all
    where format.recognizes(Array(bytes.prefix(4096)), in: MemorySource(bytes)) {
      do { return try format.open(name, in: tree, limits: .default) } catch {
        first = first ?? error
      }
    }
    throw first ?? FormatError(.notThisFormat, "no format", in: name)
  }

  private static func statistics(_ model: Model) {
    var scratch = PayloadScratch()
    for tensor in model.tensors.prefix(64) where tensor.layout.byteCount <= mostBytes {
      let rows = 0..<min(tensor.layout.rowCount, mostRows)
      _ = (tensor.payload.steps, tensor.payload.cost, tensor.payload.stored)
      if let bytes = try? tensor.payload.borrow(rows: rows, from: &scratch) { scratch.give(bytes) }
      guard UInt64(max(0, tensor.layout.shape.elementCount)) <= mostBytes else { continue }
      _ = try? FloatRows(tensor.payload)?.read(rows: rows, &scratch)
    }
  }

  /// Plans a few conversions, and writes what is small.
  private static func convert(_ model: Model) {
    for recipe in [Recipe.q8_0, .q4_K_M, nil] {
      var options = ConversionOptions(recipe: recipe)
      options.allowsRequantizing = true
      options.clamps = true
      guard let plan = try? Converter.plan(model, options),
        let layout = try? GGUF.layOut(plan.model), layout.byteCount <= mostBytes
      else { continue }
      let sink = MemorySink(byteCount: Int(layout.byteCount))
      _ = try? StreamingExecutor(workers: 1).write(plan.model, as: layout, to: sink)
      _ = try? GGUF.open("x", in: MemoryTree(["x": sink.bytes]), limits: .default)
    }
  }

  /// Runs a model that is small enough over three tokens.
  static let logits: @Sendable ([UInt8]) throws -> Void = { bytes in
    let model = try open(bytes, named: "input.gguf")
    guard model.tensors.count <= 256,
      model.tensors.allSatisfy({ $0.layout.shape.elementCount <= 1 << 18 })
    else { return }
    let decoder = try Decoder(model)
    _ = try decoder.logits(of: [0, 1, 2], options: InferenceOptions(threads: 1, memory: 64 << 20))
  }

  static let tokenizerJSON: @Sendable ([UInt8]) throws -> Void = { bytes in
    let document = try JSONValue.parse(bytes)
    if let tokenizer = try? StructuredTokenizer(document) {
      for text in ["Hello, wörld 12", " \u{0344}\n\t<s>"] {
        _ = tokenizer.encode(Array(text.utf8))
      }
    }
    var files = TokenizerFiles(folder: "folder")
    files.tokenizer = document
    try vocabulary(files)
  }

  static let sentencePiece: @Sendable ([UInt8]) throws -> Void = { bytes in
    var files = TokenizerFiles(folder: "folder")
    files.sentencePiece = bytes
    try vocabulary(files)
  }

  /// Imports a vocabulary and cuts a text with it.
  private static func vocabulary(_ files: TokenizerFiles) throws {
    guard let imported = try ImportedVocabulary(files) else { return }
    try cut(imported.metadata)
  }

  private static func cut(_ metadata: Metadata) throws {
    guard let name = metadata["tokenizer.ggml.model"]?.string?.text,
      let kind = TokenizerRegistry.named(name)
    else { return }
    let tokenizer = try kind.init(metadata)
    let text = Array("Hello, wörld 12 <s>".utf8)
    var output: [TokenID] = []
    tokenizer.encode(text.span, atStart: true, into: &output)
    _ = output.flatMap { tokenizer.piece($0) }
  }

  static let bundle: @Sendable ([UInt8]) throws -> Void = { bytes in
    let reader = try BundleReader(MemorySource(bytes))
    _ = reader.verify()
    for file in reader.files.prefix(16) where file.byteCount <= mostBytes {
      _ = try? reader.open(file).readBytes(at: 0, count: Int(file.byteCount))
    }
  }

  static let zstd: @Sendable ([UInt8]) throws -> Void = { bytes in
    _ = try? SeekTable.read(MemorySource(bytes), frameBytes: 1 << 20, limit: 1 << 12)
    var decoder = try ZstdDecoder(windowLog: 20)
    var output = [UInt8](repeating: 0, count: 1 << 16)
    var consumed = 0
    for _ in 0..<64 where consumed < bytes.count {
      var span = output.mutableSpan
      var raw = span.mutableBytes
      let step = try decoder.decode(
        bytes.span.bytes.extracting(consumed..<bytes.count), into: &raw)
      consumed += step.consumed
      if step.consumed == 0, step.produced == 0 { break }
    }
  }

  static let importance: @Sendable ([UInt8]) throws -> Void = { bytes in
    if let sums = try? ImportanceSums(legacy: MemorySource(bytes), path: "input") {
      _ = ImportanceMatrix(sums)
      _ = try? sums.model()
    }
    let model = try open(bytes, named: "input.gguf")
    let sums = try ImportanceSums(model, path: "input")
    _ = try? ImportanceSums.merged([sums, sums], path: "sum", chunkSize: 0)
  }

  static let baseline: @Sendable ([UInt8]) throws -> Void = { bytes in
    _ = try Baseline(try open(bytes, named: "input.gguf"))
  }

  static let journal: @Sendable ([UInt8]) throws -> Void = { bytes in
    guard let journal = Journal(bytes: bytes) else { return }
    let again = Journal(bytes: Journal.head(journal.identity) + journal.records.flatMap(\.line))
    precondition(again?.records == journal.records, "a journal is not what was written")
  }

  static let yaml: @Sendable ([UInt8]) throws -> Void = { bytes in
    let document = try YAMLDocument.parse(String(decoding: bytes, as: UTF8.self), in: "input")
    _ = try? UserRecipe(document, in: "input", name: "input")
    _ = try? NameMap(document, in: "input")
  }

  static let json: @Sendable ([UInt8]) throws -> Void = { bytes in
    let value = try JSONValue.parse(bytes)
    let again = try JSONValue.parse(Array(value.text(compact: true).utf8))
    precondition(again.text() == value.text(), "a document is not what was written")
  }

  /// Answers of a server: the lines of its head, then its body as a Hub's list and as an index.
  static let http: @Sendable ([UInt8]) throws -> Void = { bytes in
    var reply = HTTPReply()
    let lines = bytes.split(separator: 0x0A, maxSplits: 8, omittingEmptySubsequences: false)
    for line in lines.dropLast() {
      let text = String(decoding: line, as: UTF8.self)
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      if parts.count == 2 { reply.headers[parts[0].lowercased()] = parts[1] }
    }
    _ = reply.contentRange
    for text in reply.headers.values {
      _ = HTTPAddress(text).map { ($0.origin, $0.displayName, $0.fileName, $0.sibling("x")) }
      _ = try? RemoteLocation(parsing: text)
    }
    _ = try JSONValue.parse(Array(lines.last ?? []))
  }
}

/// A file in memory that jobs write to.
private final class MemorySink: PositionalSink, @unchecked Sendable {
  private(set) var bytes: [UInt8]

  init(byteCount: Int) { bytes = [UInt8](repeating: 0, count: byteCount) }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(IOError) {
    for index in 0..<bytes.byteCount {
      self.bytes[Int(offset) + index] = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }
  }
}
