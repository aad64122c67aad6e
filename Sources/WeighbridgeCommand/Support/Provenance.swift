import Weighbridge
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeJSON
import WeighbridgeModelIR

/// What a measurement was made of, so that it can be repeated: program, text, files.
enum Provenance {
  /// The program that has measured.
  static let program: JSONValue = [
    "name": "weighbridge", "version": JSONValue(Weighbridge.version),
  ]

  /// A model's files with their digests; of what is not on this machine only the size is told.
  static func files(at location: String) -> JSONValue {
    guard let model = try? ModelInput.open(location) else { return .array([]) }
    return .array(
      model.origin.files.map { file in
        [
          "path": JSONValue(file.path), "bytes": JSONValue(file.byteCount),
          "sha256": digest(file.path).map { JSONValue($0) } ?? nil,
        ]
      })
  }

  static func digest(_ path: String) -> String? {
    guard let source = try? FileSource(path: path) else { return nil }
    return (try? SHA256.hash(source))?.hexadecimal
  }
}
