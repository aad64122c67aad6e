package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// The tensors of two models by name.
package struct TensorPairs: Sendable {
  /// Those that both have, in the order of the left.
  package private(set) var pairs: [(left: Tensor, right: Tensor)] = []
  /// Names that only the left has.
  package private(set) var onlyLeft: [ByteString] = []
  /// Names that only the right has.
  package private(set) var onlyRight: [ByteString] = []

  /// Pairs two lists.
  ///
  /// An output that repeats the embeddings is paired with them where one side stores it and the other
  /// does not.
  package init(_ left: [Tensor], _ right: [Tensor]) {
    var others: [ByteString: Tensor] = [:]
    for tensor in right { others[tensor.name] = tensor }
    for tensor in left {
      if let other = others.removeValue(forKey: tensor.name) {
        pairs.append((tensor, other))
      } else {
        onlyLeft.append(tensor.name)
      }
    }
    onlyRight = right.map(\.name).filter { others[$0] != nil }
    let (head, embedding): (ByteString, ByteString) = ("output.weight", "token_embd.weight")
    if onlyLeft.contains(head), let own = left.first(where: { $0.name == head }),
      let other = right.first(where: { $0.name == embedding })
    {
      onlyLeft.removeAll { $0 == head }
      pairs.append((own, other))
    } else if onlyRight.contains(head), let own = left.first(where: { $0.name == embedding }),
      let other = right.first(where: { $0.name == head })
    {
      onlyRight.removeAll { $0 == head }
      pairs.append((Tensor(name: head, payload: own.payload), other))
    }
  }
}
