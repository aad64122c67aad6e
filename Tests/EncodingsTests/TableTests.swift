import CWeighbridgeKernels
import Testing

@testable import WeighbridgeEncodings

/// What the lines of `Table/` say, against what is true of the loops.
@Suite struct TableTests {
  private static func address(_ loop: wb_decode_fn?) -> UnsafeRawPointer? {
    unsafe unsafeBitCast(loop, to: UnsafeRawPointer?.self)
  }

  private static func address(_ loop: wb_encode_fn?) -> UnsafeRawPointer? {
    unsafe unsafeBitCast(loop, to: UnsafeRawPointer?.self)
  }

  /// A codec in C that no line names is one that nobody can reach.
  @Test func everyCodecInCHasALine() {
    let encodings = Encoding.all + Encoding.blocks2023
    let codecs = encodings.map(\.codec) + encodings.compactMap { $0.amendment?.codec }
    let decoders = unsafe Set(codecs.compactMap { unsafe Self.address($0.decode) })
    let encoders = unsafe Set(codecs.compactMap { unsafe Self.address($0.encode) })
    var codec = unsafe wb_codec()
    var count = 0
    while unsafe wb_codec_at(count, &codec) {
      let name = unsafe String(cString: codec.name)
      if let decoder = unsafe Self.address(codec.decode) {
        #expect(unsafe decoders.contains(decoder), "no encoding decodes with \(name)")
      }
      if let encoder = unsafe Self.address(codec.encode) {
        #expect(unsafe encoders.contains(encoder), "no encoding encodes with \(name)")
      }
      count += 1
    }
    #expect(count > 50)
  }

  /// Bytes depend on weights exactly where the table says that they do.
  @Test func importanceIsUsedWhereTheTableSaysSo() {
    let rows = Samples.rows(18, length: 1024, seed: 13)
    let weights = Samples.importance(1024)
    for encoding in EncodingsTests.quantizable {
      let plain = encoding.encoded(rows, rowLength: 1024)
      let weighed = encoding.encoded(rows, rowLength: 1024, importance: weights)
      #expect((plain != weighed) == (encoding.importance > .none), "\(encoding)")
    }
  }

  /// What stands in for an encoding can be written, and fits rows that the encoding does not.
  @Test func fallbacksHaveSmallerBlocks() {
    for encoding in EncodingsTests.quantizable {
      guard let fallback = encoding.fallback else { continue }
      #expect(Encoding.writable.contains(fallback), "\(encoding)")
      #expect(fallback.elementsPerBlock < encoding.elementsPerBlock, "\(encoding)")
      #expect(encoding.elementsPerBlock % fallback.elementsPerBlock == 0, "\(encoding)")
    }
  }

  /// Equal are a value and itself, and what two files of an unknown type say alike of it.
  @Test func unknownTypesAreEqualWhereTheyAreDescribedAlike() {
    let first = Encoding.opaque("type 250", ggufType: 250, elements: 8, bytes: 6)
    #expect(first == .opaque("type 250", ggufType: 250, elements: 8, bytes: 6))
    #expect(first != .opaque("type 250", ggufType: 250, elements: 8, bytes: 7))
    let namesake = Encoding.opaque("Q4_0", ggufType: 2, elements: 32, bytes: 18)
    #expect(namesake != .q4_0 && namesake.decoder == nil && namesake.encoder == nil)
  }
}
