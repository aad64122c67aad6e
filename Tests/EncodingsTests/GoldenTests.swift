import CWeighbridgeKernels
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeEncodings
import WeighbridgeJSON

/// Bytes that the reference implementation produced.
@Suite struct GoldenTests {
  private func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { $0 != " " }.compactMap { $0.hexDigitValue }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// ENC-20 to ENC-22: published vectors of x[j] = j − 16.
  @Test func blocksOfARamp() {
    let ramp = (0..<32).map { Float($0 - 16) }
    #expect(
      Encoding.q4_0.encoded(ramp, rowLength: 32) == hex("0040 809191a2a2b3b3c4c4d5d5e6e6f7f7f8"))
    #expect(
      Encoding.q5_0.encoded(ramp, rowLength: 32)
        == hex("003c 0000ffff 00112233445566778899aabbccddeeff"))
    #expect(
      Encoding.q8_0.encoded(ramp, rowLength: 32)
        == hex("0830 81899199a1a9b1b9c0c8d0d8e0e8f0f8000810182028303840474f575f676f77"))
  }

  /// ENC-50, ENC-51.
  @Test func fourBitFloatsDecode() {
    let values: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6]
    #expect(Encoding.mxfp4.decoded(hex("7f 00112233445566778899aabbccddeeff")) == values + values)
    let nv = Encoding.nvfp4.decoded(
      hex("38403038 8091a2b3c4d5e6f7 8091a2b3c4d5e6f7 8091a2b3c4d5e6f7 8091a2b3c4d5e6f7"))
    #expect(nv == [1, 2, 0.5, 1].flatMap { scale in values.map { $0 * scale } })
  }

  /// The codebooks are those of Specs/encodings.md, byte for byte.
  @Test func codebooksHaveTheirHashes() {
    let hashes: [(book: WBCodebook, digest: String)] = [
      (
        WB_CODEBOOK_IQ2_XXS, "915952ebc4af8ddba8113583ca1316fc818843f7b825bbf1a25ae1c39bf0e16d"
      ),
      (WB_CODEBOOK_IQ2_XS, "f66435966ca8d64e9e4a6e3c91e64afcf9015e700ec85962f527283ebae207b9"),
      (WB_CODEBOOK_IQ2_S, "e6e75e121b65e8afa5c1f92b71463cfbe217b83893f438acde22fd5db06a43f7"),
      (WB_CODEBOOK_IQ1, "e9ffebfc997ad6023063a667c0bf4eedd8ebf7f56b3da399cbc7d1b1f7ea52c6"),
      (
        WB_CODEBOOK_IQ3_XXS, "c9678803c61b2210fbd8cbbb3f965a835409cd7d88a04d086d236261bd221d11"
      ),
      (WB_CODEBOOK_IQ3_S, "353274c58dd7d8dc5ee960dc8fc54ff9164eaf2b49206b841cd49415cf393f81"),
    ]
    for (book, digest) in hashes {
      var bytes = [UInt8]()
      var index: Int32 = 0
      while true {
        let word = wb_codebook_word(book, index)
        guard word >= 0 else { break }
        bytes += [UInt8(word & 255), UInt8(word >> 8)]
        index += 1
      }
      #expect(SHA256.hash(bytes).hexadecimal == digest)
    }
  }

  /// ENC-60: four rows of Q4_0 with distinct bytes, mixed by the rule read forwards.
  @Test func interleavedRowsSeparate() throws {
    let types = Encoding.all.filter { $0.interleaving != nil }
    #expect(types.count == 6)
    for type in types {
      let mix = try #require(type.interleaving)
      let columns = 3
      var generator = SeededGenerator(seed: 5)
      let rows = (0..<mix.rows * columns * 18).map { _ in
        UInt8(truncatingIfNeeded: generator.next())
      }
      var mixed = [UInt8]()
      for column in 0..<columns {
        let blocks = (0..<mix.rows).map { row in
          Array(rows[(row * columns + column) * 18..<(row * columns + column + 1) * 18])
        }
        for block in blocks { mixed += block[..<2] }
        for chunk in 0..<16 / mix.chunkBytes {
          for block in blocks {
            let start = 2 + chunk * mix.chunkBytes
            mixed += block[start..<start + mix.chunkBytes].map { $0 ^ mix.flippedBits }
          }
        }
      }
      var separated = [UInt8](repeating: 0, count: mixed.count)
      var target = separated.mutableSpan
      var raw = unsafe target.mutableBytes
      #expect(mix.separate(unsafe mixed.span.bytes, into: &raw))
      #expect(separated == rows, "\(type)")
    }
  }

  /// ENC-6, ENC-40 to ENC-49: SHA-256 of blocks that llama.cpp (contraction off) made of
  /// `Samples.rows`, plain and with `Samples.importance`.
  @Test func sampledRowsHaveTheReferencesBytes() throws {
    let length = 1024
    let rows = Samples.rows(90, length: length, seed: 42)
    let tameRows = Samples.rows(28, length: length, seed: 42, kinds: [0, 1, 2, 3, 6, 7, 8])
    let importance = Samples.importance(length, seed: 43)
    let lines = try TestFiles.text(SharedData.fixture("encodings/blocks.sha256"))
      .split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(lines.count > 40)
    for line in lines {
      let parts = line.split(separator: " ").map(String.init)
      let encoding = try #require(
        Encoding.named(parts[0])?.encoder, "\(parts[0])")
      let weights = parts[1] == "importance" ? importance : nil
      let tame = ["IQ1", "IQ2", "IQ3"].contains { parts[0].hasPrefix($0) }
      let bytes = encoding.encoded(
        tame ? tameRows : rows, rowLength: length, importance: weights)
      #expect(SHA256.hash(bytes).hexadecimal == parts[2], "\(parts[0]) \(parts[1])")
    }
  }

  /// Every tensor of the heavy-tailed model, in every type that llama-quantize wrote without an
  /// importance matrix.
  @Test(.enabled(if: SharedData.isPresent))
  func heavyTailsHaveTheReferencesBytes() throws {
    let tensors = try HeavyModel(SharedData.path("golden/heavy-f16.gguf")).tensors
    let json = try JSONValue.parse(try TestFiles.bytes(SharedData.path("golden/quantized.json")))
    var checked = Set<String>()
    for run in try #require(json["runs"]?.array) where run["source"]?.text == "heavy" {
      let options = run["options"]?.array?.compactMap { $0.text } ?? []
      guard !options.contains("--imatrix") else { continue }
      for member in run["tensors"]?.object?.members ?? [] {
        let name = member.key.text
        guard let type = member.value.array?.first?.text,
          let digest = member.value.array?.last?.text,
          let encoding = Encoding.named(type)?.encoder,
          let tensor = tensors[name], checked.insert("\(name) \(type)").inserted
        else { continue }
        let bytes = encoding.encoded(tensor.floats, rowLength: tensor.width)
        #expect(SHA256.hash(bytes).hexadecimal == digest, "\(name) as \(type)")
      }
    }
    #expect(checked.count > 150)
  }
}

/// The F16 tensors of `heavy-f16.gguf`, at offsets that its own table gives.
struct HeavyModel {
  struct Tensor {
    let width: Int
    let floats: [Float]
  }

  private(set) var tensors: [String: Tensor] = [:]

  init(_ path: String) throws {
    let bytes = try TestFiles.bytes(path)
    var at = 8
    func number(_ size: Int) -> Int {
      defer { at += size }
      return (0..<size).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
    }
    func text() -> String {
      let count = number(8)
      defer { at += count }
      return String(decoding: bytes[at..<at + count], as: UTF8.self)
    }
    let count = number(8)
    for _ in 0..<number(8) {
      _ = text()
      switch number(4) {
      case 8: _ = text()
      case 4, 5, 6: at += 4
      case let type: fatalError("metadata of type \(type)")
      }
    }
    let table = (0..<count).map { _ in
      let name = text()
      let dimensions = (0..<number(4)).map { _ in number(8) }
      return (name: name, dimensions: dimensions, type: number(4), offset: number(8))
    }
    let start = (at + 31) / 32 * 32
    for tensor in table where tensor.type == 1 {
      let size = tensor.dimensions.reduce(2, *)
      let from = start + tensor.offset
      tensors[tensor.name] = Tensor(
        width: tensor.dimensions[0], floats: Encoding.f16.decoded(Array(bytes[from..<from + size])))
    }
  }
}
