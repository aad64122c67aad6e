internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// The integers and four-bit floats of compressed-tensors.
///
/// That is `pack-quantized`, `int-quantized`, `nvfp4-pack-quantized` and `mxfp4-pack-quantized`; its
/// eight-bit floats are those of `FP8`.
package enum CompressedTensors: QuantizedSource {
  /// What to call it.
  package static let name = "compressed-tensors"

  private static let formats = [
    "pack-quantized", "int-quantized", "nvfp4-pack-quantized", "mxfp4-pack-quantized",
  ]
  private static let parts = [
    "weight_scale", "weight_zero_point", "weight_shape", "weight_g_idx", "weight_global_scale",
    "input_scale", "input_zero_point", "input_global_scale", "output_scale", "output_zero_point",
  ]
  /// The numbers of four bits: a sign, two bits of exponent, one of mantissa.
  private static let fourBits: [Float] = {
    let magnitudes: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6]
    let all = magnitudes + magnitudes.map { -$0 }
    return (0..<256).map { all[$0 % 16] }
  }()

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool {
    guard scheme["quant_method"]?.text == "compressed-tensors", let format = format(scheme) else {
      return false
    }
    let count = weights(scheme).count
    return formats.contains(format) && (count == 1 || (count > 1 && format == "pack-quantized"))
  }

  private static func format(_ scheme: JSONValue) -> String? { scheme["format"]?.text }

  /// What the groups of layers say of their weights; of packed ones the shapes say more.
  private static func weights(_ scheme: JSONValue) -> [JSONValue] {
    var found: [JSONValue] = []
    for member in scheme["config_groups"]?.object?.members ?? [] {
      if let weights = member.value["weights"], !found.contains(weights) { found.append(weights) }
    }
    return found
  }

  /// Codes times scales; see `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    let packed = PackedParts(model)
    guard let weights = weights(scheme).first, let bits = weights["num_bits"]?.integer,
      (1...8).contains(bits)
    else {
      throw ModelError(
        .unsupportedEncoding, "config.json", "config_groups do not say how many bits weights have")
    }
    let size = weights["group_size"]?.integer ?? -1
    switch format(scheme) {
    case "int-quantized"?:
      return try integers(packed, size)
    case "nvfp4-pack-quantized"?:
      return try packed.plain(endingIn: "weight_packed", parts: parts) {
        (stem, tensor) throws(ModelError) in
        let global = try packed.floats(packed.required(stem, "weight_global_scale"), 1...1)
        guard let divisor = global.first, let codes = nibbles(tensor) else { return nil }
        let scales = try packed.required(stem, "weight_scale").payload
        let plain = GroupedPayload(
          codes, .outputs, .table(fourBits), scales: scales, dividedBy: divisor,
          .size(max(1, size)))
        // GGML has them in blocks of 64; its factor multiplies.
        guard size == 16 else { return plain }
        return NVFP4Payload(
          codes: tensor.payload, scales: scales, factor: 1 / divisor, plain: plain) ?? plain
      }
    case "mxfp4-pack-quantized"?:
      return try packed.plain(endingIn: "weight_packed", parts: parts) {
        (stem, tensor) throws(ModelError) in
        let scales = try packed.required(stem, "weight_scale")
        let dimensions = tensor.layout.shape.dimensions
        guard let width = dimensions.last, size == 32 || size <= 0 else { return nil }
        return MicroscaledPayload(
          codes: tensor.payload, exponents: scales.payload,
          shape: dimensions.dropLast() + [CodeTable.count(width, times: 2)])
      }
    default: return try packedIntegers(packed, bits, size)
    }
  }

  /// Four bits for each, two in a byte.
  private static func nibbles(_ tensor: Tensor) -> CodeTable? {
    guard tensor.layout.encoding == .u8 else { return nil }
    return CodeTable(
      tensor, bits: 4, .columns, rows: tensor.layout.rowCount,
      columns: CodeTable.count(tensor.layout.rowLength, times: 2))
  }

  /// Bytes with a sign under the weight's own name.
  private static func integers(
    _ packed: PackedParts, _ size: Int
  ) throws(ModelError) -> [Tensor] {
    try packed.plain(
      endingIn: "weight_scale", parts: parts.filter { $0 != "weight_scale" } + ["weight"]
    ) { (stem, scale) throws(ModelError) in
      let tensor = try packed.required(stem, "weight")
      let layout = tensor.layout
      guard layout.encoding == .i8 else { return nil }
      guard let zeros = packed[stem, "weight_zero_point"] else {
        if scale.layout.rowCount == layout.rowCount, scale.layout.shape.dimensions.count == 2,
          let codes = CodeTable(
            tensor, bits: 8, .signedBytes, rows: layout.rowCount, columns: layout.rowLength)
        {
          return GroupedPayload(
            codes, .outputs, .difference(0), scales: scale.payload,
            .size(size > 0 ? size : max(1, layout.rowLength)))
        }
        // The scale may be for the whole, a row or a group, as with floats of eight bits.
        return ScaledPayload(
          tensor.payload, scale: scale.payload, block: size > 0 ? (1, size) : nil)
      }
      guard
        let codes = CodeTable(
          tensor, bits: 8, .signedBytes, rows: layout.rowCount, columns: layout.rowLength),
        let points = CodeTable(
          zeros, bits: 8, .signedBytes, rows: zeros.layout.rowCount,
          columns: zeros.layout.rowLength)
      else { return nil }
      return GroupedPayload(
        codes, .outputs, .zeros(points, offset: 0), scales: scale.payload,
        .size(size > 0 ? size : max(1, layout.rowLength)))
    }
  }

  /// Words of 32 bits, moved up by half their range so that they have no sign.
  private static func packedIntegers(
    _ packed: PackedParts, _ bits: Int, _ size: Int
  ) throws(ModelError) -> [Tensor] {
    try packed.plain(endingIn: "weight_packed", parts: parts) { (stem, tensor) throws(ModelError) in
      let scales = try packed.required(stem, "weight_scale")
      let rows = tensor.layout.rowCount
      var columns = CodeTable.count(tensor.layout.rowLength, times: 32) / bits
      var bits = bits
      if let shape = packed[stem, "weight_shape"] {
        guard let inputs = try packed.floats(shape, 1...8).last.flatMap({ Int(exactly: $0) }),
          inputs > 0, inputs < 1 << 32
        else { return nil }
        columns = inputs
        // Layers may differ: as many words as a row has, so many bits a code has.
        let found = (1...8).filter { (inputs * $0 + 31) / 32 == tensor.layout.rowLength }
        bits = found.contains(bits) ? bits : found.first ?? bits
      }
      guard tensor.layout.encoding == .i32,
        let codes = CodeTable(tensor, bits: bits, .columns, rows: rows, columns: columns)
      else { return nil }
      var meaning = GroupedPayload.Meaning.difference(1 << Int32(bits - 1))
      if let zeros = packed[stem, "weight_zero_point"] {
        guard
          let points = CodeTable(
            zeros, bits: bits, .rows, rows: rows, columns: zeros.layout.rowLength)
        else { return nil }
        meaning = .zeros(points, offset: 0)
      }
      var groups = GroupedPayload.Groups.size(
        Self.groupSize(size, inputs: columns, count: scales.layout.shape.rowLength))
      if let listed = packed[stem, "weight_g_idx"] { groups = .listed(try packed.integers(listed)) }
      return GroupedPayload(codes, .outputs, meaning, scales: scales.payload, groups)
    }
  }

  /// Inputs that share a scale: what is said, unless there are other numbers of scales.
  private static func groupSize(_ size: Int, inputs: Int, count: Int) -> Int {
    if size > 0, (inputs - 1) / size + 1 == count { return size }
    return count > 0 && inputs % count == 0 ? inputs / count : max(1, inputs)
  }
}
