import CWeighbridgeKernels
import TestSupport
import Testing
import WeighbridgeEncodings

/// One suite, run one test after the other: the level of the CPU is the process's.
@Suite(.serialized) struct EncodingsTests {
  static let decodable = Encoding.all.filter { $0.decoder != nil }
  static let quantizable = Encoding.all.filter { $0.encoder != nil }

  /// The encoders that are right where the reference is not (E-1), and all others.
  static let amended = quantizable.compactMap(\.rightEncoder)

  /// A row that every block length divides.
  static let rowLength = 1024

  @Test func identitiesAreUnique() {
    var names = Set<String>()
    var ggufTypes = Set<UInt32>()
    var safetensorsTypes = Set<String>()
    for encoding in Encoding.all {
      #expect(names.insert(encoding.name.uppercased()).inserted, "\(encoding.name)")
      if let id = encoding.ggufType { #expect(ggufTypes.insert(id).inserted, "\(encoding.name)") }
      if let id = encoding.safetensorsType {
        #expect(safetensorsTypes.insert(id).inserted, "\(encoding.name)")
      }
      #expect(encoding.elementsPerBlock > 0 && encoding.bytesPerBlock > 0)
    }
  }

  @Test func everyEncodingIsFoundByItsIds() throws {
    for encoding in Encoding.all {
      #expect(Encoding.named(encoding.name.lowercased()) == encoding)
      if let id = encoding.ggufType { #expect(Encoding.gguf(id) == encoding) }
      if let id = encoding.safetensorsType {
        #expect(Encoding.safetensors(id) == encoding)
      }
    }
  }

  /// ENC-2: the sizes of GGML's types, by id: elements and bytes of a block.
  @Test func sizesAreThoseOfTheFormat() throws {
    let sizes: [(UInt32, Int, Int)] = [
      (0, 1, 4), (1, 1, 2), (2, 32, 18), (3, 32, 20), (4, 16, 10), (5, 16, 12), (6, 32, 22),
      (7, 32, 24), (8, 32, 34), (9, 32, 36), (10, 256, 84), (11, 256, 110), (12, 256, 144),
      (13, 256, 176), (14, 256, 210), (15, 256, 292), (16, 256, 66), (17, 256, 74), (18, 256, 98),
      (19, 256, 50), (20, 32, 18), (21, 256, 110), (22, 256, 82), (23, 256, 136), (24, 1, 1),
      (25, 1, 2), (26, 1, 4), (27, 1, 8), (28, 1, 8), (29, 256, 56), (30, 1, 2), (31, 32, 18),
      (32, 32, 18), (33, 32, 18), (34, 256, 54), (35, 256, 66), (36, 32, 18), (37, 32, 18),
      (38, 32, 18), (39, 32, 17), (40, 64, 36), (41, 128, 18), (42, 64, 18),
    ]
    for (id, elements, bytes) in sizes {
      let encoding = try #require(Encoding.gguf(id))
      #expect(encoding.elementsPerBlock == elements && encoding.bytesPerBlock == bytes, "\(id)")
    }
  }

  /// ENC-8: a round trip of the standard vector stays within the encoding's own bound, and near it.
  @Test func roundTripsStayWithinTheirBounds() {
    for encoding in Self.quantizable {
      let importance = [Float](repeating: 1, count: Self.rowLength)
      let bytes = encoding.encoded(
        Samples.standard, rowLength: Self.rowLength, importance: importance)
      let decoded = encoding.decoded(bytes)
      var sum = 0.0
      for (old, new) in zip(Samples.standard, decoded) {
        sum += Double(old - new) * Double(old - new)
      }
      let error = Float((sum / Double(decoded.count)).squareRoot())
      #expect(error <= encoding.roundTripBound, "\(encoding.name): \(error)")
      #expect(error >= encoding.roundTripBound * 0.8, "\(encoding.name): \(error), bound too loose")
    }
  }

  /// ENC-6: every level of the CPU gives the same bytes, with and without importance.
  @Test func everyLevelEncodesTheSameBytes() {
    let rows = Samples.rows(44, length: Self.rowLength, seed: 7, kinds: Samples.everyKind)
    for encoding in Self.quantizable {
      for importance in [nil, Samples.importance(Self.rowLength)] {
        var expected: [UInt8]?
        atEveryLevel { level in
          let bytes = encoding.encoded(rows, rowLength: Self.rowLength, importance: importance)
          #expect(expected == nil || bytes == expected, "\(encoding.name), level \(level)")
          expected = bytes
        }
      }
    }
  }

  /// ENC-6, ENC-7: any bytes decode, to the same floats at every level.
  @Test func everyLevelDecodesAnyBytesTheSame() {
    var generator = SeededGenerator.announced("blocks to decode")
    for encoding in Self.decodable {
      let bytes = (0..<encoding.bytesPerBlock * 333).map { _ in
        UInt8(truncatingIfNeeded: generator.next())
      }
      var expected: [UInt32]?
      atEveryLevel { level in
        let bits = encoding.decoded(bytes).map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
        #expect(expected == nil || bits == expected, "\(encoding.name), level \(level)")
        expected = bits
      }
    }
  }

  /// ENC-7: NaN, infinities and the largest floats encode to something, at every level the same.
  @Test func whatIsNotFiniteEncodesWithoutATrap() {
    var rows = Samples.rows(18, length: Self.rowLength, seed: 11)
    let wild: [Float] = [.nan, .infinity, -.infinity, .greatestFiniteMagnitude, -0.0]
    for index in stride(from: 0, to: rows.count, by: 37) { rows[index] = wild[index % wild.count] }
    for encoding in Self.quantizable {
      for importance in [nil, Samples.importance(Self.rowLength)] {
        atEveryLevel { _ in
          let bytes = encoding.encoded(rows, rowLength: Self.rowLength, importance: importance)
          #expect(encoding.decoded(bytes).count == rows.count)
        }
      }
    }
  }

  /// ENC-5: rows in one call are rows one by one.
  @Test func manyRowsInOneCallAreTheRowsOneByOne() {
    let rows = Samples.rows(21, length: 768, seed: 3)
    for encoding in Self.quantizable where 768 % encoding.elementsPerBlock == 0 {
      for importance in [nil, Samples.importance(768)] {
        let together = encoding.encoded(rows, rowLength: 768, importance: importance)
        let apart = (0..<21).flatMap { row in
          encoding.encoded(
            Array(rows[row * 768..<(row + 1) * 768]), rowLength: 768, importance: importance)
        }
        #expect(together == apart, "\(encoding.name)")
      }
    }
  }

  @Test func nothingEncodesToNothing() {
    for encoding in Self.quantizable {
      #expect(encoding.encoded([], rowLength: 0).isEmpty)
      #expect(encoding.decoded([]).isEmpty)
    }
  }

  @Test func theFirstNumberThatIsNotFiniteIsFound() {
    var floats = Samples.rows(1, length: 1000)
    #expect(floats.span.firstNonFiniteIndex == nil)
    #expect([Float]().span.firstNonFiniteIndex == nil)
    for (index, value) in [(999, Float.nan), (640, -.infinity), (63, .infinity), (0, .nan)] {
      floats[index] = value
      #expect(floats.span.firstNonFiniteIndex == index)
    }
  }
}
