internal import WeighbridgeByteIO

/// What a file is that no reader takes, so that a message can say so and tell how to go on.
package struct ForeignFile: Hashable, Sendable {
  /// What it is: `a Git LFS pointer`.
  package let description: String
  /// How to go on.
  package let hint: String?

  /// Looks at the first bytes of a file.
  package init(_ prefix: [UInt8]) {
    let known = Self.known.first { prefix.starts(with: $0.magic) }
    if let known {
      self.description = known.description
      self.hint = known.hint
    } else if prefix.isEmpty {
      self.description = "an empty file"
      self.hint = "the download may have failed: fetch the file again"
    } else if prefix.allSatisfy({ $0 >= 0x20 || (0x09...0x0D).contains($0) }),
      String(validating: prefix.prefix(256), as: UTF8.self) != nil
    {
      self.description = "a text file"
      self.hint = nil
    } else {
      let bytes = prefix.prefix(4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      self.description =
        "a file of an unknown kind (it starts with \(bytes.joined(separator: " ")))"
      self.hint = nil
    }
  }

  private struct Kind: Sendable {
    let magic: [UInt8]
    let description: String
    let hint: String?

    init(_ magic: String, _ description: String, _ hint: String? = nil) {
      self.init(Array(magic.utf8), description, hint)
    }

    init(_ magic: [UInt8], _ description: String, _ hint: String? = nil) {
      self.magic = magic
      self.description = description
      self.hint = hint
    }
  }

  private static let pickleHint =
    "it may run code when it is loaded; save the model as safetensors with the program that made it"
  private static let webHint = "the download gave a web page instead of the model: fetch it again"
  private static let legacyHint =
    "files from before GGUF (August 2023): convert the original checkpoint again"

  private static let known: [Kind] = [
    Kind("GGUF", "a GGUF file"),
    Kind(
      "WBED", "a model whose header an interrupted edit has left half written",
      "its journal, .NAME.weighbridge-edit, finishes it: put it back beside the file"),
    Kind(
      "version https://git-lfs", "a Git LFS pointer",
      "the model itself was not downloaded: run `git lfs pull`, or fetch the file again"),
    Kind(
      "FUGG", "a pre-release of one, with the magic reversed (FUGG)",
      "it was written before GGUF was published in August 2023: convert the model again"),
    Kind("lmgg", "an unversioned GGML file", legacyHint),
    Kind("fmgg", "a GGMF file", legacyHint),
    Kind("tjgg", "a GGJT file", legacyHint),
    Kind("algg", "a GGLA adapter", legacyHint),
    Kind("nsgg", "a session that llama.cpp saved, not a model"),
    Kind("PK\u{3}\u{4}", "a ZIP archive without a PyTorch checkpoint in it", nil),
    Kind([0x80, 0x02], "a Python pickle", pickleHint),
    Kind([0x80, 0x03], "a Python pickle", pickleHint),
    Kind([0x80, 0x04], "a Python pickle", pickleHint),
    Kind([0x89, 0x48, 0x44, 0x46], "an HDF5 file", nil),
    Kind([0x93, 0x4E, 0x55, 0x4D], "a NumPy array", nil),
    Kind([0x1F, 0x8B], "a gzip archive", "unpack it first"),
    Kind([0x28, 0xB5, 0x2F, 0xFD], "a zstd archive", "unpack it first"),
    Kind("<!DOCTYPE", "a web page", webHint),
    Kind("<!doctype", "a web page", webHint),
    Kind("<html", "a web page", webHint),
    Kind("<?xml", "an XML text", webHint),
    Kind("{", "a JSON text", nil),
  ]
}
