internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// AMD's Quark: integers of 4 or 8 bits, MXFP4 and floats of eight bits.
///
/// Integers for groups are stored inputs by outputs, eight of four bits in a word in AWQ's order unless
/// `pack_method` is "order"; all others outputs by inputs (quark/torch/utils/pack.py).
package enum Quark: QuantizedSource {
  /// The scheme's name.
  package static let name = "Quark"

  private static let parts = [
    "weight_scale", "weight_zero_point", "input_scale", "input_zero_point", "output_scale",
    "output_zero_point", "bias_scale", "bias_zero_point",
  ]
  /// Where each of eight neighbours stands in its word.
  private static let order = [0, 4, 1, 5, 2, 6, 3, 7]

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool {
    scheme["quant_method"]?.text == "quark"
  }

  /// (code − zero) · scale, or floats times scales; see `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    let packed = PackedParts(model)
    let inOrder = (scheme["export"]?["pack_method"] ?? scheme["pack_method"])?.text == "order"
    let packing: CodeTable.Packing = inOrder ? .columns : .ordered(order)
    return try packed.plain(endingIn: "weight_scale", parts: parts + ["weight"]) {
      (stem, scale) throws(ModelError) in
      let tensor = try packed.required(stem, "weight")
      let own = weights(of: stem, scheme)
      switch tensor.layout.encoding {
      case .f8_E4M3, .f8_E5M2:
        return ScaledPayload(tensor.payload, scale: scale.payload, block: nil)
      case .u8 where own?["dtype"]?.text == "fp4" || own?["dtype"]?.text == "mx":
        let dimensions = tensor.layout.shape.dimensions
        guard let width = dimensions.last else { return nil }
        return MicroscaledPayload(
          codes: tensor.payload, exponents: scale.payload,
          shape: dimensions.dropLast() + [CodeTable.count(width, times: 2)])
      case .i32, .i8, .u8:
        guard let own else { return nil }
        return integers(
          tensor, scale, packed[stem, "weight_zero_point"], own, packing)
      default: return nil
      }
    }
  }

  /// What the configuration says of the weights of one layer.
  private static func weights(of stem: ByteString, _ scheme: JSONValue) -> JSONValue? {
    let layer = String(stem.text.dropLast())
    let special = scheme["layer_quant_config"]?.object?.members.first {
      matches(layer[...], $0.key.text[...])
    }?.value
    let found = (special ?? scheme["global_quant_config"])?["weight"]
    // Quantization in two steps is a list, the outer step first.
    return found?.array?.first ?? found
  }

  /// Whether a name is one that a pattern with `*` stands for.
  private static func matches(_ name: Substring, _ pattern: Substring) -> Bool {
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard let first = pieces.first, let last = pieces.last, pieces.count > 1 else {
      return name == pattern
    }
    guard name.count >= first.count + last.count, name.hasPrefix(first), name.hasSuffix(last)
    else { return false }
    var rest = name.dropFirst(first.count).dropLast(last.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let place = rest.firstRange(of: piece) else { return false }
      rest = rest[place.upperBound...]
    }
    return true
  }

  private static func integers(
    _ tensor: Tensor, _ scale: Tensor, _ zeros: Tensor?, _ own: JSONValue,
    _ packing: CodeTable.Packing
  ) -> (any TensorPayload)? {
    let isGrouped = own["qscheme"]?.text == "per_group"
    let isSigned = own["dtype"]?.text?.hasPrefix("int") ?? true
    guard let codes = table(tensor, isSigned, packing),
      let factors = scales(scale, isGrouped, codes)
    else { return nil }
    // Signed codes of four bits are read as 8 more; so are their zero points.
    var meaning = GroupedPayload.Meaning.difference(isSigned && codes.bits == 4 ? 8 : 0)
    if let zeros {
      guard isGrouped, let points = table(zeros, isSigned, packing) else { return nil }
      meaning = .zeros(points, offset: 0)
    }
    let inputs = isGrouped ? codes.rows : codes.columns
    let size = own["group_size"]?.integer ?? inputs
    return GroupedPayload(
      codes, isGrouped ? .inputs : .outputs, meaning, scales: factors,
      .size(isGrouped && size > 0 ? size : inputs))
  }

  /// The codes of a tensor as they are stored.
  private static func table(
    _ tensor: Tensor, _ isSigned: Bool, _ packing: CodeTable.Packing
  ) -> CodeTable? {
    let layout = tensor.layout
    if layout.encoding == .i32 {
      let table = CodeTable(
        tensor, bits: 4, packing, rows: layout.rowCount,
        columns: CodeTable.count(layout.rowLength, times: 8))
      return isSigned ? table?.signed : table
    }
    return CodeTable(
      tensor, bits: 8, layout.encoding == .i8 ? .signedBytes : .columns, rows: layout.rowCount,
      columns: layout.rowLength)
  }

  /// Scales in the form that the codes have: groups by outputs, or a column of outputs.
  private static func scales(
    _ scale: Tensor, _ isGrouped: Bool, _ codes: CodeTable
  ) -> (any TensorPayload)? {
    if isGrouped { return scale.payload }
    let count = scale.layout.shape.elementCount
    if count == codes.rows { return ReshapedPayload(scale.payload, [codes.rows, 1]) }
    guard count == 1, codes.rows <= 1 << 24, let rows = FloatRows(scale.payload),
      let number = try? rows.read(rows: 0..<1).first,
      let column = MemoryPayload([Float](repeating: number, count: codes.rows))
    else { return nil }
    return ReshapedPayload(column, [codes.rows, 1])
  }
}
