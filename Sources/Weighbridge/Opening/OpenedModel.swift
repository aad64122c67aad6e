internal import WeighbridgeByteIO
package import WeighbridgeConversion
package import WeighbridgeEncodings
package import WeighbridgeModelIR

/// A model whose headers have been read; it holds no tensor data, whatever its size.
public struct OpenedModel: Sendable {
  /// What a model is.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A GGUF file, or all parts of one.
    case gguf
    /// A folder with tensors in a family's own names, and `config.json` or `params.json`.
    case checkpoint
    /// A low-rank adapter as PEFT stores it.
    case adapter
    /// A file older than GGUF: GGML, GGMF, GGJT.
    case legacy
    /// Tensors, and nothing that says what they mean.
    case tensors
  }

  package let model: Model
  /// Where it is.
  public let location: String
  /// What it is.
  public let kind: Kind

  /// Opens a model; throws where something else is there, and says what.
  public init(_ location: Location) throws(WeighbridgeError) {
    switch try location.open() {
    case .model(let model): self = model
    case .bundle(let bundle): self = try bundle.model()
    case .importanceMatrix:
      throw WeighbridgeError(
        ModelError(
          .invalidRequest, location.text, "this is an importance matrix, not a model"))
    case .baseline:
      throw WeighbridgeError(
        ModelError(.invalidRequest, location.text, "this is a stored reference, not a model"))
    }
  }

  /// Opens whatever holds tensors, also what is no model: an importance matrix, a stored reference.
  ///
  /// - Throws: Where nothing that holds tensors can be opened.
  public init(tensorsAt location: Location) throws(WeighbridgeError) {
    self = try publicly { OpenedModel(try ModelInput.open(location.text), at: location.text) }
  }

  package init(_ model: Model, at location: String) {
    self.model = model
    self.location = location
    kind =
      switch model.kind {
      case .gguf, .importance, .baseline: .gguf
      case .checkpoint: .checkpoint
      case .adapter: .adapter
      case .legacy: .legacy
      case .tensors: .tensors
      }
  }

  /// The container's name: `GGUF`, `safetensors`, `PyTorch`, `GGML`.
  public var format: String { model.origin.format }
  /// The family: `general.architecture`, or the first of a checkpoint's `architectures`.
  public var architecture: String? { Inspection(model, path: location).architecture }
  /// The files that hold it.
  public var files: [String] { model.origin.files.map(\.path) }
  /// What was noticed while reading the headers.
  public var diagnostics: [Diagnostic] { model.problems.map { Diagnostic($0) } }

  /// Plans a conversion into GGUF: decides everything, writes nothing.
  ///
  /// No tensor is read, unless a calibration walks its texts through the model.
  public func plan(
    _ request: ConversionRequest, to output: String, using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> Conversion {
    try publicly { try planned(request, to: output, using: resources) }
  }

  /// Plans; fails with the errors of the modules underneath.
  package func planned(
    _ request: ConversionRequest, to output: String, using resources: Resources
  ) throws -> Conversion {
    let source = try AdapterInput.merge(request.mergedAdapters, into: model)
    let scales = LegacyReport()
    let options = try request.options(for: source, scales: scales)
    let recipeOutput = try request.calibration?.recipeOutput.map {
      try TextOutput($0, replacing: request.replaces)
    }
    if request.calibration != nil, !request.isPlanOnly, request.split == .none {
      // Before the long work and not only after it.
      _ = try OutputPlace(output, replacing: request.replaces)
    }
    let calibrated = try request.calibration?.plan(
      source, location, options, isPlanOnly: request.isPlanOnly,
      resumable: request.resumes && !request.isPlanOnly ? output : nil, using: resources)
    var plan = try calibrated?.plan ?? Converter.plan(source, options)
    plan.notes += try ConfigurationAudit.warnings(
      on: plan.model, accepting: request.acceptedKeys)
    plan.notes += StatedSizes.contradictions(in: plan.model)
    if request.projectorOutput != nil {
      plan = plan.joined(by: try Converter.plan(source, request.projectorOptions(options)))
    }
    var writer = OutputWriter(
      plan: plan, source: source, options: options, inputs: [location] + request.files,
      output: output, force: request.replaces, resources: resources,
      activity: request.style == .converter ? "converting" : "quantizing")
    writer.byteOrder = request.isBigEndian ? .big : .little
    switch request.split {
    case .none: writer.split = .none
    case .mirrored: writer.split = .mirrored
    case .limited(let bytes, let tensors):
      // llama.cpp's converter and its splitter count differently.
      switch (request.style, bytes, tensors) {
      case (.quantizer, let bytes?, nil): writer.split = .size(bytes)
      default: writer.split = .converter(bytes: bytes, tensors: tensors)
      }
    }
    writer.companionOutput = request.projectorOutput
    // Blocks that were calibrated have a journal of their own.
    writer.resumes = request.resumes && request.calibration == nil
    writer.scales = scales
    writer.measuring =
      switch request.costs {
      case .none: .none
      case .sampled: .sampled
      case .complete: .complete
      }
    return Conversion(
      writer: writer, parts: try writer.layOut(), calibration: calibrated?.report,
      recipeOutput: recipeOutput)
  }

  /// The model as a checkpoint that transformers loads; `encoding` is F32, F16, BF16, or nil for the
  /// precision that it has.
  ///
  /// With `packing` the integers of blocks are kept, those that the model has or that the request's type
  /// makes.
  package func export(
    _ request: ConversionRequest, encoding: Encoding?, packing: CodePacking? = nil
  ) throws -> CheckpointExport {
    let source = try AdapterInput.merge(request.mergedAdapters, into: model)
    if let packing {
      let options = try request.options(for: source, scales: LegacyReport())
      let plan = try Converter.plan(source, options)
      var blocks = plan.model
      blocks.problems = plan.notes
      blocks.problems += try ConfigurationAudit.warnings(
        on: blocks, accepting: request.acceptedKeys)
      let export = try CheckpointExport(blocks, encoding: encoding, packing: packing)
      if export.codes?.isEmpty == false { return export }
      throw RequestError(
        message: "\(location): no weight is in blocks, so there are no codes to write as "
          + packing.rawValue,
        hint: "--type Q4_0 or --type Q8_0 makes them")
    }
    var request = request
    request.type = nil
    let options = try request.options(for: source, scales: LegacyReport())
    try options.refuseRules(of: "a checkpoint")
    var canonical = try CanonicalModel.make(source, options.canonical)
    canonical.problems += try ConfigurationAudit.warnings(
      on: canonical, accepting: request.acceptedKeys)
    return try CheckpointExport(canonical, encoding: encoding)
  }
}
