internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Layers left out, and the numbers of those that stay.
///
/// As llama.cpp's `remap_layer` (`llama-quant.cpp`), a layer is `blk.N.` anywhere in a name, so that the
/// stacks of an encoder and a decoder lose the same numbers.
struct LayerPruning {
  private let pruned: Set<Int>
  /// By what stands before `blk.`: the layers of one stack, in order.
  private let stacks: [ByteString: [Int]]

  /// Looks for layers in the names of a model's tensors; throws where one of those to leave out is not
  /// there, or none would stay.
  init(_ pruned: Set<Int>, _ names: [ByteString]) throws(ModelError) {
    self.pruned = pruned
    guard !pruned.isEmpty else {
      stacks = [:]
      return
    }
    var found: [ByteString: Set<Int>] = [:]
    for name in names {
      if let part = Self.part(of: name) { found[part.stack, default: []].insert(part.layer) }
    }
    stacks = found.mapValues { $0.sorted() }
    let all = Set(found.values.joined())
    func refuse(_ message: String) -> ModelError {
      ModelError(.invalidRequest, "--prune-layers", message)
    }
    guard let last = all.max() else {
      throw refuse("no tensor of this model belongs to a layer by its name (blk.N.)")
    }
    if let stranger = pruned.subtracting(all).min() {
      throw refuse("there is no layer \(stranger): the model's layers are 0 to \(last)")
    }
    if found.values.contains(where: { $0.isSubset(of: pruned) }) {
      throw refuse("no layer would stay")
    }
  }

  private struct Part {
    let stack: ByteString
    let layer: Int
    /// Where the number stands.
    let digits: Range<Int>
  }

  private static func part(of name: ByteString) -> Part? {
    let bytes = name.bytes
    let mark = Array("blk.".utf8)
    guard bytes.count > mark.count else { return nil }
    for start in 0..<bytes.count - mark.count where bytes[start...].starts(with: mark) {
      guard start == 0 || bytes[start - 1] == 0x2E else { continue }
      let digits = bytes[(start + 4)...].prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty, digits.count <= 6, digits.endIndex < bytes.count,
        bytes[digits.endIndex] == 0x2E, let layer = Int(String(decoding: digits, as: UTF8.self))
      else { continue }
      return Part(
        stack: ByteString(Array(bytes[..<start])), layer: layer,
        digits: digits.startIndex..<digits.endIndex)
    }
    return nil
  }

  /// The name of a tensor afterwards; nil where it is left out.
  func name(of name: ByteString) -> ByteString? {
    guard !pruned.isEmpty, let part = Self.part(of: name) else { return name }
    guard !pruned.contains(part.layer), let layers = stacks[part.stack] else { return nil }
    let number = layers.prefix { $0 < part.layer }.count { !pruned.contains($0) }
    var bytes = name.bytes
    bytes.replaceSubrange(part.digits, with: Array("\(number)".utf8))
    return ByteString(bytes)
  }

  /// Keys for the number of layers, with what stays of each stack.
  func counts(_ architecture: ByteString) -> [(key: ByteString, count: Int)] {
    let keys: [(stack: ByteString, key: ByteString)] = [
      ("", "\(architecture).block_count"), ("enc.", "\(architecture).block_count"),
      ("dec.", "\(architecture).decoder_block_count"), ("v.", "clip.vision.block_count"),
      ("a.", "clip.audio.block_count"),
    ]
    return keys.compactMap { stack, key in
      stacks[stack].map { (key, $0.count { !pruned.contains($0) }) }
    }
  }

  /// Keys whose arrays have one element a layer (llama.cpp's `get_key_or_arr` and `get_arr` with the
  /// number of layers), without the architecture.
  private static let perLayer: Set<ByteString> = [
    "attention.head_count", "attention.head_count_kv", "feed_forward_length",
    "expert_feed_forward_length", "expert_used_count", "attention.sliding_window_pattern",
    "attention.recurrent_layers", "attention.compress_ratios", "attention.indexer.types",
    "attention.rope_pattern", "swiglu_clamp_exp", "swiglu_clamp_shexp", "xielu.alpha_n",
    "xielu.alpha_p", "xielu.beta", "xielu.eps", "activation_sparsity_scale",
  ]

  /// Arrays of as many elements as layers that are about something else.
  private static let unrelated: Set<ByteString> = [
    "rope.dimension_sections", "classifier.output_labels", "target_layers", "deepstack_mapping",
  ]

  /// Shortens arrays that have one element for each layer; says which others might.
  func apply(to metadata: inout Metadata, _ architecture: ByteString) -> [Diagnostic] {
    guard let layers = stacks[""] ?? stacks["enc."] ?? stacks.values.first else { return [] }
    let prefix = ByteString("\(architecture).")
    var notes: [Diagnostic] = []
    for entry in metadata.entries where entry.key.hasPrefix(prefix) {
      guard case .array(let array) = entry.value, array.count == layers.count else { continue }
      let key = ByteString(Array(entry.key.bytes.dropFirst(prefix.count)))
      if Self.perLayer.contains(key) {
        let kept = layers.indices.filter { !pruned.contains(layers[$0]) }
        metadata[entry.key] = .array(array.selecting(kept))
      } else if !Self.unrelated.contains(key) {
        notes.append(
          Diagnostic(
            .warning, "array-kept", at: entry.key.text,
            "it has as many elements as the model has layers, but is not known to have one for each; it "
              + "stays as it is"))
      }
    }
    return notes
  }
}
