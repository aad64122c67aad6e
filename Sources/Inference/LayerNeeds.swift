internal import WeighbridgeArchitectures

// What a model needs of the machine: memory, and bytes to read.

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
