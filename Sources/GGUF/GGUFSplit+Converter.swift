internal import WeighbridgeByteIO
package import WeighbridgeModelIR

extension GGUFSplit {
  /// The parts that llama.cpp's converter writes for `--split-max-size` and `--split-max-tensors`.
  ///
  /// Not quite those of `llama-gguf-split`: padding does not count, both limits may hold at once, the
  /// split keys are in another order, and a model that fits is one file without them. Part `i` of
  /// several belongs into the file `ShardName(…).part(i).name`.
  package static func converterParts(
    _ model: Model, bytes: UInt64?, tensors limit: Int?
  ) throws(ModelError) -> [Model] {
    guard bytes ?? 1 > 0, limit ?? 1 > 0 else {
      throw ModelError(.invalidRequest, "split", "a part must have room for at least a tensor")
    }
    var groups: [[Tensor]] = [[]]
    var size: UInt64 = 0
    for tensor in model.tensors {
      let count = groups[groups.count - 1].count
      let own = tensor.layout.byteCount
      if count > 0, count >= limit ?? .max || size &+ own > bytes ?? .max {
        groups.append([])
        size = 0
      }
      groups[groups.count - 1].append(tensor)
      size &+= own
    }
    guard groups.count > 1 else { return [model] }
    guard groups.count <= Int(UInt16.max), let total = Int32(exactly: model.tensors.count) else {
      throw ModelError(
        .invalidRequest, "split", "\(groups.count) parts; a split model has at most 65535",
        hint: "allow larger parts")
    }
    return groups.enumerated().map { index, tensors in
      var part = Self.part(index, of: groups.count, tensors: tensors, of: model)
      for key in SplitPlace.keys { part.metadata[key] = nil }
      part.metadata[SplitPlace.numberKey] = .uint16(UInt16(index))
      part.metadata[SplitPlace.countKey] = .uint16(UInt16(groups.count))
      part.metadata[SplitPlace.tensorsKey] = .int32(total)
      return part
    }
  }
}
