internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Nanbeige 4: Llama, whose layers are run through several times.
  package static let nanbeige = Architecture(
    name: "nanbeige", configurationNames: ["NanbeigeForCausalLM"], defaults: llama.defaults,
    hyperparameters: llama.hyperparameters + [
      .count("{arch}.num_loops") { (configuration) throws(ModelError) in
        max(1, try configuration.optionalCount("num_loops") ?? 1)
      },
      .flag("{arch}.skip_loop_final_norm", "skip_loop_final_norm", otherwise: false),
    ], tensors: llama.tensors, generated: llama.generated, closing: llama.closing,
    vocabulary: llama.vocabulary)
}
