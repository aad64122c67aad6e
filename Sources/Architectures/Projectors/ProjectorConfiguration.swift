internal import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// Where a projector's configuration is in a checkpoint, and what its class assumes of it.
struct ProjectorPlaces: Sendable {
  /// The path to what describes the vision tower.
  var vision: [ByteString] = ["vision_config"]
  /// The path to what describes the audio tower.
  var audio: [ByteString] = ["audio_config"]
  /// What transformers assumes of the vision tower where nothing is said.
  var visionDefaults: JSONValue = [:]
  /// The same of the audio tower.
  var audioDefaults: JSONValue = [:]
  /// What its processor assumes.
  var processorDefaults: JSONValue = [:]
  /// A part of the processor's files whose members count over what it is in.
  var processorPart: ByteString?
  /// What the vision tower's description becomes, of itself and the whole `config.json`, where the class
  /// puts it together from several places.
  var visionChange: (@Sendable (JSONObject?, JSONObject) -> JSONObject?)?
  /// Towers that a model of the class may be without.
  var optional: Set<Projector.Sense> = []
  /// Ends of names of tensors whose shapes say what no file does.
  var measured: [ByteString] = []

  /// Those of most: what a class differs in is set in the closure.
  init(_ change: (inout ProjectorPlaces) -> Void = { _ in }) { change(&self) }
}

/// The documents of a checkpoint that speak of a projector.
package struct ProjectorDocuments: Sendable {
  /// `config.json`.
  package let configuration: JSONValue
  /// `preprocessor_config.json`, where it is there.
  package let preprocessor: JSONValue?
  /// `processor_config.json`, where it is there.
  package let processor: JSONValue?

  /// Names the documents.
  package init(configuration: JSONValue, preprocessor: JSONValue?, processor: JSONValue?) {
    self.configuration = configuration
    self.preprocessor = preprocessor
    self.processor = processor
  }

  /// What the processor's files say together, the later over the earlier, nested parts over what they are
  /// nested in (conversion/base.py, `MmprojModel.__init__`).
  var processing: JSONObject {
    var result = JSONObject()
    for (document, part) in [
      (preprocessor, "media_proc_cfg" as ByteString), (processor, "image_processor"),
    ] {
      let nested = document?[part]?.object?.members ?? []
      for member in (document?.object?.members ?? []) + nested {
        result[member.key] = member.value
      }
    }
    return result
  }
}

extension Projector {
  /// The configuration as the projector's rules read it: the text model's keys at the top, its own parts
  /// under names that no file has.
  package func configuration(
    _ documents: ProjectorDocuments, _ tensors: [Tensor] = []
  ) throws(ModelError) -> Configuration {
    guard var object = documents.configuration.object else {
      throw ModelError(.invalidMetadata, "config.json", "an object is expected")
    }
    let whole = object
    func part(_ path: [ByteString], over defaults: JSONValue) -> JSONValue? {
      var value: JSONValue? = .object(whole)
      for key in path { value = value?[key] }
      guard let found = value?.object else { return nil }
      var merged = defaults.object ?? JSONObject()
      for member in found.members where !member.value.isNull || merged[member.key] == nil {
        merged[member.key] = member.value
      }
      return .object(merged)
    }
    if let text = object["thinker_config"]?["text_config"] { object["text_config"] = text }
    var vision = part(places.vision, over: places.visionDefaults)
    if let change = places.visionChange {
      vision = change(vision?.object, whole).map { .object($0) }
    }
    object[Self.visionKey] = vision
    // conversion/base.py, `get_audio_config`: some publish Whisper's under a name of its own.
    let ownAudio: [ByteString] = ["whisper_config"]
    object[Self.audioKey] =
      (places.audio == ["audio_config"] ? part(ownAudio, over: places.audioDefaults) : nil)
      ?? part(places.audio, over: places.audioDefaults)
    object[Self.shapesKey] = shapes(of: tensors)
    var processing = places.processorDefaults.object ?? JSONObject()
    let found = documents.processing
    let nested = places.processorPart.flatMap { found[$0]?.object?.members } ?? []
    for member in found.members + nested { processing[member.key] = member.value }
    object[Self.processorKey] = .object(processing)
    object[Self.wholeKey] = .object(whole)
    for sense in Sense.allCases where senses.contains(sense) && !places.optional.contains(sense) {
      let key = sense == .vision ? Self.visionKey : Self.audioKey
      guard object[key] != nil else {
        let path = (sense == .vision ? places.vision : places.audio).map(\.text)
        throw ModelError(
          .missingMetadata, "config.json",
          "'\(path.joined(separator: "."))' is missing, which describes what sees or hears",
          hint: "without --mmproj the text model is converted")
      }
    }
    return try Configuration(.object(object))
  }

  /// The shapes of the tensors that the class measures.
  private func shapes(of tensors: [Tensor]) -> JSONValue {
    var result = JSONObject()
    for end in places.measured {
      guard let tensor = tensors.first(where: { $0.name.hasSuffix(end) }) else { continue }
      result[end] = .array(tensor.layout.shape.dimensions.map { .integer($0) })
    }
    return .object(result)
  }

  static let visionKey: ByteString = "_vision"
  static let shapesKey: ByteString = "_shapes"
  static let audioKey: ByteString = "_audio"
  static let processorKey: ByteString = "_processor"
  static let wholeKey: ByteString = "_whole"
}

extension Configuration {
  /// What describes a tower; nil where the model has none.
  func tower(_ sense: Projector.Sense) -> JSONValue? {
    self[sense == .vision ? Projector.visionKey : Projector.audioKey]
  }

  /// A setting of the vision tower, under the first name that is there; `null` is nil.
  func vision(_ names: ByteString...) -> JSONValue? { setting(.vision, names) }

  /// A setting of the audio tower.
  func audio(_ names: ByteString...) -> JSONValue? { setting(.audio, names) }

  /// A setting of a tower.
  func setting(_ sense: Projector.Sense, _ names: [ByteString]) -> JSONValue? {
    let tower = tower(sense)
    let value = names.lazy.compactMap { tower?[$0] }.first
    return value?.isNull == true ? nil : value
  }

  /// A setting of the processor's files.
  func processing(_ name: ByteString) -> JSONValue? {
    let value = self[Projector.processorKey]?[name]
    return value?.isNull == true ? nil : value
  }

  /// The shape of a tensor that the class measures, by the end of its name.
  func shape(_ end: ByteString) -> [Int]? {
    self[Projector.shapesKey]?[end]?.array?.compactMap(\.integer)
  }

  /// A setting at the top of `config.json`, whatever the text model's part says.
  func whole(_ name: ByteString) -> JSONValue? {
    let value = self[Projector.wholeKey]?[name]
    return value?.isNull == true ? nil : value
  }

  /// The number of a tower's heads.
  func towerHeads(_ sense: Projector.Sense) throws(ModelError) -> Int {
    let names: [ByteString] = [
      "num_attention_heads", "num_heads", "heads", "vt_num_attention_heads",
      "encoder_attention_heads", "n_heads",
    ]
    guard let value = setting(sense, names), let count = value.integer, count > 0 else {
      throw ModelError(
        .missingMetadata, "config.json", "the \(sense.rawValue) tower's number of heads is missing")
    }
    return count
  }
}
