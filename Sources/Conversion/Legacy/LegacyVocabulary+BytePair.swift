internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension LegacyVocabulary {
  /// Byte-level pairs: the file has the tokens' bytes; the merges follow from their order (GGML-25).
  static func writeBytePair(
    _ old: [ByteString], named: Int, pre: String, _ source: LegacySource,
    _ builder: inout LegacyMetadata
  ) throws(ModelError) {
    let old = Latin.unwrapped(old)
    let restored = try RestoredMerges(Array(old[..<named]), source)
    var kinds = [Kind](repeating: .normal, count: old.count)
    var tokens = old
    for id in old.indices {
      if id >= named {
        kinds[id] = .unused
      } else if restored.repeated.contains(id) {
        tokens[id] = ByteString("[PAD\(id)]")
        kinds[id] = .unused
      } else if restored.whole.contains(id) {
        kinds[id] = isMarker(old[id].bytes) ? .control : .userDefined
      } else {
        tokens[id] = ByteString(ByteAlphabet.text(old[id].bytes))
      }
    }
    write(
      tokens, kinds, model: "gpt2", pre: ByteString(pre), to: &builder.metadata)
    writeMerges(restored, of: old, source, &builder)
    let end = old.firstIndex { $0 == "<|endoftext|>" }
    set("bos", end ?? old.firstIndex { $0 == "<s>" }, in: &builder.metadata)
    set("eos", end ?? old.firstIndex { $0 == "</s>" }, in: &builder.metadata)
    set("unknown", end ?? old.firstIndex { $0 == "<unk>" }, in: &builder.metadata)
  }

  /// The file's own merges (ggcc alone has them, in the letters that GGUF writes), or those restored.
  private static func writeMerges(
    _ restored: RestoredMerges, of tokens: [ByteString], _ source: LegacySource,
    _ builder: inout LegacyMetadata
  ) {
    if let own = source.model.metadata["ggml.merges"]?.array?.strings, !own.isEmpty {
      builder.metadata["tokenizer.ggml.merges"] = .array(.strings(own))
      return
    }
    let merges = restored.merges.map { merge in
      ByteString(
        ByteAlphabet.text(tokens[merge.left].bytes) + " "
          + ByteAlphabet.text(tokens[merge.right].bytes))
    }
    builder.metadata["tokenizer.ggml.merges"] = .array(.strings(merges))
    builder.problems.append(
      Diagnostic(
        .note, "restored-merges", at: "tokenizer.ggml.merges",
        "the merges were restored from the order of the tokens"))
  }

  /// `<|endoftext|>`, `<fim_prefix>`, `>>TITLE<<`.
  private static func isMarker(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, let last = bytes.last else { return false }
    return first == 0x3C && last == 0x3E || first == 0x3E && last == 0x3C
  }
}

/// Tokens whose bytes were each written as the letter of that number, in UTF-8 (GGML-25).
///
/// The script for MPT did so: byte 0xE9 became `é`, two bytes.
private enum Latin {
  /// The tokens' own bytes: the same, unless every byte from 0x80 on lacks a token and has one in that
  /// form.
  static func unwrapped(_ tokens: [ByteString]) -> [ByteString] {
    let known = Set(tokens)
    let isWrapped = (UInt8(0x80)...0xFF).allSatisfy { byte in
      !known.contains(ByteString([byte]))
        && known.contains(ByteString(String(Character(Unicode.Scalar(byte)))))
    }
    return isWrapped ? tokens.map(unwrapped) : tokens
  }

  private static func unwrapped(_ token: ByteString) -> ByteString {
    guard let text = token.validatedText, text.unicodeScalars.allSatisfy({ $0.value < 256 }) else {
      return token
    }
    return ByteString(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
  }
}

/// The letters that GPT-2 writes for bytes: printable ones for themselves, the others from U+0100 on.
enum ByteAlphabet {
  private static let letters: [UInt32] = {
    var next: UInt32 = 256
    return (0..<256 as Range<UInt32>).map { byte in
      if (33...126).contains(byte) || (161...172).contains(byte) || byte >= 174 { return byte }
      defer { next += 1 }
      return next
    }
  }()

  /// The text of a token.
  static func text(_ bytes: [UInt8]) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes {
      if let scalar = Unicode.Scalar(letters[Int(byte)]) { text.append(scalar) }
    }
    return String(text)
  }
}

/// Merges found again from the tokens: in a vocabulary that was trained by merging, a token's number
/// is its rank, and merging a token's bytes by lower ranks alone leaves the two parts it was made of.
struct RestoredMerges {
  /// Numbers of the two parts.
  struct Merge {
    let left: Int
    let right: Int
  }

  private(set) var merges: [Merge] = []
  /// Tokens that no merge makes: markers.
  private(set) var whole = Set<Int>()
  /// Tokens that occurred before: StarCoder's files are filled up with the last one.
  private(set) var repeated = Set<Int>()

  /// Throws where single bytes are missing: the file's tokens were decoded to text, and what was no
  /// text is lost.
  init(_ tokens: [ByteString], _ source: LegacySource) throws(ModelError) {
    var ids: [ByteString: Int] = [:]
    ids.reserveCapacity(tokens.count)
    for (id, token) in tokens.enumerated() where ids[token] == nil { ids[token] = id }
    for byte in UInt8.min...UInt8.max where ids[ByteString([byte])] == nil {
      throw LegacyVocabulary.missing(
        source, "the vocabulary has no token for byte \(byte): the file's writer lost it")
    }
    for (id, token) in tokens.enumerated() {
      guard ids[token] == id else {
        repeated.insert(id)
        continue
      }
      guard token.count > 1 else {
        if token.isEmpty { whole.insert(id) }
        continue
      }
      guard token.count <= 256 else {
        whole.insert(id)
        continue
      }
      var parts = token.bytes.map { ids[ByteString([$0])] ?? 0 }
      while parts.count > 2, let best = Self.lowest(parts, tokens, ids, below: id) {
        parts.replaceSubrange(best.index...best.index + 1, with: [best.id])
      }
      if parts.count == 2 {
        merges.append(Merge(left: parts[0], right: parts[1]))
      } else {
        whole.insert(id)
      }
    }
  }

  private static func lowest(
    _ parts: [Int], _ tokens: [ByteString], _ ids: [ByteString: Int], below limit: Int
  ) -> (index: Int, id: Int)? {
    var best: (index: Int, id: Int)?
    for index in 0..<parts.count - 1 {
      let joined = ByteString(tokens[parts[index]].bytes + tokens[parts[index + 1]].bytes)
      guard let id = ids[joined], id < limit, id < best?.id ?? limit else { continue }
      best = (index, id)
    }
    return best
  }
}
