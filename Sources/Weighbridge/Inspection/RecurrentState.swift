internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// What a layer keeps of a text that it reads by a state space, whatever the context: the inputs of its
/// convolution and its state (llama-hparams.cpp, `n_embd_r` and `n_embd_s`), in F32.
struct RecurrentState {
  let byteCount: UInt64

  /// Nil where nothing says that there is one.
  init?(_ inspection: Inspection, width: Int) {
    func number(_ key: ByteString, _ configurationKey: ByteString) -> Int? {
      LayerNumbers(inspection, key, configurationKey)[0]
    }
    guard let kernel = number("ssm.conv_kernel", "conv_kernel"),
      let state = number("ssm.state_size", "state_size"),
      let inner = number("ssm.inner_size", "intermediate_size")
        ?? inspection.configuration?["expand"]?.integer.map({ $0.clamped(width) })
    else { return nil }
    let groups = number("ssm.group_count", "n_groups") ?? 0
    let mixed = MemoryEstimate.product([2, groups, state]) + UInt64(inner)
    let inputs = MemoryEstimate.product([max(0, kernel - 1), Int(clamping: mixed)])
    byteCount = MemoryEstimate.product([
      4, Int(clamping: inputs + MemoryEstimate.product([state, inner])),
    ])
  }
}

extension Int {
  /// A product of two sizes, 0 where that is none.
  fileprivate func clamped(_ other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? 0 : Swift.max(0, product)
  }
}

extension Inspection {
  /// Architectures that read a text at once and keep nothing of it (llama-model.cpp, `create_memory`).
  private static let wholeReaders: Set<String> = [
    "bert", "jina-bert-v2", "jina-bert-v3", "nomic-bert", "nomic-bert-moe", "neo-bert", "eurobert",
    "wavtokenizer-dec", "modern-bert", "gemma-embedding", "dream", "llada", "llada-moe", "rnd1",
  ]

  /// Whether no layer keeps keys and values.
  var keepsNothing: Bool {
    let name =
      described["general.architecture"]?.string?.text
      ?? configuration.flatMap { ArchitectureRegistry.known($0)?.name }
    return name.map { Self.wholeReaders.contains($0) } ?? false
  }
}
