internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension FindingKind {
  private static let again = "fetch or write the file again"

  /// One for each way in which a file is not what its format says; the codes are those of the errors.
  static let broken: [FormatError.Code: FindingKind] = {
    var kinds: [FormatError.Code: FindingKind] = [:]
    // Where the system fails, nothing is known of the file.
    for code in FormatError.Code.allCases where code != .io {
      kinds[code] = FindingKind(
        .error, "format-" + code.rawValue,
        why: "the file breaks a rule of its format, and no reader can trust what follows",
        fix: again, refusedBy: Reader.allCases)
    }
    // A scale that is no number is found while values are decoded: the same as a value that is none.
    kinds[.nonFiniteValue] = nonFinite
    return kinds
  }()

  static let oddTruth = FindingKind(
    .warning, "odd-truth-value",
    why: "a truth value is neither 0 nor 1; readers differ in what they make of it",
    fix: "--fix writes it as 1")
  static let nestedArray = FindingKind(
    .error, "nested-array", why: "ggml does not read arrays within arrays",
    fix: "edit --remove KEY", refusedBy: .ggml)
  static let manyDimensions = FindingKind(
    .warning, "many-dimensions", why: "ggml reads tensors of at most four dimensions",
    fix: "keep it for the program it was made for", refusedBy: .ggml)
  static let longNames = FindingKind(
    .warning, "long-names", why: "ggml reads names of tensors of at most 63 bytes",
    fix: "edit --rename OLD=NEW, or keep it for the program it was made for", refusedBy: .ggml)
  static let unknownEncoding = FindingKind(
    .warning, "unknown-encoding",
    why: "the tensors cannot be decoded here: other programs may not know the type either",
    fix: "use the program that wrote it, or quantize the source again")
  static let trailingBytes = FindingKind(
    .warning, "trailing-bytes", why: "bytes that belong to no tensor: the file may be two, or cut",
    fix: "edit -o FILE writes it without them")
  static let missingPadding = FindingKind(
    .error, "missing-padding",
    why: "the last tensor is not padded to the alignment, and ggml refuses to load the data",
    fix: "edit -o FILE writes it with its padding", refusedBy: .ggml)
  static let shardMetadata = FindingKind(
    .warning, "shard-metadata", why: "a part repeats a key of the first with another value",
    fix: "merge and split the model again")
  static let shardName = FindingKind(
    .warning, "shard-name",
    why: "the name declares parts that the file does not, or the other way round",
    fix: "give the file the name it had, or merge it from all parts")
  static let fileName = FindingKind(
    .warning, "name-encoding",
    why: "people choose files by their names, and this name promises another quantization",
    fix: "rename the file")
  static let nameConvention = FindingKind(
    .note, "name-convention",
    why: "programs guess size and quantization from names such as Base-7B-v1.0-Q4_K_M.gguf",
    fix: "rename the file if it is to be published")
  static let leadingSpace = FindingKind(
    .warning, "leading-space", why: "the format asks for '{' as the header's first byte",
    fix: "edit -o FILE writes the header anew")
  static let totalSize = FindingKind(
    .note, "total-size", why: "the index states another size than the tensors have",
    fix: "harmless: readers ignore it")
  static let indexMismatch = FindingKind(
    .warning, "index-mismatch", why: "the index and the files disagree about what is where",
    fix: "write the index again, or fetch the checkpoint again")
  static let noIndex = FindingKind(
    .warning, "no-index", why: "transformers does not open parts without their index",
    fix: "fetch model.safetensors.index.json", refusedBy: [.vLLM])
  static let singleShard = FindingKind(
    .warning, "single-shard", why: "only one part of several is here", fix: "fetch all parts",
    refusedBy: [.vLLM])
  static let noted = FindingKind(
    .note, "reader-note", why: "the reader noticed something that does not stop it",
    fix: "see the message")
  static let empty = FindingKind(
    .note, "no-tensors", why: "there are no tensors: it is a vocabulary or a template, not a model",
    fix: "nothing, if that is what it is for")

  /// The codes of the readers' diagnostics, which are those of the kinds.
  static let diagnostics: [FindingKind] = [
    oddTruth, nestedArray, manyDimensions, longNames, unknownEncoding, trailingBytes,
    missingPadding, shardMetadata, leadingSpace, totalSize, indexMismatch, noIndex, singleShard,
  ]

  static let format: [FindingKind] =
    FormatError.Code.allCases.filter { $0 != .nonFiniteValue }.compactMap { broken[$0] }
    + diagnostics + [
      shardName, fileName, nameConvention, noted, empty,
    ]
}
