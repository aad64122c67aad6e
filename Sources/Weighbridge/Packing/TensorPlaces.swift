package import WeighbridgeBundles
package import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeFormats
package import WeighbridgeModelIR

/// Where the tensors lie in files that are packed.
///
/// A file that is no model, or a broken one, has none: it is packed as bytes.
package struct TensorPlaces {
  private var known: [String: [BundleTensor]] = [:]

  /// Nothing was looked at yet.
  package init() {}

  /// The tensors of a file, which is `name` in a tree; all parts of a split model are looked at once.
  package mutating func tensors(
    of source: any ByteSource, named name: String, in tree: any FileTree
  ) -> [BundleTensor] {
    if let found = known[source.name] { return found }
    known[source.name] = []
    if let model = try? Formats.open(name, in: tree) { add(model) }
    return known[source.name] ?? []
  }

  /// Takes the places from a model that is open.
  package mutating func add(_ model: Model) {
    // The fields of a block are where they are expected in little-endian files only.
    let isUsual = model.origin.byteOrder == .little
    for file in model.origin.files { known[file.path] = [] }
    for tensor in model.tensors {
      guard let place = tensor.location, model.origin.files.indices.contains(place.file) else {
        continue
      }
      var found = BundleTensor(tensor, at: place.offset)
      if !isUsual { (found.encoding, found.blockBytes) = ("bytes", 1) }
      known[model.origin.files[place.file].path]?.append(found)
    }
  }
}

extension BundleTensor {
  /// A tensor at its place in a file.
  init(_ tensor: Tensor, at offset: UInt64) {
    let encoding = tensor.layout.encoding
    self.init(
      name: tensor.name, encoding: encoding.name, blockBytes: encoding.bytesPerBlock,
      shape: tensor.layout.shape.dimensions, offset: offset, byteCount: tensor.layout.byteCount)
  }
}
