import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR

/// Where in a model a tensor is, by its name: GGUF's, or that of a checkpoint.
struct TensorPlace: Hashable {
  /// The layer; nil for a tensor outside the layers.
  let layer: Int?
  /// What it is there: `attn_q.weight`.
  let role: String

  /// The words that a layer's number stands behind: blk.3., model.layers.3., transformer.h.3.
  private static let stacks: Set<Substring> = ["blk", "layers", "layer", "h", "block", "blocks"]

  init(_ name: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    let place = parts.indices.dropLast().first {
      Self.stacks.contains(parts[$0]) && Self.number(parts[$0 + 1]) != nil
    }
    guard let place, place + 2 < parts.count else {
      (layer, role) = (nil, name)
      return
    }
    layer = Self.number(parts[place + 1])
    // Two stacks, those of an encoder and a decoder, are two roles.
    let stack = parts[..<place].joined(separator: ".")
    let isPlain = stack.isEmpty || stack == "model" || stack == "transformer"
    let rest = parts[(place + 2)...].joined(separator: ".")
    role = isPlain ? rest : "\(stack) \(rest)"
  }

  /// A name without what all have at their ends: for pictures.
  static func short(_ name: String) -> String {
    name.hasSuffix(".weight") ? String(name.dropLast(".weight".count)) : name
  }

  private static func number(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } && text.utf8.count < 7 ? Int(text) : nil
  }
}

/// Tensors that are shown as one: how many, how large, in which encodings.
struct TensorGroup: Equatable {
  private(set) var count = 0
  private(set) var elements: UInt64 = 0
  private(set) var bytes: UInt64 = 0
  private(set) var encodings: [String] = []

  /// Adds a tensor.
  mutating func add(_ layout: TensorLayout) {
    count += 1
    elements &+= UInt64(layout.shape.elementCount)
    bytes &+= layout.byteCount
    let name = layout.encoding.name
    if !encodings.contains(name) { encodings.append(name) }
  }

  /// Adds what is in another.
  mutating func add(_ other: TensorGroup) {
    count += other.count
    elements &+= other.elements
    bytes &+= other.bytes
    for name in other.encodings where !encodings.contains(name) { encodings.append(name) }
  }

  /// Bits that a number takes.
  var bits: Double { elements == 0 ? 0 : Double(bytes) * 8 / Double(elements) }

  /// `Q4_K`, or `Q4_K, Q6_K` where there are several.
  var encodingNames: String {
    encodings.count > 3
      ? encodings.prefix(3).joined(separator: ", ") + ", …" : encodings.joined(separator: ", ")
  }
}

/// The tensors of a model by role and layer.
struct TensorMap {
  /// A role with its tensors, by layer.
  struct Role {
    let name: String
    var all = TensorGroup()
    var layers: [Int: TensorGroup] = [:]
  }

  /// In the order in which they appear.
  private(set) var roles: [Role] = []

  init(_ tensors: [Tensor]) {
    var places: [String: Int] = [:]
    for tensor in tensors {
      let place = TensorPlace(tensor.name.text)
      let index = places[place.role] ?? roles.count
      if index == roles.count {
        roles.append(Role(name: place.role))
        places[place.role] = index
      }
      roles[index].all.add(tensor.layout)
      if let layer = place.layer {
        roles[index].layers[layer, default: TensorGroup()].add(tensor.layout)
      }
    }
  }

  /// The numbers of all layers.
  var layers: [Int] { Set(roles.flatMap { $0.layers.keys }).sorted() }

  /// Layers in a row whose tensors are alike, with what one of them takes.
  var spans: [(layers: [Int], group: TensorGroup)] {
    var parts: [Int: [Part]] = [:]
    for (index, role) in roles.enumerated() {
      for (layer, group) in role.layers {
        parts[layer, default: []].append(Part(role: index, group: group))
      }
    }
    var result: [(layers: [Int], group: TensorGroup)] = []
    var before: [Part] = []
    for layer in layers {
      let own = parts[layer] ?? []
      if own == before, let last = result.last?.layers.last, last + 1 == layer {
        result[result.count - 1].layers.append(layer)
        continue
      }
      var group = TensorGroup()
      for part in own { group.add(part.group) }
      result.append(([layer], group))
      before = own
    }
    return result
  }

  /// What a layer has of a role.
  private struct Part: Equatable {
    let role: Int
    let group: TensorGroup
  }
}
