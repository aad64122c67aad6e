internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeGGUF
internal import WeighbridgeModelIR

/// What programs refuse that is no defect of the file.
enum ReaderRules {
  static func gguf(_ context: ValidationContext) -> [Finding] {
    let origin = context.opened.origin
    guard origin.isGGUF else { return [] }
    var findings: [Finding] = []
    if origin.byteOrder == .big {
      findings.append(Finding(.bigEndian, at: context.path, "its numbers are big-endian"))
    }
    if origin.version == "1" {
      findings.append(Finding(.firstVersion, at: context.path, "it is of version 1"))
    }
    guard context.isGGUF, context.isLanguageModel else { return findings }
    if origin.files.count > 1 {
      let message = "the model is in \(origin.files.count) files"
      findings.append(Finding(.ollamaSplit, at: context.path, message))
      findings.append(Finding(.vllmSplit, at: context.path, message))
    }
    if !context.tensors.isEmpty,
      !ReaderNames.transformersArchitectures.contains(context.keys.name)
    {
      findings.append(
        Finding(
          .vllmArchitecture, at: "general.architecture",
          "'\(context.keys.name)' is not among those that transformers reads from GGUF"))
    }
    let names = Set(context.opened.tensors.map(\.layout.encoding.name))
      .subtracting(ReaderNames.vllmEncodings)
    if let name = names.min() {
      findings.append(
        Finding(.vllmEncoding, at: name, names.sorted().joined(separator: ", ") + " in it"))
    }
    return findings
  }
}
