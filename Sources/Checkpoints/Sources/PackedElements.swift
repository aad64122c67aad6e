internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// How many weights the tensors of a quantized checkpoint stand for, by names and shapes alone.
///
/// Codes share words with their neighbours, and scales, zero points and tables are no weights: counting
/// the elements of the tensors counts neither.
package struct PackedElements {
  private let names: Set<ByteString>
  /// Elements of the tensors that tell how many inputs or groups there are.
  private let lists: [ByteString: Int]
  private let bits: Int
  /// Inputs that share a scale.
  private let group: Int

  /// Endings of the tensors that hold the weights; the first that is there has them.
  private static let weights = ["qweight", "weight_packed", "W_q", "_weight_qdata", "weight"]
  /// Endings of what is beside them and is no weight.
  private static let parts = [
    "qzeros", "scales", "g_idx", "weight_scale", "weight_zero_point", "weight_shape",
    "weight_g_idx", "weight_global_scale", "input_scale", "input_zero_point",
    "input_global_scale", "output_scale", "output_zero_point", "weight_scale_inv", "SCB",
    "weight_format", "weight.absmax", "weight.quant_map", "weight.nested_absmax",
    "weight.nested_quant_map", "weight.quant_state.bitsandbytes__nf4",
    "weight.quant_state.bitsandbytes__fp4", "activation_scale", "qscale_weight", "qscale_act",
    "k_scale", "v_scale", "q_scale", "prob_output_scale", "input_scale_ub", "weight_scale_2",
    "biases", "nbits", "group_size", "shape", "scale", "zero", "axis", "packing",
    "unpack_view_dtype", "view_as_float", "quant_scale", "quant_zero", "compute_dtype",
    "offload_meta", "encoded_state_dict", "stores_quant_config", "channel_wise", "optimize",
    "round_zero", "_weight_scale", "_weight_zero_point", "_weight_per_tensor_scale",
  ]

  /// Nil where the configuration speaks of no scheme that is known here.
  package init?(_ model: Model, _ configuration: JSONValue) {
    guard let scheme = QuantizedSourceRegistry.scheme(configuration),
      QuantizedSourceRegistry.all.contains(where: { $0.recognizes(scheme) })
    else { return nil }
    names = Set(model.tensors.map(\.name))
    var lists: [ByteString: Int] = [:]
    for tensor in model.tensors
    where tensor.name.hasSuffix(".g_idx") || tensor.name.hasSuffix(".scales") {
      lists[tensor.name] = tensor.layout.shape.elementCount
    }
    self.lists = lists
    let facts = SchemeFacts(configuration)
    let stated = facts?.bits ?? 4
    bits = (1...32).contains(stated) ? stated : 4
    group = facts?.groupSize ?? 0
  }

  /// The weights that a tensor holds; none for what only the scheme has a use for.
  package func count(of tensor: Tensor) -> UInt64 {
    let name = tensor.name
    let elements = UInt64(max(0, tensor.layout.shape.elementCount))
    if Self.parts.contains(where: { part in
      stem(name, part).map { stem in
        Self.weights.contains { $0 != part && names.contains(join(stem, $0)) }
      } ?? false
    }) {
      return 0
    }
    if let stem = stem(name, "qweight") {
      // A list of groups has an entry for each input.
      if let inputs = lists[join(stem, "g_idx")] {
        let (product, overflow) = UInt64(inputs).multipliedReportingOverflow(
          by: UInt64(max(0, tensor.layout.rowLength)))
        return overflow ? elements : product
      }
      return words(elements, of: tensor)
    }
    if stem(name, "weight_packed") != nil || stem(name, "W_q") != nil {
      return words(elements, of: tensor)
    }
    if stem(name, "_weight_qdata") != nil {
      return tensor.layout.encoding == .i8 && bits == 4
        ? elements &* 2 : words(elements, of: tensor)
    }
    if let stem = stem(name, "weight") { return plain(elements, of: tensor, stem) }
    if name.hasSuffix("_blocks") { return elements &* 2 }
    if name.hasSuffix("_scales"),
      names.contains(ByteString(Array(name.bytes.dropLast(6)) + Array("blocks".utf8)))
    {
      return 0
    }
    return elements
  }

  /// The weights under a weight's own name: of several schemes they share bytes or words.
  private func plain(_ elements: UInt64, of tensor: Tensor, _ stem: ByteString) -> UInt64 {
    // Two codes of a table share a byte.
    if names.contains(join(stem, "weight.absmax")) { return elements &* 2 }
    if let groups = lists[join(stem, "scales")], group > 0 {
      let (product, overflow) = UInt64(max(0, groups)).multipliedReportingOverflow(
        by: UInt64(group))
      return overflow ? elements : product
    }
    guard names.contains(join(stem, "weight_scale")) else { return elements }
    return words(elements, of: tensor)
  }

  private func words(_ elements: UInt64, of tensor: Tensor) -> UInt64 {
    let wordBits: UInt64
    switch tensor.layout.encoding {
    case .i32, .u32: wordBits = 32
    case .u8: wordBits = 8
    default: return elements
    }
    let (product, overflow) = elements.multipliedReportingOverflow(by: wordBits)
    return overflow ? elements : product / UInt64(bits)
  }

  private func stem(_ name: ByteString, _ part: String) -> ByteString? {
    guard name.hasSuffix(ByteString("." + part)) else { return nil }
    return ByteString(Array(name.bytes.dropLast(part.utf8.count)))
  }

  private func join(_ stem: ByteString, _ part: String) -> ByteString {
    ByteString(stem.bytes + Array(part.utf8))
  }
}
