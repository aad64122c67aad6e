internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension TensorNames {
  /// Layers behind the last one under a name of their own, `mtp.layers.0`, as layers of the network.
  static let nextTokenBlocks: @Sendable (ByteString, Configuration?) -> ByteString = {
    (name, configuration) in
    guard let layers = try? configuration?.layerCount() else { return name }
    var parts = NamePattern.split(name)
    if parts.first == "model", parts.dropFirst().first == "mtp" { parts.removeFirst() }
    guard parts.first == "mtp", parts.count > 2 else { return name }
    let others: [ByteString: String] = [
      "fc": "eh_proj", "pre_fc_norm_embedding": "enorm", "pre_fc_norm_hidden": "hnorm",
      "norm": "shared_head.norm",
    ]
    var place = "model.layers.\(layers)"
    if let other = others[parts[1]] {
      place += ".\(other)"
      parts.removeFirst(2)
    } else if parts[1] == "layers", let number = Int(parts[2].text), number < 1 << 16 {
      place = "model.layers.\(layers + number)"
      parts.removeFirst(3)
    } else {
      return name
    }
    return ByteString(place + parts.map { "." + $0.text }.joined())
  }
}
