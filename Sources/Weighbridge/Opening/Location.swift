internal import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeGGUF
internal import WeighbridgeModelIR
internal import WeighbridgeRemote

/// Where something is that can be opened: a file, any part of a split one, a folder, `https://…`,
/// `hf://owner/name[@revision][/file]`, a bundle, or `bundle#member`.
///
/// Content decides what it is, never the name. Headers only are read.
public struct Location: Hashable, Sendable {
  /// The text as it was given.
  public let text: String

  /// Names a location; nothing is read.
  public init(_ text: String) { self.text = text }

  /// What turned out to be there.
  public enum Content: Sendable {
    /// A model, an adapter, or tensors by themselves.
    case model(OpenedModel)
    /// Files packed for distribution.
    case bundle(ModelBundle)
    /// An importance matrix, in either of llama.cpp's formats.
    case importanceMatrix
    /// What a reference predicts of a text.
    case baseline

    /// In a word: `checkpoint`, `bundle`.
    public var name: String {
      switch self {
      case .model(let model): model.kind.rawValue
      case .bundle: "bundle"
      case .importanceMatrix: "importanceMatrix"
      case .baseline: "baseline"
      }
    }
  }

  /// Opens what is there and says what it is: the one place where that is asked.
  public func open() throws(WeighbridgeError) -> Content {
    try publicly {
      if let bundle = try ModelInput.bundleIfNamed(text) { return .bundle(ModelBundle(bundle)) }
      if let local, try LlamaLogits(local) != nil { return .baseline }
      do {
        let model = try ModelInput.open(text)
        return switch model.kind {
        case .importance: .importanceMatrix
        case .baseline: .baseline
        case .gguf, .checkpoint, .adapter, .legacy, .tensors:
          .model(OpenedModel(model, at: text))
        }
      } catch let error as FormatError where error.code == .notThisFormat {
        // The older format of importance matrices has no signature: it is what reads as one.
        guard let local, (try? ImportanceSums(legacy: local, path: text)) != nil else {
          throw error
        }
        return .importanceMatrix
      }
    }
  }

  /// The file, where the location is one on this machine.
  private var local: FileSource? {
    guard (try? RemoteLocation(parsing: text)) == nil, !DirectoryTree.isDirectory(text) else {
      return nil
    }
    return try? FileSource(path: text)
  }
}

extension Location: ExpressibleByStringLiteral, CustomStringConvertible {
  /// Names a location.
  public init(stringLiteral text: String) { self.init(text) }

  /// The text as it was given.
  public var description: String { text }
}
