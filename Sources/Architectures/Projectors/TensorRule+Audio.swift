internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// The layouts that audio towers come in. GGUF's names are those of gguf-py (constants.py, `A_ENC_…`).
extension TensorRule {
  /// Whisper's encoder as transformers names it, below `prefix`: two convolutions, a transformer.
  static func whisper(_ prefix: String) -> [TensorRule] {
    let parts = [
      ("self_attn_layer_norm", "ln1"), ("final_layer_norm", "ln2"), ("fc1", "ffn_up"),
      ("fc2", "ffn_down"), ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
      ("self_attn.v_proj", "attn_v"), ("self_attn.out_proj", "attn_out"),
    ]
    var rules = parts.map { source, target in
      tower("\(prefix)layers.{n}.\(source).{s}", "a.blk.{n}.\(target).{s}")
    }
    for number in 1...2 {
      rules.append(tower("\(prefix)conv\(number).weight", "a.conv1d.\(number).weight"))
      // Added to [frames, channels]: one number for each channel.
      rules.append(tower("\(prefix)conv\(number).bias", "a.conv1d.\(number).bias", .behind))
    }
    rules.append(tower(prefix + "embed_positions.weight", "a.position_embd.weight"))
    rules.append(tower(prefix + "layer_norm.{s}", "a.post_ln.{s}"))
    rules.append(tower(prefix + "ln_post.{s}", "a.post_ln.{s}"))
    return rules
  }

  /// A batch norm whose statistics are fixed, as one product and one sum.
  static func batchNorm(_ source: String, _ target: String) -> [TensorRule] {
    let others = ["bias", "running_mean", "running_var", "num_batches_tracked"]
    return [
      TensorRule(
        source + ".weight",
        outputs: [
          Output(target + ".weight", [.derive(.batchScale(epsilon: 1e-5))]),
          Output(target + ".bias", [.derive(.batchShift(epsilon: 1e-5))]),
        ])
    ] + others.map { unused(source + "." + $0) }
  }
}

extension TensorChange {
  /// A convolution of one channel each without the dimension of that channel: [channels, 1, width].
  static let depthwise = shaped { $0.count == 3 && $0[1] == 1 ? [$0[0], $0[2]] : $0 }

  /// One more dimension, of one element, behind the last.
  static let behind = shaped { $0 + [1] }
}

extension HyperparameterRule {
  /// The number of frequencies that sound is taken apart into.
  static func melBins(_ name: ByteString = "num_mel_bins") -> HyperparameterRule {
    tower("clip.audio.num_mel_bins", .audio, name)
  }

  /// The epsilon of the audio tower's norms.
  static func audioEpsilon(
    _ name: ByteString = "layer_norm_eps", otherwise: Double = 1e-5
  ) -> HyperparameterRule {
    towerNumber("clip.audio.attention.layer_norm_epsilon", .audio, name, otherwise: otherwise)
  }

  /// How many frames become one.
  static func stackFactor(_ name: ByteString, otherwise: Int? = nil) -> HyperparameterRule {
    .count("clip.audio.projector.stack_factor") { (configuration) throws(ModelError) in
      guard let value = configuration.whole(name) else {
        guard let otherwise else {
          throw ModelError(.missingMetadata, "config.json", "'\(name)' is missing")
        }
        return otherwise
      }
      return try Configuration.count(value, [name])
    }
  }
}
