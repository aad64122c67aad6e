internal import WeighbridgeArchitectures
package import WeighbridgeByteIO
package import WeighbridgeJSON
internal import WeighbridgeModelIR

/// What sees or hears for a text model: of a projector's file, what it says of its encoders; of a
/// checkpoint, which projector it has.
package struct ProjectorSummary {
  /// An encoder of images or sound.
  package struct Tower {
    /// `vision` or `audio`.
    package let sense: String
    /// Its sizes in words, in the order in which they are shown, with their names in JSON.
    package let sizes: [(label: String, key: ByteString, value: Int)]

    /// The sizes in one line.
    package var line: String {
      sizes.map { "\($0.label) \($0.value)" }.joined(separator: ", ")
    }
  }

  /// `clip.projector_type`, or the projector's name here.
  package let type: String
  /// Its encoders; none for a checkpoint, whose configuration has them.
  package let towers: [Tower]
  /// Whether it is in the file itself.
  package let isStored: Bool

  /// What is shown of it in one line.
  package var line: String {
    let senses = towers.map(\.sense).joined(separator: " and ")
    return isStored
      ? "\(type)\(senses.isEmpty ? "" : ", for \(senses)")"
      : "\(type), which 'convert --mmproj' writes to a file of its own"
  }

  /// A part of the document of `inspect --json`.
  package var json: JSONValue {
    var object = JSONObject()
    object["type"] = JSONValue(type)
    object["stored"] = .bool(isStored)
    object["encoders"] = .array(
      towers.map { tower in
        var sizes = JSONObject()
        sizes["kind"] = JSONValue(tower.sense)
        for size in tower.sizes { sizes[size.key] = .integer(size.value) }
        return .object(sizes)
      })
    return .object(object)
  }
}

extension Inspection {
  /// The projector of the file, or of the checkpoint; nil where there is none.
  package var projector: ProjectorSummary? {
    if model.metadata["general.architecture"]?.string == "clip" { return Self.stored(model) }
    guard model.kind == .checkpoint, let document = configuration,
      let known = ProjectorRegistry.known(document)
    else { return nil }
    return ProjectorSummary(type: known.name, towers: [], isStored: false)
  }

  private static func stored(_ model: Model) -> ProjectorSummary {
    let types = ["clip.projector_type", "clip.vision.projector_type", "clip.audio.projector_type"]
      .compactMap { model.metadata[ByteString($0)]?.string?.text }
    let towers = ["vision", "audio"].filter {
      model.metadata[ByteString("clip.has_\($0)_encoder")]?.bool == true
    }.map { sense in
      let sizes: [(String, ByteString, String)] = [
        ("image size", "imageSize", "image_size"), ("patch size", "patchSize", "patch_size"),
        ("mel bins", "melBins", "num_mel_bins"), ("layers", "layers", "block_count"),
        ("width", "width", "embedding_length"), ("heads", "heads", "attention.head_count"),
        ("feed-forward", "feedForward", "feed_forward_length"),
        ("projects to", "projection", "projection_dim"),
      ]
      return ProjectorSummary.Tower(
        sense: sense,
        sizes: sizes.compactMap { label, key, name in
          model.metadata[ByteString("clip.\(sense).\(name)")]?.integer.map { (label, key, $0) }
        })
    }
    return ProjectorSummary(
      type: types.isEmpty ? "of an unknown kind" : types.joined(separator: " and "),
      towers: towers, isStored: true)
  }
}
