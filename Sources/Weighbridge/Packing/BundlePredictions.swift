internal import Synchronization
internal import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// What the files of a bundle are predicted from: other files of it, and of bundles that it names.
///
/// Opened when it is asked for, once.
final class BundlePredictions: PredictionSources {
  private let bundle: any ByteSource
  /// Bundles that the user names, and the folder in which others are looked for.
  private let bases: [String]
  private let folder: String

  private struct State {
    var own: BundleReader?
    var others: [String: BundleReader] = [:]
    var predictors: [String: TensorPredictor] = [:]
  }
  private let state = Mutex(State())

  init(_ bundle: any ByteSource, bases: [String]) {
    self.bundle = bundle
    self.bases = bases
    folder = bundle.name.lastIndex(of: "/").map { String(bundle.name[...$0]) } ?? ""
  }

  func source(for record: JSONValue, in name: String) throws(FormatError) -> any ByteSource {
    let found: Result<any ByteSource, FormatError> = state.withLock { state in
      do throws(FormatError) {
        switch record["op"]?.text {
        case "encode": return .success(try encoded(record, in: name, &state))
        case "copy": return .success(try copied(record, in: name, &state))
        case let other:
          throw FormatError(
            .unsupportedEncoding, "the file is predicted by '\(other ?? "nothing")'", in: name)
        }
      } catch { return .failure(error) }
    }
    return try found.get()
  }

  /// The bundle itself; its files that are predicted are not asked for.
  private func own(_ state: inout State) throws(FormatError) -> BundleReader {
    if let own = state.own { return own }
    let own = try BundleReader(bundle)
    state.own = own
    return own
  }

  private func encoded(
    _ record: JSONValue, in name: String, _ state: inout State
  ) throws(FormatError) -> any ByteSource {
    guard let model = record["model"]?.text else {
      throw FormatError(.invalidValue, "the file is predicted from no model", in: name)
    }
    let importance = record["importance"]?.text
    let key = model + "\n" + (importance ?? "")
    let predictor: TensorPredictor
    if let known = state.predictors[key] {
      predictor = known
    } else {
      let tree = BundleTree(try own(&state), isComplete: false)
      do {
        predictor = try TensorPredictor(tree, model: model, importance: importance)
      } catch {
        throw FormatError(
          .missingFile, "what the file is predicted from cannot be opened: \(error)", in: name)
      }
      state.predictors[key] = predictor
    }
    guard let source = predictor.source(for: record) else {
      throw FormatError(
        .invalidValue,
        "'\(record["tensor"]?.text ?? "")' cannot be encoded as \(record["type"]?.text ?? "said")",
        in: name)
    }
    return source
  }

  /// A part of a file as it is.
  private func copied(
    _ record: JSONValue, in name: String, _ state: inout State
  ) throws(FormatError) -> any ByteSource {
    guard let digest = record["file"]?.text, let offset = record["offset"]?.integer, offset >= 0,
      let count = record["bytes"]?.integer, count >= 0
    else { throw FormatError(.invalidValue, "the file is predicted from no part of one", in: name) }
    let reader: BundleReader
    if let identity = record["bundle"]?.text {
      reader = try other(identity, record["name"]?.text ?? "", in: name, &state)
    } else {
      reader = try own(&state)
    }
    guard let file = reader.files.first(where: { $0.digest == digest }) else {
      throw FormatError(.missingFile, "\(reader.name) has no file \(digest)", in: name)
    }
    let whole = try reader.open(file)
    guard
      let extent = ByteExtent(
        offset: UInt64(offset), byteCount: UInt64(count), within: whole.byteCount)
    else { throw FormatError(.truncated, "\(whole.name) ends before its part", in: name) }
    return SliceSource(whole, extent, name: whole.name)
  }

  /// A bundle by its identity: one that was named, or one of the same name beside this one.
  private func other(
    _ identity: String, _ file: String, in name: String, _ state: inout State
  ) throws(FormatError) -> BundleReader {
    if let known = state.others[identity] { return known }
    let beside = file.contains("/") || file.isEmpty ? [] : [folder + file]
    for path in bases + beside {
      guard let source = try? FileSource(path: path),
        let reader = try? ModelInput.reader(source, bases: []), reader.identity == identity
      else { continue }
      state.others[identity] = reader
      return reader
    }
    throw FormatError(
      .missingFile,
      "it is stored as what differs from the bundle '\(file)' (\(identity)), which is not here",
      in: name, hint: "--base FILE names it; beside this bundle it is found by itself")
  }
}
