internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// A tree of digests over a model's tensors, so that one tensor can be proven to belong to it by a few
/// digests and not by all.
///
/// As in RFC 6962: a leaf is SHA-256(0, content), a node SHA-256(1, left, right); of n leaves the left tree
/// has the largest power of two below n. Leaves are sorted by name. A leaf's content is name, encoding,
/// shape and digest, each behind its length in 8 bytes.
public struct MerkleTree: Sendable {
  /// One tensor.
  private struct Leaf {
    let name: ByteString
    let encoding: String
    let shape: String
    let digest: Digest

    var hash: Digest {
      var running = SHA256()
      running.update([0])
      for field in [name.bytes, Array(encoding.utf8), Array(shape.utf8), digest.bytes] {
        running.update((0..<8).map { UInt8(truncatingIfNeeded: field.count >> (8 * $0)) })
        running.update(field)
      }
      return running.finalize()
    }
  }

  private let leaves: [Leaf]
  private let hashes: [Digest]

  /// Takes the digests that were computed of a model's tensors, in their order.
  fileprivate init(_ model: Model, _ digests: [Digest]) {
    leaves = zip(model.tensors, digests).map { tensor, digest in
      Leaf(
        name: tensor.name, encoding: tensor.layout.encoding.name,
        shape: tensor.layout.shape.description, digest: digest)
    }.sorted { $0.name < $1.name }
    hashes = leaves.map(\.hash)
  }

  /// The digest that stands for all tensors, in hexadecimal digits.
  public var root: String { Self.root(hashes[...]).hexadecimal }

  private static func root(_ hashes: ArraySlice<Digest>) -> Digest {
    guard hashes.count > 1 else { return hashes.first ?? SHA256.hash([]) }
    let middle = hashes.startIndex + split(hashes.count)
    return node(root(hashes[..<middle]), root(hashes[middle...]))
  }

  private static func node(_ left: Digest, _ right: Digest) -> Digest {
    SHA256.hash([1] + left.bytes + right.bytes)
  }

  private static func split(_ count: Int) -> Int {
    var size = 1
    while size * 2 < count { size *= 2 }
    return size
  }

  /// The tree as a JSON document: the root, and each tensor with its digest.
  public var document: String {
    let document: JSONValue = [
      "schema": "weighbridge.merkle/1", "root": JSONValue(root),
      "tensors": .array(leaves.map { Self.json($0) }),
    ]
    return document.text()
  }

  private static func json(_ leaf: Leaf) -> JSONValue {
    [
      "name": .string(leaf.name), "encoding": JSONValue(leaf.encoding),
      "shape": JSONValue(leaf.shape), "sha256": JSONValue(leaf.digest.hexadecimal),
    ]
  }

  /// The proof that a tensor belongs to the root, as a JSON document; nil where there is no such tensor.
  public func proof(of tensor: String) -> String? {
    let name = ByteString(tensor)
    guard let index = leaves.firstIndex(where: { $0.name == name }) else { return nil }
    var path: [JSONValue] = []
    Self.path(to: index, in: hashes[...], &path)
    let proof: JSONValue = [
      "schema": "weighbridge.merkle-proof/1", "root": JSONValue(root),
      "tensor": Self.json(leaves[index]), "index": JSONValue(index),
      "tensors": JSONValue(leaves.count), "path": .array(path),
    ]
    return proof.text()
  }

  /// The digests beside the way from a leaf to the root, from the leaf on.
  private static func path(
    to index: Int, in hashes: ArraySlice<Digest>, _ path: inout [JSONValue]
  ) {
    guard hashes.count > 1 else { return }
    let middle = hashes.startIndex + split(hashes.count)
    if hashes.startIndex + index < middle {
      Self.path(to: index, in: hashes[..<middle], &path)
      path.append(JSONValue(root(hashes[middle...]).hexadecimal))
    } else {
      Self.path(to: index - split(hashes.count), in: hashes[middle...], &path)
      path.append(JSONValue(root(hashes[..<middle]).hexadecimal))
    }
  }

  /// Whether a proof leads from a tensor of a model to the root that it names; only that tensor is read.
  fileprivate static func check(_ proof: JSONValue, on model: Model) throws -> MerkleProof {
    guard proof["schema"]?.text == "weighbridge.merkle-proof/1",
      let root = proof["root"]?.text.flatMap({ Digest(hexadecimal: $0) }),
      let name = proof["tensor"]?["name"]?.string, let index = proof["index"]?.integer,
      let count = proof["tensors"]?.integer, count > 0, count < 1 << 32,
      (0..<count).contains(index),
      let path = proof["path"]?.array?.map({ $0.text.flatMap { Digest(hexadecimal: $0) } }),
      path.allSatisfy({ $0 != nil })
    else { throw RequestError(message: "this is no proof as 'hash --prove' writes it") }
    func found(_ holds: Bool) -> MerkleProof {
      MerkleProof(tensor: name.text, root: root.hexadecimal, holds: holds)
    }
    guard let tensor = model.tensor(named: name) else { return found(false) }
    var part = model
    part.tensors = [tensor]
    part.origin.files = []
    let hashes = try ModelHashes(part, workers: 1, progress: SilentProgress())
    let leaf = MerkleTree(part, hashes.tensors.map(\.digest)).hashes[0]
    var steps = path.compactMap { $0 }
    guard let reached = climb(leaf, index, count, &steps), steps.isEmpty else {
      return found(false)
    }
    return found(reached == root)
  }

  /// Takes digests from the end: those near the root first.
  private static func climb(
    _ leaf: Digest, _ index: Int, _ count: Int, _ path: inout [Digest]
  ) -> Digest? {
    guard count > 1 else { return leaf }
    guard let other = path.popLast() else { return nil }
    let size = split(count)
    if index < size {
      return climb(leaf, index, size, &path).map { node($0, other) }
    }
    return climb(leaf, index - size, count - size, &path).map { node(other, $0) }
  }
}

/// What a proof says of a tensor, and whether it holds.
public struct MerkleProof: Hashable, Sendable {
  /// The tensor's name.
  public let tensor: String
  /// The digest that stands for all tensors of the model that the proof is about.
  public let root: String
  /// Whether the tensor, as it is read, belongs to that model.
  public let holds: Bool
}

extension OpenedModel {
  /// The tree over the tensors; nothing is read.
  ///
  /// - Parameter digests: What `digests(using:)` computed of this model.
  /// - Returns: The tree, which proves of each tensor that it belongs to the model.
  public func tree(of digests: ModelDigests) -> MerkleTree {
    MerkleTree(model, digests.tensors.compactMap { Digest(hexadecimal: $0.sha256) })
  }

  /// Reads the one tensor that a proof is about, and checks it.
  ///
  /// - Parameter path: The file that holds what `MerkleTree.proof(of:)` made.
  /// - Returns: What the proof says, and whether it holds.
  /// - Throws: Where the file holds no proof, or something cannot be read.
  public func check(proofAt path: String) throws(WeighbridgeError) -> MerkleProof {
    try publicly { try MerkleTree.check(JSONValue.read(FileSource(path: path)), on: model) }
  }
}
