internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Layers left out, and the numbers of those that stay.
struct LayerPruning {
  private let pruned: Set<Int>
  private let renumbered: [Int: Int]
  private let layers: [Int]

  /// Looks for layers in the names of a model's tensors.
  init(_ pruned: Set<Int>, _ names: [ByteString]) {
    self.pruned = pruned
    self.layers = Set(names.compactMap { LayerName.layer(of: $0) }).sorted()
    var renumbered: [Int: Int] = [:]
    for layer in layers where !pruned.contains(layer) { renumbered[layer] = renumbered.count }
    self.renumbered = renumbered
  }

  /// The number of layers that stay.
  var keptCount: Int { renumbered.count }

  /// The name of a tensor afterwards; nil where it is left out.
  func name(of name: ByteString) -> ByteString? {
    guard !pruned.isEmpty, let layer = LayerName.layer(of: name) else { return name }
    return renumbered[layer].map { LayerName.renumbered(name, to: $0) }
  }

  /// Shortens arrays that have one element for each layer.
  func apply(to metadata: inout Metadata, _ architecture: ByteString) {
    let prefix = ByteString("\(architecture).")
    for entry in metadata.entries where entry.key.hasPrefix(prefix) {
      guard case .array(let array) = entry.value, array.count == layers.count else { continue }
      let kept = layers.indices.filter { !pruned.contains(layers[$0]) }
      metadata[entry.key] = .array(array.selecting(kept))
    }
  }
}

extension MetadataArray {
  /// The elements at some places.
  func selecting(_ places: [Int]) -> MetadataArray {
    switch self {
    case .uint8(let values): .uint8(places.map { values[$0] })
    case .int8(let values): .int8(places.map { values[$0] })
    case .uint16(let values): .uint16(places.map { values[$0] })
    case .int16(let values): .int16(places.map { values[$0] })
    case .uint32(let values): .uint32(places.map { values[$0] })
    case .int32(let values): .int32(places.map { values[$0] })
    case .uint64(let values): .uint64(places.map { values[$0] })
    case .int64(let values): .int64(places.map { values[$0] })
    case .float32(let values): .float32(places.map { values[$0] })
    case .float64(let values): .float64(places.map { values[$0] })
    case .bool(let values): .bool(places.map { values[$0] })
    case .strings(let values): .strings(places.map { values[$0] })
    case .arrays(let values): .arrays(places.map { values[$0] })
    }
  }
}
