import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeInference

/// Flips of single keys of every family's `config.json`, with the logits of transformers.
///
/// `Tests/Peers/branches.py --fixture` writes them; the tensors' numbers follow from a formula.
struct ConfigurationTests {
  /// The families of the fixture.
  static let families: [JSONValue] = {
    let path = SharedData.fixture("branches.json")
    return (try? JSONValue.read(FileSource(path: path)))?.array ?? []
  }()

  @Test func everyFamilyIsThere() { #expect(Self.families.count >= 30) }

  @Test(arguments: families.indices)
  func flipsComputeWhatTransformersComputes(_ index: Int) throws {
    let family = Self.families[index]
    let name = try #require(family["family"]?.text)
    let tokens = try #require(family["tokens"]?.array).compactMap { $0.integer.map { Int32($0) } }
    let base = try #require(family["config"]?.object)
    let source = try Self.model(try #require(family["tensors"]?.object))
    var options = CanonicalOptions()
    options.purpose = .computation
    for flip in try #require(family["cases"]?.array) {
      let what = "\(name), \(flip["flip"]?.text ?? "")"
      var configuration = base
      for member in flip["change"]?.object?.members ?? [] {
        configuration[member.key] = member.value
      }
      for key in flip["remove"]?.array ?? [] { configuration[try #require(key.string)] = nil }
      let expected = try Self.floats(try #require(flip["logits"]?.text))
      let model: Model
      do throws(ModelError) {
        model = try CanonicalModel.network(of: source, .object(configuration), options)
      } catch {
        // What cannot be computed is refused by its key's name, and never where it changes nothing.
        #expect(
          flip["matters"]?.bool == true && error.subject == "config.json", "\(what): \(error)")
        continue
      }
      let logits = try Decoder(model).logits(of: tokens, options: InferenceOptions(threads: 2))
      let last = (logits.rows - 1) * logits.columns
      let found = Array(logits.values[last..<last + expected.count])
      let error = Samples.relativeError(found, expected)
      let isNoted = model.problems.contains { $0.place == "config.json" }
      // Single precision itself leaves FalconMamba's states 1.3e-4 apart.
      let bound = name == "falcon-mamba" ? 2e-4 : 1e-4
      #expect(error < bound || isNoted, "\(what): relative error \(error)")
    }
  }

  /// Tensors whose numbers follow from their names.
  private static func model(_ shapes: JSONObject) throws -> Model {
    var tensors: [Tensor] = []
    for member in shapes.members {
      let dimensions = (member.value.array ?? []).compactMap(\.integer)
      let values = numbers(member.key.text, dimensions)
      let flat = try #require(MemoryPayload(values))
      let payload = try #require(ReshapedPayload(flat, dimensions))
      tensors.append(Tensor(name: member.key, payload: payload))
    }
    return Model(origin: ModelOrigin(format: "safetensors"), tensors: tensors)
  }

  /// As `weights` of branches.py.
  private static func numbers(_ name: String, _ dimensions: [Int]) -> [Float] {
    var seed: UInt32 = 2_166_136_261
    for byte in name.utf8 { seed = (seed ^ UInt32(byte)) &* 16_777_619 }
    let isEmbedding = name.contains("embed") || name.contains("wte")
    let scale: Float = isEmbedding ? 2 : dimensions.count > 1 ? 0.5 : 0.25
    let offset: Float = name.hasSuffix("weight") && dimensions.count == 1 ? 0.5 : 0
    return (0..<dimensions.reduce(1, *)).map { index in
      var bits = UInt32(truncatingIfNeeded: index) &* 2_654_435_761 &+ seed
      for _ in 0..<2 {
        bits ^= bits >> 16
        bits = bits &* 0x45D9F3B
      }
      bits ^= bits >> 16
      return (Float(bits >> 8) / Float(1 << 24) - 0.5) * scale + offset
    }
  }

  private static func floats(_ text: String) throws -> [Double] {
    let data = [UInt8](try #require(Data(base64Encoded: text)))
    return stride(from: 0, to: data.count - 3, by: 4).map { start in
      Double(
        Float(
          bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[start + $1]) << UInt32(8 * $1) })
      )
    }
  }

  /// Cases whose logits are of an older transformers: 5.24 computes what is computed here.
  private static let changedSince: Set = ["falcon.alibi"]

  /// All of `../shared/cases/branches`: equal, or noted.
  @Test(.enabled(if: branches != nil))
  func sharedCasesAreEqualOrNoted() throws {
    let folder = try #require(Self.branches)
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
      let path = folder + "/" + name
      guard let flip = try? JSONValue.read(FileSource(path: path + "/case.json")) else { continue }
      let base = try #require(flip["base"]?.text)
      let tokens = try #require(flip["tokens"]?.array).compactMap { $0.integer.map { Int32($0) } }
      let expected = try Samples.numpy(path + "/logits.npy")
      let source = try Formats.open(path: SharedData.path("zoo/\(base)/hf"))
      var options = CanonicalOptions()
      options.purpose = .computation
      let document = try JSONValue.read(FileSource(path: path + "/config.json"))
      let model: Model
      do throws(ModelError) {
        model = try CanonicalModel.network(of: source, document, options)
      } catch {
        #expect(flip["changed"]?.double ?? 0 > 0, "\(name): \(error)")
        continue
      }
      let logits = try Decoder(model).logits(of: tokens, options: InferenceOptions(threads: 2))
      let error = Samples.relativeError(
        Array(logits.values.suffix(expected.count)), expected)
      #expect(
        error < 1e-4 || !model.problems.isEmpty || Self.changedSince.contains(name),
        "\(name): relative error \(error)")
    }
  }

  private static let branches: String? = {
    guard SharedData.isPresent else { return nil }
    let path = SharedData.path("../cases/branches")
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }()
}
