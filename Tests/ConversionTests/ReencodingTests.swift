import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeModelIR

/// What cannot be encoded is refused with its place; nothing is repaired unasked.
@Suite struct ReencodingTests {
  private static func payload(
    _ values: [Int: Float], columns: Int = 64
  ) throws -> any TensorPayload {
    let shape = try #require(TensorShape([4, columns]))
    let layout = try #require(TensorLayout(shape, F32.traits))
    var floats = [Float](repeating: 0.5, count: 4 * columns)
    for (index, value) in values { floats[index] = value }
    return try PayloadTests.payload(floats, layout, F32.self)
  }

  private func message(
    _ values: [Int: Float], to encoder: any QuantizableEncoding.Type, clamps: Bool = false,
    columns: Int = 64
  ) throws -> String? {
    let base = try Self.payload(values, columns: columns)
    let payload = try #require(
      ReencodedPayload(base, to: encoder, named: "blk.0.attn_q.weight", clamps: clamps))
    do {
      _ = try payload.readBytes(rows: 0..<4)
      return nil
    } catch { return "\(error.source): \(error.message)" }
  }

  @Test(arguments: [Float.nan, Float.infinity, -Float.infinity])
  func nonFiniteNumbersAreNamedByPlace(_ value: Float) throws {
    for encoder: any QuantizableEncoding.Type in [F16.self, BF16.self, Q8_0.self, Q4_0.self] {
      let message = try #require(try message([2 * 64 + 7: value], to: encoder))
      #expect(message.contains("blk.0.attn_q.weight"))
      #expect(message.contains("row 2, column 7"))
    }
  }

  @Test func numbersBeyondF16AreRefusedOrClamped() throws {
    let message = try #require(try message([64: -70_000], to: F16.self))
    #expect(message.contains("row 1, column 0"))
    #expect(try self.message([64: 65_519], to: F16.self) == nil)
    #expect(try self.message([64: 65_520], to: F16.self) != nil)
    #expect(try self.message([64: -70_000], to: F16.self, clamps: true) == nil)
    #expect(try self.message([64: 1e30], to: BF16.self) == nil)
  }

  @Test func scalesBeyondF16AreRefused() throws {
    #expect(try message([3: 1e9], to: Q4_0.self)?.contains("row 0") == true)
    #expect(try message([3: 100_000], to: Q8_0.self) == nil)
    #expect(try message([3: 1e9], to: Q4_0.self, clamps: true) == nil)
  }

  /// Where squares overflow, the reference's searches give a block of zeros: an error, not silence.
  @Test func numbersThatASearchLosesAreRefused() throws {
    for encoder: any QuantizableEncoding.Type in [
      Q3_K.self, Q6_K.self, IQ4_XS.self, IQ3_S.self, Q4_K.self, Q8_0.self, TQ2_0.self,
    ] {
      for value in [1e20, -3e38, 2e19] as [Float] {
        let message = try self.message([2 * 256 + 7: value], to: encoder, columns: 256)
        #expect(message?.contains("row 2") == true, "\(encoder) \(value)")
      }
    }
    #expect(try message([2 * 64 + 7: 3e38], to: MXFP4.self) == nil)
  }

  @Test func importanceOfExpertsFollowsTheirRows() throws {
    let base = try Self.payload([:])
    let values = (0..<128).map { Float($0) }
    let weights = try #require(TensorImportance(values, columns: 64))
    #expect(weights.groups == 2)
    #expect(ReencodedPayload(base, to: Q4_0.self, named: "x", importance: weights) != nil)
    let wrong = try #require(TensorImportance(values, columns: 32))
    #expect(ReencodedPayload(base, to: Q4_0.self, named: "x", importance: wrong) == nil)
    #expect(TensorImportance(values, columns: 100) == nil)
  }
}
