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
    let layout = try #require(TensorLayout(shape, .f32))
    var floats = [Float](repeating: 0.5, count: 4 * columns)
    for (index, value) in values { floats[index] = value }
    return try PayloadTests.payload(floats, layout, .f32)
  }

  private func message(
    _ values: [Int: Float], to encoder: Encoding, clamps: Bool = false,
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
    for encoder: Encoding in [.f16, .bf16, .q8_0, .q4_0] {
      let message = try #require(try message([2 * 64 + 7: value], to: encoder))
      #expect(message.contains("blk.0.attn_q.weight"))
      #expect(message.contains("row 2, column 7"))
    }
  }

  @Test func numbersBeyondF16AreRefusedOrClamped() throws {
    let message = try #require(try message([64: -70_000], to: .f16))
    #expect(message.contains("row 1, column 0"))
    #expect(try self.message([64: 65_519], to: .f16) == nil)
    #expect(try self.message([64: 65_520], to: .f16) != nil)
    #expect(try self.message([64: -70_000], to: .f16, clamps: true) == nil)
    #expect(try self.message([64: 1e30], to: .bf16) == nil)
  }

  @Test func scalesBeyondF16AreRefused() throws {
    #expect(try message([3: 1e9], to: .q4_0)?.contains("row 0") == true)
    #expect(try message([3: 100_000], to: .q8_0) == nil)
    #expect(try message([3: 1e9], to: .q4_0, clamps: true) == nil)
  }

  /// Where squares overflow, the reference's searches give a block of zeros: an error, not silence.
  @Test func numbersThatASearchLosesAreRefused() throws {
    for encoder: Encoding in [
      .q3_K, .q6_K, .iq4_XS, .iq3_S, .q4_K, .q8_0, .tq2_0,
    ] {
      for value in [1e20, -3e38, 2e19] as [Float] {
        let message = try self.message([2 * 256 + 7: value], to: encoder, columns: 256)
        #expect(message?.contains("row 2") == true, "\(encoder) \(value)")
      }
    }
    #expect(try message([2 * 64 + 7: 3e38], to: .mxfp4) == nil)
  }

  @Test func importanceOfExpertsFollowsTheirRows() throws {
    let base = try Self.payload([:])
    let values = (0..<128).map { Float($0) }
    let weights = try #require(TensorImportance(values, columns: 64))
    #expect(weights.groups == 2)
    #expect(ReencodedPayload(base, to: .q4_0, named: "x", importance: weights) != nil)
    let wrong = try #require(TensorImportance(values, columns: 32))
    #expect(ReencodedPayload(base, to: .q4_0, named: "x", importance: wrong) == nil)
    #expect(TensorImportance(values, columns: 100) == nil)
  }
}
