internal import WeighbridgeConversion
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// How a model is to be run, for an estimate of its memory.
public struct MemoryRequest: Hashable, Sendable {
  /// Positions that are kept, in tokens: the context.
  public var context: Int
  /// How keys are kept: one of ``cacheTypes``, in any case.
  public var keyType = "F16"
  /// How values are kept: one of ``cacheTypes``, in any case.
  public var valueType = "F16"
  /// Tokens that are computed at once (llama.cpp's `--ubatch-size`).
  public var batch = 512
  /// Layers on the GPU, the output counted as one; nil where all memory is the same.
  public var gpuLayers: Int?

  /// A context of so many tokens, with everything else as llama.cpp has it.
  public init(context: Int) { self.context = context }

  /// What llama.cpp takes for a cache (common/arg.cpp, `kv_cache_types`).
  public static let cacheTypes = [
    "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "IQ4_NL", "Q5_0", "Q5_1",
  ]

  /// The encoding of a cache that a name means.
  static func encoding(_ name: String) throws(ModelError) -> Encoding {
    guard let encoding = Encoding.meant(by: name), cacheTypes.contains(encoding.name) else {
      throw ModelError(
        .invalidRequest, "the cache", "'\(name)' is no type of a cache",
        hint: "those are \(cacheTypes.joined(separator: ", "))")
    }
    return encoding
  }
}
