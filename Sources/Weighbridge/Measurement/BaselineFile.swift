package import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeFormats
internal import WeighbridgeGGUF
package import WeighbridgeInference
internal import WeighbridgeModelIR

/// A stored reference: what it predicts of a text, in one file.
///
/// Ours is a GGUF file with the last hidden states of the scored tokens and the output head: from them
/// the reference's logits are computed once more, so nothing is lost, and a token takes as many floats
/// as the model is wide, not as many as it has tokens. Files of llama-perplexity's
/// `--kl-divergence-base` are read too.
package enum BaselineFile {
  /// What the table of models says of the reference.
  private enum Key {
    static let model: ByteString = "baseline.model"
    static let type: ByteString = "baseline.type"
    static let bytes: ByteString = "baseline.bytes"
    static let bits: ByteString = "baseline.bits_per_weight"
    /// The texts' names, their digests, and how many windows each has.
    static let texts: ByteString = "baseline.texts"
    static let digests: ByteString = "baseline.texts.sha256"
    static let windows: ByteString = "baseline.texts.windows"
  }

  static let architecture: ByteString = "baseline"

  /// Opens either kind; the begin token is that of the models to be measured.
  package static func open(
    _ path: String, beginToken: Int32?
  ) throws -> (baseline: Baseline, reference: MeasuredModel, parts: [TextPart]) {
    if let table = try LlamaLogits(FileSource(path: path)) {
      let baseline = table.baseline(beginToken: beginToken)
      return (
        baseline, MeasuredModel(location: path, type: "stored", bytes: 0, bitsPerWeight: 0),
        parts(Metadata(), baseline.windows, path)
      )
    }
    let model = try Formats.open(path: path)
    guard model.kind == .baseline else {
      throw ModelError(
        .invalidRequest, path, "this is no stored baseline",
        hint: "make one with --save-baseline, or with llama-perplexity --kl-divergence-base")
    }
    let baseline = try Baseline(model)
    return (
      baseline,
      MeasuredModel(
        location: model.metadata[Key.model]?.string?.text ?? path,
        type: model.metadata[Key.type]?.string?.text ?? "stored",
        bytes: model.metadata[Key.bytes]?.integer.map { UInt64(max(0, $0)) } ?? 0,
        bitsPerWeight: Double(model.metadata[Key.bits]?.float ?? 0)),
      parts(model.metadata, baseline.windows, path)
    )
  }

  /// Writes while a reference walks.
  package struct Writer: BaselineRecorder {
    private let sink: FileSink
    private let start: UInt64
    private let width: Int

    fileprivate init(_ sink: FileSink, start: UInt64, width: Int) {
      self.sink = sink
      self.start = start
      self.width = width
    }

    package func record(states: [Float], from first: Int) throws(FormatError) {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(states.count * 4)
      for value in states {
        let bits = value.bitPattern
        for shift in [0, 8, 16, 24] as [UInt32] {
          bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
      }
      do throws(IOError) {
        try sink.write(bytes, at: start + UInt64(first) * UInt64(width) * 4)
      } catch { throw FormatError(error) }
    }
  }

  /// Creates the file, with everything but the states, runs something that records these, and gives the
  /// file its name.
  package static func record(
    _ decoder: Decoder, _ windows: TokenWindows, _ summary: MeasuredModel,
    of parts: [TextPart] = [], to path: String, replacing: Bool, _ body: (Writer) throws -> Void
  ) throws {
    guard let head = decoder.baseline(of: windows) else {
      throw RequestError(message: "\(path): a model without an output head has no baseline")
    }
    var model = Model(origin: ModelOrigin(format: "baseline", kind: .baseline))
    model.metadata["general.architecture"] = .string(architecture)
    model.metadata[Key.model] = .string(ByteString(summary.location))
    model.metadata[Key.type] = .string(ByteString(summary.type))
    model.metadata[Key.bytes] = .uint64(summary.bytes)
    model.metadata[Key.bits] = .float32(Float(summary.bitsPerWeight))
    for (key, value) in head.metadata { model.metadata[key] = value }
    texts(parts, in: &model.metadata)
    let context = windows.windows.map(\.count).max() ?? 0
    let scored = windows.scoredCount
    let tokens = windows.windows.flatMap { window in
      window.map { UInt32(bitPattern: $0) }
        + [UInt32](repeating: 0, count: context - window.count)
    }
    model.tensors = [
      try numbers(
        Baseline.TensorName.tokens, [windows.windows.count, context], .i32, tokens),
      Tensor(name: Baseline.TensorName.head, payload: head.head),
    ]
    if let bias = head.bias {
      model.tensors.append(
        try numbers(
          Baseline.TensorName.bias, [bias.count], .f32, bias.map { $0.bitPattern }))
    }
    model.tensors.append(
      try numbers(Baseline.TensorName.states, [scored, head.width], .f32, nil))
    let layout = try GGUF.layOut(model)
    let file = try AtomicFile(path: path, byteCount: layout.byteCount, replaces: replacing)
    try file.sink.write(layout.header, at: 0)
    for (tensor, offset) in zip(model.tensors, layout.payloadOffsets).dropLast() {
      try copy(tensor.payload, to: file.sink, at: offset)
    }
    try body(
      Writer(file.sink, start: layout.payloadOffsets[model.tensors.count - 1], width: head.width))
    try file.commit()
  }

  private static func texts(_ parts: [TextPart], in metadata: inout Metadata) {
    guard !parts.isEmpty else { return }
    metadata[Key.texts] = .array(.strings(parts.map { ByteString($0.name) }))
    metadata[Key.digests] = .array(.strings(parts.map { ByteString($0.digest ?? "") }))
    metadata[Key.windows] = .array(.int32(parts.map { Int32(clamping: $0.windowCount) }))
  }

  /// The texts of a stored reference; one where it does not say.
  private static func parts(
    _ metadata: Metadata, _ windows: TokenWindows, _ path: String
  ) -> [TextPart] {
    let names = metadata[Key.texts]?.array?.strings ?? []
    let digests = metadata[Key.digests]?.array?.strings ?? []
    let counts = metadata[Key.windows]?.array?.integers ?? []
    guard !names.isEmpty, names.count == counts.count, names.count == digests.count,
      counts.allSatisfy({ (1...windows.windows.count).contains($0) }),
      counts.reduce(0, +) == windows.windows.count
    else { return TextPart.placed([(TextPart(path, digest: nil), windows)]) }
    var first = 0
    return TextPart.placed(
      names.indices.map { index in
        let range = first..<first + counts[index]
        first = range.upperBound
        let digest = digests[index].text
        return (
          TextPart(names[index].text, digest: digest.isEmpty ? nil : digest), windows.part(range)
        )
      })
  }

  private static func copy(
    _ payload: any TensorPayload, to sink: FileSink, at offset: UInt64
  ) throws {
    let layout = payload.layout
    let step = max(1, (4 << 20) / max(1, layout.bytesPerRow))
    for row in stride(from: 0, to: layout.rowCount, by: step) {
      let bytes = try payload.readBytes(rows: row..<min(row + step, layout.rowCount))
      try sink.write(bytes, at: offset + UInt64(row * layout.bytesPerRow))
    }
  }

  /// A tensor of four-byte numbers; without them only its place is kept.
  private static func numbers(
    _ name: ByteString, _ shape: [Int], _ encoding: Encoding, _ values: [UInt32]?
  ) throws -> Tensor {
    let bytes = (values ?? []).flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
    }
    guard let shape = TensorShape(shape), let layout = TensorLayout(shape, encoding) else {
      throw ModelError(.notWritable, name.text, "the text is too long to be stored")
    }
    guard values != nil else { return Tensor(name: name, payload: ZeroPayload(layout)) }
    guard let payload = MemoryPayload(layout, bytes) else {
      throw ModelError(.notWritable, name.text, "\(bytes.count) bytes for \(layout.byteCount)")
    }
    return Tensor(name: name, payload: payload)
  }
}
