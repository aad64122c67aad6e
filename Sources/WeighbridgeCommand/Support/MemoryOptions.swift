import ArgumentParser
import Weighbridge
import WeighbridgeReports

/// How a model is to be run: options of `inspect`.
struct MemoryOptions: ParsableArguments {
  @Option(
    name: .customLong("memory-for"),
    help: ArgumentHelp("Estimate the memory to run with a context: 8192, 8k.", valueName: "tokens"))
  var context: TokenCount?

  @Option(
    help: ArgumentHelp(
      "How keys and values are kept: F16, Q8_0, Q4_0, … (default: F16).",
      valueName: "type"), completion: .list(MemoryRequest.cacheTypes))
  var cacheType: String?

  @Option(
    help: ArgumentHelp("How keys are kept, if otherwise.", valueName: "type"),
    completion: .list(MemoryRequest.cacheTypes))
  var cacheTypeK: String?

  @Option(
    help: ArgumentHelp("How values are kept, if otherwise.", valueName: "type"),
    completion: .list(MemoryRequest.cacheTypes))
  var cacheTypeV: String?

  @Option(help: ArgumentHelp("Tokens that are computed at once (default: 512).", valueName: "n"))
  var batch: Int?

  @Option(
    help: ArgumentHelp(
      "Layers on a GPU, the output counted as one; says what lies where.", valueName: "n"))
  var gpuLayers: Int?

  @Option(
    help: ArgumentHelp(
      "Fail (exit status 1) where it does not fit: 24GB; with --gpu-layers, the GPU's memory.",
      valueName: "size"))
  var fits: ByteSize?

  func validate() throws {
    let others =
      cacheType != nil || cacheTypeK != nil || cacheTypeV != nil || batch != nil
      || gpuLayers != nil || fits != nil
    if context == nil, others {
      throw ValidationError("an estimate of memory needs a context: --memory-for 8k")
    }
    if let batch, !(1...(1 << 20)).contains(batch) {
      throw ValidationError("--batch takes a number from 1 to \(1 << 20), not \(batch)")
    }
    if let gpuLayers, gpuLayers < 0 {
      throw ValidationError("--gpu-layers takes a number from 0, not \(gpuLayers)")
    }
  }

  /// The estimate; nil where none was asked for.
  func estimate(_ model: OpenedModel) throws -> MemoryEstimate? {
    guard let context else { return nil }
    var request = MemoryRequest(context: context.tokens)
    request.keyType = cacheTypeK ?? cacheType ?? request.keyType
    request.valueType = cacheTypeV ?? cacheType ?? request.valueType
    request.batch = batch ?? request.batch
    request.gpuLayers = gpuLayers
    let estimate = try model.memory(for: request)
    if let trained = estimate.trainedContext, context.tokens > trained {
      let warning = Diagnostic(
        .warning, "long-window", at: "--memory-for",
        "a context of \(context.tokens) tokens is longer than the \(trained) that the model was "
          + "trained for")
      Console.report([warning], .normal)
    }
    return estimate
  }

  /// Fails where the model does not fit.
  func check(_ estimate: MemoryEstimate) throws {
    guard let fits else { return }
    let needed = estimate.gpuTotal ?? estimate.total
    let (own, limit) = (NumberFormat.bytes(needed), NumberFormat.bytes(fits.bytes))
    guard needed > fits.bytes else {
      return Console.note("it fits: \(own) of \(limit)", .normal)
    }
    throw CheckFailure(
      message: "it does not fit: \(own), more than \(limit)",
      hint: "a smaller --memory-for, --cache-type q8_0, fewer --gpu-layers, or a smaller type")
  }
}

extension MemoryEstimate {
  /// The parts with their labels.
  var parts: [(String, UInt64)] {
    let types =
      request.keyType == request.valueType
      ? request.keyType : "\(request.keyType)/\(request.valueType)"
    let sliding = slidingLayers > 0 ? ", \(slidingLayers) sliding layers" : ""
    return [
      ("weights", weights), ("keys and values, \(types)\(sliding)", keysAndValues),
      ("activations of \(min(request.batch, context)) tokens", activations),
    ]
  }
}

/// A number of tokens: `8192`, `8k`.
struct TokenCount: ExpressibleByArgument {
  let tokens: Int

  init?(argument: String) {
    let isThousands = argument.lowercased().hasSuffix("k")
    guard let number = Int(isThousands ? String(argument.dropLast()) : argument), number > 0,
      number <= 1 << 32
    else { return nil }
    tokens = isThousands ? number * 1024 : number
  }
}
