internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// A scheme in which a checkpoint holds the integers of GGML's blocks.
package enum CodePacking: String, CaseIterable, Sendable {
  /// compressed-tensors' `pack-quantized`: integers with a scale, and integer zero points.
  case compressedTensors = "compressed-tensors"
  /// MLX's affine form: integers with a scale and a bias.
  case mlx
}

/// A checkpoint's tensors with the integers of blocks in a scheme's own form.
struct PackedCheckpoint {
  /// The tensors under the scheme's names.
  private(set) var tensors: [Tensor] = []
  /// What became of the codes.
  private(set) var summary = CodeSummary()
  /// Modules and their bits, and whether they have zero points, in the order of the tensors.
  private var modules: [(name: String, bits: Int, isSymmetric: Bool)] = []
  private let packing: CodePacking

  /// Packs what is in blocks, but for the names of `stayPlain`, which become `encoding`; plain numbers stay
  /// as they are.
  init(
    _ source: [Tensor], _ packing: CodePacking, stayPlain: Set<ByteString>, _ encoding: Encoding
  ) throws(ModelError) {
    self.packing = packing
    for tensor in source {
      let isBlocked = tensor.layout.encoding.elementsPerBlock > 1
      do {
        if isBlocked, !stayPlain.contains(tensor.name), try pack(tensor) { continue }
      } catch { throw ModelError(.invalidMetadata, error.source, error.message) }
      // Numbers of blocks lie on a grid, which is found again on the way back.
      tensors.append(
        isBlocked ? try Reencoding.apply(encoding, to: tensor, clamps: false) : tensor)
    }
  }

  /// Adds the parts of a weight; false where it cannot be packed.
  private mutating func pack(_ tensor: Tensor) throws(FormatError) -> Bool {
    guard tensor.name.hasSuffix(".weight"), tensor.layout.shape.dimensions.count == 2,
      tensor.layout.rowLength % 32 == 0, tensor.layout.rowLength > 0
    else { return false }
    let module = ByteString(Array(tensor.name.bytes.dropLast(".weight".utf8.count)))
    var payload = tensor.payload
    var reason: String?
    if let fields = BlockFields.of(payload.layout.encoding) {
      if packing == .compressedTensors, try !fields.hasZeros(payload) {
        reason = "minimums of \(fields.encoding) are no multiples of their scales"
      }
    } else {
      reason = "\(payload.layout.encoding) has scales of more than one kind"
    }
    if reason != nil {
      guard
        let anew = ReencodedPayload(
          payload.beforeRewriting, to: .q8_0, named: tensor.name, importance: nil, clamps: false,
          .ignored)
      else { return false }
      payload = anew
    }
    let parts =
      packing == .mlx ? affine(payload, module) : packed(payload, module)
    guard let parts else { return false }
    tensors += parts
    count(tensor, payload.layout.encoding, reason)
    return true
  }

  private mutating func count(_ tensor: Tensor, _ encoding: Encoding, _ reason: String?) {
    let codes = UInt64(tensor.layout.shape.elementCount)
    guard let reason else {
      summary.exact.tensors += 1
      summary.exact.codes &+= codes
      return
    }
    summary.requantized.tensors += 1
    summary.requantized.codes &+= codes
    let line = "\(encoding): \(reason)"
    if !summary.reasons.contains(line) { summary.reasons.append(line) }
  }

  private func part(
    _ module: ByteString, _ suffix: String, _ payload: (any TensorPayload)?
  ) -> Tensor? {
    payload.map {
      Tensor(name: ByteString(module.bytes + Array(".\(suffix)".utf8)), payload: $0)
    }
  }

  /// `weight_packed`, `weight_scale`, `weight_shape`, and `weight_zero_point` where zero points differ.
  private mutating func packed(
    _ payload: any TensorPayload, _ module: ByteString
  ) -> [Tensor]? {
    guard let fields = BlockFields.of(payload.layout.encoding) else { return nil }
    // Five bits share bytes in no two programs alike: a byte each holds them as well.
    let isWide = fields.bits > 4
    let isSymmetric = isWide || fields.center != nil
    let dimensions = payload.layout.shape.dimensions
    let shape = dimensions.flatMap { length in
      (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    }
    guard let pair = TensorShape([2]), let layout = TensorLayout(pair, .i64),
      let codes = part(
        module, "weight_packed",
        BlockFieldPayload(payload, isWide ? .centered : .codes(bits: 4), as: .i32)),
      let scales = part(module, "weight_scale", BlockFieldPayload(payload, .scale, as: .f16)),
      let size = part(module, "weight_shape", MemoryPayload(layout, shape))
    else { return nil }
    modules.append((module.text, isWide ? 8 : 4, isSymmetric))
    guard !isSymmetric else { return [codes, scales, size] }
    let zeros = part(
      module, "weight_zero_point", BlockFieldPayload(payload, .zeros, as: .i32))
    return zeros.map { [codes, scales, size, $0] }
  }

  /// `weight`, `scales` and `biases`.
  private mutating func affine(
    _ payload: any TensorPayload, _ module: ByteString
  ) -> [Tensor]? {
    guard let fields = BlockFields.of(payload.layout.encoding),
      let codes = part(
        module, "weight", BlockFieldPayload(payload, .codes(bits: fields.bits), as: .u32)),
      let scales = part(module, "scales", BlockFieldPayload(payload, .scale, as: .f16)),
      let biases = part(module, "biases", BlockFieldPayload(payload, .minimum, as: .f16))
    else { return nil }
    modules.append((module.text, fields.bits, false))
    return [codes, scales, biases]
  }

  // MARK: config.json

  /// What `config.json` says of the scheme; nothing where no tensor is packed.
  func settings(ignoring plain: [String]) -> [(key: ByteString, value: JSONValue)] {
    guard !modules.isEmpty else { return [] }
    switch packing {
    case .compressedTensors: return [("quantization_config", groups(plain))]
    case .mlx:
      return [("quantization", affineSettings), ("quantization_config", affineSettings)]
    }
  }

  private func groups(_ plain: [String]) -> JSONValue {
    var groups = JSONObject()
    let kinds: [(bits: Int, isSymmetric: Bool)] = [(4, true), (4, false), (8, true)]
    for kind in kinds {
      let names = modules.filter { $0.bits == kind.bits && $0.isSymmetric == kind.isSymmetric }
      guard !names.isEmpty else { continue }
      let weights: JSONValue = [
        "num_bits": .integer(kind.bits), "type": "int", "symmetric": .bool(kind.isSymmetric),
        "strategy": "group", "group_size": 32, "dynamic": false,
      ]
      groups[ByteString("group_\(groups.count)")] = [
        "targets": .array(names.map { JSONValue($0.name) }), "weights": weights,
        "input_activations": .null, "output_activations": .null, "format": "pack-quantized",
      ]
    }
    return [
      "quant_method": "compressed-tensors", "format": "pack-quantized",
      "quantization_status": "compressed", "config_groups": .object(groups),
      "ignore": .array(plain.map { JSONValue($0) }), "kv_cache_scheme": .null,
      "global_compression_ratio": .null,
    ]
  }

  private var affineSettings: JSONValue {
    var bits: [Int: Int] = [:]
    for module in modules { bits[module.bits, default: 0] += 1 }
    let usual = bits.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? 4
    var object = JSONObject()
    object["group_size"] = 32
    object["bits"] = .integer(usual)
    object["mode"] = "affine"
    for module in modules where module.bits != usual {
      object[ByteString(module.name)] = ["group_size": 32, "bits": .integer(module.bits)]
    }
    return .object(object)
  }
}
