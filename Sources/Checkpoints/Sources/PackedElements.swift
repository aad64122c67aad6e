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
  private let lists: [ByteString: Int]
  private let bits: Int

  /// Endings of the tensors that hold the weights; the first that is there has them.
  private static let weights = ["qweight", "weight_packed", "weight"]
  /// Endings of what is beside them and is no weight.
  private static let parts = [
    "qzeros", "scales", "g_idx", "weight_scale", "weight_zero_point", "weight_shape",
    "weight_g_idx", "weight_global_scale", "input_scale", "input_zero_point",
    "input_global_scale", "output_scale", "output_zero_point", "weight_scale_inv", "SCB",
    "weight_format", "weight.absmax", "weight.quant_map", "weight.nested_absmax",
    "weight.nested_quant_map", "weight.quant_state.bitsandbytes__nf4",
    "weight.quant_state.bitsandbytes__fp4", "activation_scale", "qscale_weight", "qscale_act",
    "k_scale", "v_scale", "q_scale", "prob_output_scale", "input_scale_ub",
  ]

  /// Nil where the configuration speaks of no scheme that is known here.
  package init?(_ model: Model, _ configuration: JSONValue) {
    guard let scheme = QuantizedSourceRegistry.scheme(configuration),
      QuantizedSourceRegistry.all.contains(where: { $0.recognizes(scheme) })
    else { return nil }
    names = Set(model.tensors.map(\.name))
    var lists: [ByteString: Int] = [:]
    for tensor in model.tensors where tensor.name.hasSuffix(".g_idx") {
      lists[tensor.name] = tensor.layout.shape.elementCount
    }
    self.lists = lists
    let groups = scheme["config_groups"]?.object?.members.first?.value["weights"]
    let stated = (scheme["bits"] ?? scheme["w_bit"] ?? groups?["num_bits"])?.integer ?? 4
    bits = (1...32).contains(stated) ? stated : 4
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
    if stem(name, "weight_packed") != nil { return words(elements, of: tensor) }
    // Two codes of a table share a byte.
    if name.hasSuffix("weight"), names.contains(ByteString(name.bytes + Array(".absmax".utf8))) {
      return elements.multipliedReportingOverflow(by: 2).partialValue
    }
    return elements
  }

  private func words(_ elements: UInt64, of tensor: Tensor) -> UInt64 {
    let wordBits: UInt64
    switch tensor.layout.encoding {
    case .i32: wordBits = 32
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
