internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeConversion
internal import WeighbridgeModelIR
package import WeighbridgeTokenizers

/// The tokenizer of what the user calls a model: GGUF's metadata, a checkpoint's files, or a
/// tokenizer's file by itself.
package struct TokenizerInput {
  /// As GGUF's metadata describe it.
  package let named: TextTokenizer
  /// What was noticed on the way.
  package let diagnostics: [Diagnostic]
  /// As `tokenizer.json` describes it, where there is one: what the vendor's own program makes of text.
  private let structured: StructuredTokenizer?
  /// As `tokenizer.model` describes it, where there is that one only.
  private let pieces: SentencePieceTokenizer?

  /// Opens `path`; recognised by content.
  package init(_ path: String) throws {
    if let files = try Self.files(path),
      let vocabulary = try ImportedVocabulary(files, size: nil, named: nil)
    {
      diagnostics = vocabulary.notes.map { Diagnostic(.warning, "tokenizer", at: path, $0) }
      named = try TextTokenizer.make(vocabulary.metadata)
      structured = files.tokenizer.flatMap { try? StructuredTokenizer($0, in: path) }
      pieces = structured == nil ? SentencePieceTokenizer(files, named) : nil
      return
    }
    let (model, opened) = try ModelInput.openCanonical(path)
    diagnostics = opened.problems.map { Diagnostic($0) }
    named = try TextTokenizer.make(model.metadata)
    guard let tree = model.companions, model.origin.kind != .gguf else {
      (structured, pieces) = (nil, nil)
      return
    }
    let files = try TokenizerFiles.read(CheckpointFiles(tree))
    structured = files.tokenizer.flatMap { try? StructuredTokenizer($0, in: path) }
    pieces = structured == nil ? SentencePieceTokenizer(files, named) : nil
  }

  /// The tokens of a text; `addSpecial` puts those around it that the model wants, `parseSpecial` takes
  /// names of special tokens in it for the tokens.
  package func encode(_ text: [UInt8], addSpecial: Bool, parseSpecial: Bool) -> [TokenID] {
    structured?.encode(text, addSpecial: addSpecial, parseSpecial: parseSpecial)
      ?? pieces?.encode(text, addSpecial: addSpecial, parseSpecial: parseSpecial)
      ?? named.encode(text, addSpecial: addSpecial, parseSpecial: parseSpecial)
  }

  /// The tokens of a rendered conversation, as transformers' `apply_chat_template` gives them: its template
  /// has written what begins and ends it.
  ///
  /// Of a `tokenizer.model` alone, transformers takes pieces and scores, and leaves spaces as they are
  /// whatever its normalizer says (convert_slow_tokenizer.py, `LlamaConverter`), as llama.cpp does.
  package func encode(conversation text: String) -> [TokenID] {
    let bytes = Array(text.utf8)
    return structured?.encode(bytes, addSpecial: false, parseSpecial: true)
      ?? named.encode(bytes, addSpecial: false, parseSpecial: true)
  }

  /// The files of a folder without a model, or a tokenizer's file; nil where it is neither.
  private static func files(_ path: String) throws -> TokenizerFiles? {
    if DirectoryTree.isDirectory(path) {
      let files = CheckpointFiles(try DirectoryTree(path: path))
      let isModel = files.names.contains { name in
        [".gguf", ".safetensors", ".bin", ".pth", ".pt"].contains { name.hasSuffix($0) }
      }
      return isModel ? nil : try TokenizerFiles.read(files)
    }
    guard let source = try? FileSource(path: path), source.byteCount < 1 << 28,
      let prefix = try? source.readPrefix(4), prefix != Array("GGUF".utf8),
      let bytes = try? source.readPrefix(Int(source.byteCount))
    else { return nil }
    return TokenizerFiles.recognized(bytes, in: path)
  }
}
