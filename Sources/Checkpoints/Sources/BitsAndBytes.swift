internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// bitsandbytes: four bits by a table of sixteen numbers (NF4, FP4), or eight bits with a scale for each
/// output (LLM.int8).
package enum BitsAndBytes: QuantizedSource {
  /// What to call it.
  package static let name = "bitsandbytes"

  private static let parts = [
    "weight.absmax", "weight.quant_map", "weight.nested_absmax", "weight.nested_quant_map",
    "weight.quant_state.bitsandbytes__nf4", "weight.quant_state.bitsandbytes__fp4",
  ]

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool {
    scheme["quant_method"]?.text == "bitsandbytes" || scheme["load_in_4bit"]?.bool == true
      || scheme["load_in_8bit"]?.bool == true
  }

  /// Numbers of the table times their block's largest, or bytes times their row's; see
  /// `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    let packed = PackedParts(model)
    guard scheme["load_in_8bit"]?.bool != true else {
      return try packed.plain(endingIn: "SCB", parts: ["weight", "weight_format"]) {
        (stem, scale) throws(ModelError) in
        let tensor = try packed.required(stem, "weight")
        return ByteRowsPayload(
          tensor.payload, scales: try packed.floats(scale, 0...tensor.layout.rowCount))
      }
    }
    return try packed.plain(endingIn: "weight.absmax", parts: parts + ["weight"]) {
      (stem, absmax) throws(ModelError) in
      let tensor = try packed.required(stem, "weight")
      let table = try packed.floats(packed.required(stem, "weight.quant_map"), 16...16)
      let state = try state(stem, packed)
      guard let shape = state["shape"]?.array?.compactMap(\.integer),
        let block = state["blocksize"]?.integer, block > 0
      else { return nil }
      let scales =
        absmax.layout.encoding == .u8
        ? try nested(absmax, stem, state, packed)
        : try packed.floats(absmax, 0...CodeTable.count(tensor.layout.shape.elementCount, times: 2))
      return NibbleTablePayload(
        tensor.payload, shape: shape, table: table, scales: scales, block: block)
    }
  }

  /// What the library notes of a weight: a JSON document in a tensor of bytes.
  private static func state(
    _ stem: ByteString, _ packed: PackedParts
  ) throws(ModelError) -> JSONValue {
    let kind = packed[stem, "weight.quant_state.bitsandbytes__nf4"] == nil ? "fp4" : "nf4"
    let tensor = try packed.required(stem, "weight.quant_state.bitsandbytes__\(kind)")
    // A parsed document takes many times its bytes.
    let bytes = try packed.read(tensor, upTo: 1 << 16)
    do { return try JSONValue.parse(bytes, depth: 8) } catch { throw packed.unfit(tensor) }
  }

  /// Scales that are quantized themselves: bytes by a table of 256, with scales and a mean.
  private static func nested(
    _ absmax: Tensor, _ stem: ByteString, _ state: JSONValue, _ packed: PackedParts
  ) throws(ModelError) -> [Float] {
    let codes = try packed.read(absmax)
    let table = try packed.floats(
      packed.required(stem, "weight.nested_quant_map"), 256...256)
    let scales = try packed.floats(
      packed.required(stem, "weight.nested_absmax"), 0...codes.count)
    guard let block = state["nested_blocksize"]?.integer, block > 0,
      !codes.isEmpty, (codes.count - 1) / block < scales.count
    else { throw packed.unfit(absmax) }
    let mean = Float(state["nested_offset"]?.double ?? 0)
    return codes.enumerated().map { table[Int($1)] * scales[$0 / block] + mean }
  }
}
