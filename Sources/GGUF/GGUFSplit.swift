package import WeighbridgeModelIR

/// Splits a model into the parts of a split GGUF, and joins them again.
///
/// The parts are those of llama.cpp's `llama-gguf-split`: all metadata is in the first, and each says
/// which part it is of how many.
package enum GGUFSplit {
  /// How large a part may be.
  package enum Limit: Hashable, Sendable {
    /// Bytes of tensor data, padding included; a single tensor may exceed it.
    case bytes(UInt64)
    /// The number of tensors.
    case tensors(Int)
    /// The number of layers; what belongs to none is where it stands.
    case layers(Int)
    /// The number of parts, about equal in size.
    case parts(Int)
  }

  /// The models of the parts, in order; part `i` belongs into the file `ShardName(…).part(i).name`.
  ///
  /// With `firstIsBare` there is one more in front, with the metadata and no tensor, as
  /// `--no-tensor-first-split` makes it.
  package static func plan(
    _ model: Model, _ limit: Limit, firstIsBare: Bool = false
  ) throws(ModelError) -> [Model] {
    switch limit {
    case .bytes(0):
      throw ModelError(.invalidRequest, "split", "a part must have room for at least a byte")
    case .tensors(let count) where count < 1:
      throw ModelError(.invalidRequest, "split", "a part must have room for at least a tensor")
    case .layers(let count) where count < 1:
      throw ModelError(.invalidRequest, "split", "a part must have room for at least a layer")
    case .parts(let count) where count < 1 || count > max(1, model.tensors.count):
      throw ModelError(
        .invalidRequest, "split", "\(model.tensors.count) tensors cannot be in \(count) parts")
    case .bytes, .tensors, .layers, .parts: break
    }
    let groups = (firstIsBare ? [[]] : []) + groups(of: model, limit)
    guard groups.count <= Int(UInt16.max) else {
      throw ModelError(
        .invalidRequest, "split", "\(groups.count) parts; a split model has at most 65535",
        hint: "allow larger parts")
    }
    guard model.tensors.count <= Int(Int32.max) else {
      throw ModelError(.notWritable, "split", "\(model.tensors.count) tensors are too many")
    }
    return groups.enumerated().map { index, tensors in
      part(index, of: groups.count, tensors: tensors, of: model)
    }
  }

  /// The models of the parts where tensor `i` belongs into part `files[i]`, as `llama-quantize
  /// --keep-split` writes them: each says which part it is, unless there is only one.
  package static func plan(_ model: Model, files: [Int], count: Int) throws(ModelError) -> [Model] {
    guard files.count == model.tensors.count, files.allSatisfy((0..<count).contains),
      count <= Int(UInt16.max), model.tensors.count <= Int(Int32.max)
    else { throw ModelError(.notWritable, "split", "tensors in \(count) parts") }
    return (0..<count).map { index in
      let tensors = zip(model.tensors, files).filter { $1 == index }.map(\.0)
      var result = part(index, of: count, tensors: tensors, of: model)
      let total = result.metadata[SplitPlace.tensorsKey]
      for key in SplitPlace.keys where count == 1 { result.metadata[key] = nil }
      // The quantizer writes this key last, the splitter second.
      result.metadata[SplitPlace.tensorsKey] = nil
      if count > 1 { result.metadata[SplitPlace.tensorsKey] = total }
      return result
    }
  }

  /// The merged model as `llama-gguf-split --merge` writes it: with three keys that say that it is not
  /// split any more.
  ///
  /// A split model that was opened here has none of them, so without this it is written to the bytes
  /// that were split.
  package static func markedAsMerged(_ model: Model) -> Model {
    var merged = model
    for key in SplitPlace.keys { merged.metadata[key] = nil }
    merged.metadata[SplitPlace.numberKey] = .uint16(0)
    merged.metadata[SplitPlace.tensorsKey] = .int32(Int32(clamping: model.tensors.count))
    merged.metadata[SplitPlace.countKey] = .uint16(0)
    return merged
  }

  /// Tensors in their order, a new part where the limit would be exceeded.
  private static func groups(of model: Model, _ limit: Limit) -> [[Tensor]] {
    let alignment = model.metadata[GGUF.alignmentKey]?.integer.map { UInt64(clamping: $0) }
    let unit = max(alignment ?? GGUF.defaultAlignment, 1)
    var groups: [[Tensor]] = [[]]
    var bytes: UInt64 = 0
    var done: UInt64 = 0
    let total = model.tensorBytes
    let layers = SplitBounds(model.tensors.map(\.name))
    for (index, tensor) in model.tensors.enumerated() {
      let size = (tensor.layout.byteCount &+ (unit &- 1)) / unit &* unit
      let isFull =
        switch limit {
        case .bytes(let most): bytes &+ size > most && groups[groups.count - 1].isEmpty == false
        case .tensors(let most): index > 0 && index % most == 0
        case .layers(let most): layers.starts(at: index, every: most)
        case .parts(let count):
          index > 0
            && layers.starts(
              at: index, bytes: done, of: total, part: groups.count, count: count,
              left: model.tensors.count - index)
        }
      if isFull {
        groups.append([])
        bytes = 0
      }
      groups[groups.count - 1].append(tensor)
      bytes &+= size
      done &+= tensor.layout.byteCount
    }
    return groups
  }

  static func part(
    _ index: Int, of count: Int, tensors: [Tensor], of model: Model
  ) -> Model {
    var part = model
    part.tensors = tensors
    part.problems = []
    if index > 0 {
      part.metadata = Metadata()
      // The offsets of every part follow its own alignment, which is 32 where it says nothing.
      let alignment = model.metadata[GGUF.alignmentKey]
      if let alignment, alignment.integer != Int(GGUF.defaultAlignment) {
        part.metadata[GGUF.alignmentKey] = alignment
      }
    }
    for key in SplitPlace.keys { part.metadata[key] = nil }
    part.metadata[SplitPlace.numberKey] = .uint16(UInt16(index))
    part.metadata[SplitPlace.tensorsKey] = .int32(Int32(model.tensors.count))
    part.metadata[SplitPlace.countKey] = .uint16(UInt16(count))
    return part
  }
}
