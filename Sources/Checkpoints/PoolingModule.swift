internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// How an encoder's states become one vector, by the files of sentence-transformers: `modules.json` names
/// a folder, whose `config.json` names the way.
enum PoolingModule {
  /// The key that a configuration gets, with GGUF's number for the way.
  static let key: ByteString = "_pooling_type"

  /// Ways by their keys of today and of before, and GGUF's numbers.
  private static let ways: [(flag: ByteString, name: String, number: Int)] = [
    ("pooling_mode_mean_tokens", "mean", 1), ("pooling_mode_cls_token", "cls", 2),
    ("pooling_mode_lasttoken", "lasttoken", 3),
  ]

  /// The number; nil where the checkpoint has no such module.
  static func number(_ files: CheckpointFiles) throws(FormatError) -> Int? {
    guard let modules = try files.json("modules.json")?.array,
      let path = modules.first(where: { $0["type"]?.text?.hasSuffix("Pooling") == true })?["path"]?
        .text,
      let pooling = try files.json(path + "/config.json")
    else { return nil }
    let flagged = ways.first { pooling[$0.flag]?.bool == true }
    guard let way = flagged ?? ways.first(where: { $0.name == pooling["pooling_mode"]?.text })
    else {
      throw FormatError(
        .invalidValue, "the way of pooling is not one that GGUF knows: mean, cls or last token",
        in: files.name + "/" + path + "/config.json")
    }
    return way.number
  }
}
