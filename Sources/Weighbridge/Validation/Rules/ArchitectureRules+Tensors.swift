internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

extension ArchitectureRules {
  /// Hyperparameters against shapes; `network` finds more where the architecture is known.
  static func shapes(_ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel else { return [] }
    let keys = context.keys
    var findings: [Finding] = []
    func expect(_ name: String, _ place: Int, _ size: Int?, _ key: ByteString) {
      guard let size, let found = context.sizes(name), place < found.count, found[place] != size
      else { return }
      findings.append(
        Finding(
          .tensorShape, at: name,
          "ggml's shape \(found) has \(found[place]) where \(keys.key(key)) says \(size)"))
    }
    let width = keys.integer("embedding_length")
    expect("token_embd.weight", 0, width, "embedding_length")
    expect("output.weight", 0, width, "embedding_length")
    expect("output_norm.weight", 0, width, "embedding_length")
    for layer in context.layers.sorted() {
      expect("blk.\(layer).attn_norm.weight", 0, width, "embedding_length")
      expect(
        "blk.\(layer).ffn_up.weight", 1,
        keys.integer("feed_forward_length", layer: layer)
          .flatMap { context.sizes("blk.\(layer).ffn_gate.weight") == nil ? nil : $0 },
        "feed_forward_length")
      if !findings.isEmpty { break }
    }
    if let experts = keys.integer("expert_count"), experts > 0 {
      for layer in context.layers.sorted() {
        expect("blk.\(layer).ffn_up_exps.weight", 2, experts, "expert_count")
        expect("blk.\(layer).ffn_gate_inp.weight", 1, experts, "expert_count")
        if !findings.isEmpty { break }
      }
    }
    return findings
  }

  /// Tensors of a name that no model has.
  static func unexpected(_ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel, !context.tensors.isEmpty,
      let own = ArchitectureRegistry.all.first(where: {
        $0.name == context.keys.name && $0.converts
      })
    else { return [] }
    let families = ArchitectureRegistry.all.filter { $0.name == own.name }
    let patterns = families.flatMap { $0.tensors.flatMap { $0.outputs.map(\.name) } }
    let generated = Set(families.flatMap { $0.generated.map { ByteString($0.name) } })
    let strangers = context.tensors.keys.filter { name in
      let parts = NamePattern.split(name)
      return !generated.contains(name) && !isCommon(name)
        && !patterns.contains { $0.match(parts) != nil }
    }
    guard let first = strangers.min() else { return [] }
    let kinds = NamePattern.grouped(strangers.sorted())
    return [
      Finding(
        .tensorUnexpected, at: first.text,
        "\(strangers.count) tensors have names that '\(own.name)' does not have: "
          + kinds.prefix(4).map { "'\($0)'" }.joined(separator: ", ")
          + (kinds.count > 4 ? " and \(kinds.count - 4) more kinds" : ""))
    ]
  }

  /// Names that any architecture may have: factors of positions, heads of classifiers, scales, and
  /// biases, which llama.cpp looks for at most matrices.
  private static func isCommon(_ name: ByteString) -> Bool {
    for prefix: ByteString in [
      "rope_f", "cls", "mm.", "v.", "a.", "output", "token_embd", "token_types", "position_embd",
      "dense_", "nextn.", "control_vector",
    ] where name.hasPrefix(prefix) { return true }
    for suffix: ByteString in [
      ".scale", ".input_scale", ".bias", ".lora_a", ".lora_b", "attn_rot_embd", "_norm.weight",
      "ffn_gate_inp.weight", "_exps.weight", "_shexp.weight",
    ] where name.hasSuffix(suffix) { return true }
    return name.bytes.firstRange(of: Array(".nextn.".utf8)) != nil
      || name.bytes.firstRange(of: Array("rope_f".utf8)) != nil
  }

  /// Kinds of tensors that all layers but a few have.
  static func uneven(_ context: ValidationContext) -> [Finding] {
    let layers = context.layers
    // Where the architecture is known, `network` asks for each tensor; some leave one out on purpose.
    guard context.isLanguageModel, layers.count > 7,
      ArchitectureRegistry.traits(of: context.keys.name) == nil
    else { return [] }
    var owners: [ByteString: Set<Int>] = [:]
    for name in context.tensors.keys {
      guard let layer = ValidationContext.layer(name),
        let dot = name.bytes.dropFirst(4).firstIndex(of: UInt8(ascii: "."))
      else { continue }
      owners[ByteString(Array(name.bytes[(dot + 1)...])), default: []].insert(layer)
    }
    // Layers that lack many kinds are of another make: dense before experts, or state spaces.
    var findings: [Finding] = []
    for (kind, found) in owners.sorted(by: { $0.key < $1.key }) {
      let missing = layers.subtracting(found)
      guard !missing.isEmpty, missing.count * 8 <= layers.count || missing.count == 1 else {
        continue
      }
      for layer in missing.sorted() {
        let lacks = owners.filter { !$0.value.contains(layer) && $0.value.count > layers.count / 2 }
        let owns = owners.filter { $0.value.contains(layer) && $0.value.count <= layers.count / 2 }
        guard lacks.count == 1, owns.isEmpty else { continue }
        findings.append(
          Finding(
            .tensorUneven, at: "blk.\(layer).\(kind)",
            "\(found.count) of \(layers.count) layers have such a tensor, and this one has not"))
      }
    }
    return findings
  }

  /// `general.file_type` and `general.quantization_version`.
  static func quantization(_ context: ValidationContext) -> [Finding] {
    guard context.isGGUF, context.isLanguageModel, !context.tensors.isEmpty else { return [] }
    var findings: [Finding] = []
    let encodings = context.opened.tensors.map(\.layout.encoding)
    let isQuantized = encodings.contains { $0.isBlocked }
    if isQuantized, context.metadata["general.quantization_version"] == nil {
      findings.append(
        Finding(
          .quantizationVersion, at: "general.quantization_version", "it is missing",
          repair: .set("general.quantization_version", .uint32(2))))
    }
    guard let type = context.metadata["general.file_type"]?.integer,
      let named = RecipeRegistry.all.first(where: { Int($0.fileType) == type & 1023 })
    else { return findings }
    let matrices = context.opened.tensors.filter { $0.layout.shape.dimensions.count > 1 }
    let total = matrices.reduce(0) { $0 &+ UInt64($1.layout.shape.elementCount) }
    var shares: [Encoding: UInt64] = [:]
    for tensor in matrices {
      shares[tensor.layout.encoding, default: 0] &+= UInt64(tensor.layout.shape.elementCount)
    }
    // A recipe mixes encodings, so only a file in which none is the recipe's own contradicts it.
    // Rows that do not hold its blocks have what takes their place.
    let isIn = [named.base, named.output].contains { encoding in
      sequence(first: encoding, next: \.fallback).prefix(4).contains { shares.keys.contains($0) }
    }
    guard total > 0, !isIn, let main = shares.max(by: { $0.value < $1.value })?.key else {
      return findings
    }
    let better = RecipeRegistry.all.first { $0.base == main && $0.name == main.name }
    findings.append(
      Finding(
        .fileType, at: "general.file_type",
        "\(type) is \(named.name), and most of the matrices are \(main.name)",
        repair: better.map { .set("general.file_type", .uint32($0.fileType)) }))
    return findings
  }
}
