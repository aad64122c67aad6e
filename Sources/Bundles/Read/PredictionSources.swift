package import WeighbridgeByteIO
package import WeighbridgeJSON

/// Where the bytes come from that layers are predicted from: other files of the bundle, and other
/// bundles.
package protocol PredictionSources: Sendable {
  /// The bytes that a record stands for; `name` is of the file that needs them.
  func source(for record: JSONValue, in name: String) throws(FormatError) -> any ByteSource
}

/// No other files: a bundle that is predicted cannot be read.
struct NoPredictions: PredictionSources {
  func source(for record: JSONValue, in name: String) throws(FormatError) -> any ByteSource {
    throw FormatError(
      .missingFile, "the file is stored as what differs from another, which is not at hand",
      in: name)
  }
}
