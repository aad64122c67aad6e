internal import WeighbridgeArchitectures

// What a layer needs of the machine: memory, and bytes to read.

extension LayerWeights {
  /// Every matrix that hidden states, or what is made of them, are multiplied with.
  var linears: [Linear] {
    let mixing: [Linear] =
      switch mixer {
      case .attention(let attention): attention.inputs + [attention.output]
      case .latentAttention(let attention):
        [attention.query, attention.latent, attention.output] + attention.keys + attention.values
          + (attention.queryUp.map { [$0] } ?? [])
      case .stateSpace(let space): [space.input, space.selection, space.timeStep, space.output]
      }
    return mixing + (network?.linears ?? [])
  }

  /// Groups and widths of keys and values.
  var attentionShape: (groups: Int, keyWidth: Int, valueWidth: Int)? {
    switch mixer {
    case .attention(let weights):
      let description = weights.description
      return (description.keyValueHeads, description.keyWidth, description.valueWidth)
    case .latentAttention(let weights):
      let description = weights.description
      return (description.heads, description.keyWidth, description.valueWidth)
    case .stateSpace: return nil
    }
  }

  /// Whether a branch cannot be added to the hidden states at once: a norm stands between, or the
  /// other branch still needs them.
  var needsBranch: Bool {
    switch layer.arrangement {
    case .parallel: true
    case .normalizedAfter: false
    case .sequential: afterMixer != nil || afterNetwork != nil
    }
  }

  /// Floats that a token needs while it passes the layer: the widest row, and attention's output.
  var wideColumns: Int {
    let mixing =
      switch mixer {
      case .attention(let attention): attention.wideColumns
      case .latentAttention(let attention): attention.wideColumns
      case .stateSpace(let space): space.wideColumns
      }
    return max(mixing, network?.wideColumns ?? 0)
  }

  /// Columns of the mixer's result before its output projection.
  var mixedColumns: Int {
    switch mixer {
    case .attention(let attention): attention.output.inputs
    case .latentAttention(let attention): attention.output.inputs
    case .stateSpace(let space): space.output.inputs
    }
  }
}

extension NetworkWeights {
  /// All matrices.
  var linears: [Linear] {
    var all = dense?.linears ?? []
    if let experts {
      all += [experts.router] + experts.experts.flatMap { $0.linears }
      all += (experts.shared?.linears ?? []) + (experts.sharedGate.map { [$0] } ?? [])
    }
    return all
  }
}

extension GatedWeights {
  /// All matrices.
  var linears: [Linear] { inputs + [down] }
}

extension Decoder {
  /// Encoded bytes that one walk reads of layers and head.
  var weightBytes: UInt64 {
    let layers = layers.reduce(0) { sum, layer in
      layer.linears.reduce(sum) { $0 + UInt64($1.byteCount) }
    }
    return layers + UInt64(head?.byteCount ?? 0)
  }

  /// Bytes that a worker holds of the largest panel.
  var panelBytes: Int {
    layers.reduce(0) { most, layer in layer.linears.reduce(most) { max($0, $1.panelBytes) } }
  }
}
