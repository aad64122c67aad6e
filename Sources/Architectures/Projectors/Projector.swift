package import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// What sees or hears for a text model, as data: encoders of images or sound, and the projection of what
/// they give into the text model's embeddings.
///
/// One value, one file in `Projectors/Families/`, one line in `ProjectorRegistry`. In GGUF it is a file of
/// its own beside the text model's, of architecture `clip` (llama.cpp, tools/mtmd/clip.cpp).
package struct Projector: Sendable {
  /// What its encoders take in.
  package enum Sense: String, Hashable, Sendable, CaseIterable { case vision, audio }

  /// Tensors that are in some precision whatever is asked for.
  package enum Precision: Hashable, Sendable {
    case half, single
    /// Half where all matrices are, else single: convolutions, which no kernel has in other types.
    case halfOrSingle
  }

  /// Parts of a checkpoint's or of GGUF's names, and the precision of the tensors that have all.
  package struct Pin: Sendable {
    let parts: [ByteString]
    let isOutput: Bool
    let precision: Precision

    /// Tensors with a part in the checkpoint's name.
    static func source(_ part: ByteString, _ precision: Precision) -> Pin {
      Pin(parts: [part], isOutput: false, precision: precision)
    }

    /// Tensors with some parts in the checkpoint's name.
    static func sources(_ parts: [ByteString], _ precision: Precision) -> Pin {
      Pin(parts: parts, isOutput: false, precision: precision)
    }

    /// Tensors with some parts in GGUF's name.
    static func outputs(_ parts: [ByteString], _ precision: Precision) -> Pin {
      Pin(parts: parts, isOutput: true, precision: precision)
    }

    /// Tensors with a part in GGUF's name.
    static func output(_ part: ByteString, _ precision: Precision) -> Pin {
      Pin(parts: [part], isOutput: true, precision: precision)
    }
  }

  /// What a person calls it: mostly `clip.projector_type`.
  package let name: String
  /// The classes in `config.json` that have it.
  package let configurationNames: [String]
  /// What its encoders take in.
  package let senses: Set<Sense>
  /// Names, rules for tensors and metadata, of architecture `clip`.
  package let network: Architecture
  /// Where its configuration is.
  let places: ProjectorPlaces
  /// Tensors of a fixed precision; the first that fits counts.
  let pins: [Pin]

  init(
    _ name: String, _ configurationNames: String..., places: ProjectorPlaces = ProjectorPlaces(),
    kept: [ByteString], within: [ByteString] = [], leftOut: [TensorNames.LeftOut] = [],
    metadata: [[HyperparameterRule]], tensors: [[TensorRule]], pins: [Pin] = []
  ) {
    self.init(
      name, of: configurationNames, places: places, kept: kept, within: within, leftOut: leftOut,
      metadata: metadata, tensors: tensors, pins: pins)
  }

  init(
    _ name: String, of configurationNames: [String], senses: Set<Sense> = [.vision],
    places: ProjectorPlaces = ProjectorPlaces(), kept: [ByteString], within: [ByteString] = [],
    leftOut: [TensorNames.LeftOut] = [], leading: [HyperparameterRule] = [],
    metadata: [[HyperparameterRule]], tensors: [[TensorRule]], generated: [GeneratedTensor] = [],
    pins: [Pin] = []
  ) {
    self.name = name
    self.configurationNames = configurationNames
    self.senses = senses
    self.places = places
    self.pins = pins + Self.convolutions
    network = Architecture(
      name: "clip", configurationNames: configurationNames,
      hyperparameters: leading + [.fileType] + metadata.flatMap(\.self),
      tensors: tensors.flatMap(\.self),
      generated: generated, vocabulary: .bytePair,
      names: TensorNames {
        $0.wrappers = []
        $0.base = ""
        $0.leftOut = [TensorNames.text[0]] + leftOut
        $0.kept = .init(kind: "of the text model", prefixes: kept, parts: within)
      })
  }

  /// Those that every projector has (conversion/base.py, `MmprojModel.tensor_force_quant`).
  private static let convolutions: [Pin] = [
    .output(".patch_embd.weight", .halfOrSingle), .output(".patch_merger.weight", .halfOrSingle),
  ]

  /// The precision of a tensor, whatever is asked for; nil where it may be in any.
  package func precision(source: ByteString, output: ByteString) -> Precision? {
    pins.first { pin in
      pin.parts.allSatisfy { (pin.isOutput ? output : source).contains($0) }
    }?.precision
  }
}

extension ByteString {
  /// Whether some bytes stand in it.
  func contains(_ part: ByteString) -> Bool { bytes.firstRange(of: part.bytes) != nil }
}
