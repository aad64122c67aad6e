internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A head that the configuration calls a copy of the embeddings and that is none.
///
/// transformers compares the two when both are stored, and ties them only where they are equal
/// (`modeling_utils.py`, `tie_weights`).
enum OwnHead {
  /// The head among tensors that were left out, by its name in GGUF, where its numbers are not those of the embeddings.
  static func find(_ leftOut: [Tensor], beside mapped: [Tensor]) throws(ModelError) -> Tensor? {
    guard let head = leftOut.first(where: { TiedHead.isHead($0.name) }),
      let embeddings = mapped.first(where: { $0.name == "token_embd.weight" }),
      !mapped.contains(where: { $0.name == "output.weight" })
    else { return nil }
    guard try differ(head, embeddings) else { return nil }
    return Tensor(name: "output.weight", payload: head.payload, location: head.location)
  }

  /// Whether two tensors hold different bytes; both are read until they do.
  static func differ(_ left: Tensor, _ right: Tensor) throws(ModelError) -> Bool {
    do { return try !equal(left.payload, right.payload) } catch {
      throw ModelError(.invalidMetadata, error.source, error.message)
    }
  }

  private static let chunkBytes = 1 << 20

  private static func equal(
    _ left: any TensorPayload, _ right: any TensorPayload
  ) throws(FormatError) -> Bool {
    guard left.layout == right.layout else { return false }
    if let one = left.span, let other = right.span, one.extent == other.extent,
      one.source.name == other.source.name, one.source.byteCount == other.source.byteCount
    {
      return true
    }
    var scratch = PayloadScratch()
    let layout = left.layout
    let step = max(1, chunkBytes / max(1, layout.bytesPerRow))
    for start in stride(from: 0, to: layout.rowCount, by: step) {
      let rows = start..<min(start + step, layout.rowCount)
      let one = try left.borrow(rows: rows, from: &scratch)
      let other = try right.borrow(rows: rows, from: &scratch)
      defer {
        scratch.give(one)
        scratch.give(other)
      }
      let count = rows.count * layout.bytesPerRow
      guard one.prefix(count).elementsEqual(other.prefix(count)) else { return false }
    }
    return true
  }
}
