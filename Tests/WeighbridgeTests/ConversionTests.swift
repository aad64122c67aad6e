import Foundation
import Synchronization
import TestSupport
import Testing
import Weighbridge

private let checkpoint = Location(SharedData.fixture("models/jargon-llama"))

/// The library as another program uses it.
@Suite struct LibraryTests {
  private static func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  @Test func aPlanTellsTheExactSize() throws {
    let folder = try TemporaryFolder()
    let request = ConversionRequest(type: "Q4_K_M", style: .quantizer)
    let plan = try OpenedModel(checkpoint).plan(request, to: folder.path + "/q.gguf")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/q.gguf"))
    let result = try plan.write()
    #expect(result.cost == nil)
    #expect(UInt64(try Self.bytes(folder.path + "/q.gguf").count) == plan.files[0].bytes)
    let written = try OpenedModel(Location(folder.path + "/q.gguf"))
    #expect(written.figures.tensors.map(\.encoding) == plan.tensors.map(\.encoding))
    #expect(written.figures.tensorBytes == plan.tensors.reduce(0) { $0 + $1.bytes })
    let again = #expect(throws: WeighbridgeError.self) { try plan.write() }
    #expect(again?.kind == .request, "what is there is not replaced")
  }

  /// One pass does what `convert`, then `quantize` do, whatever rules are given.
  @Test(arguments: [
    "tensorType", "outputAndEmbedding", "pure", "leaveOutput", "prune", "override", "file",
    "plainPrune", "plainType",
  ])
  func onePassIsConvertThenQuantize(rule: String) throws {
    let folder = try TemporaryFolder()
    func rules(_ request: ConversionRequest) throws -> ConversionRequest {
      var request = request
      switch rule {
      case "tensorType": request.tensorTypes = ["attn_v=Q8_0", "ffn_(up|gate)=Q5_K"]
      case "outputAndEmbedding": (request.outputType, request.embeddingType) = ("Q8_0", "Q4_0")
      case "pure": request.isPure = true
      case "leaveOutput": request.leavesOutput = true
      case "prune", "plainPrune": request.prunedLayers = [1, 2]
      case "override": request.overrides = ["llama.context_length=int:128"]
      case "plainType": request.tensorTypes = ["attn_v=Q8_0"]
      default:
        request.tensorTypeFile = folder.path + "/rules"
        try "ffn_down=Q6_K # larger\n".write(
          toFile: folder.path + "/rules", atomically: true, encoding: .utf8)
      }
      return request
    }
    let type = rule.hasPrefix("plain") ? "F16" : "Q4_K_M"
    let direct = try rules(ConversionRequest(type: type))
    _ = try OpenedModel(checkpoint).plan(direct, to: folder.path + "/direct.gguf").write()
    _ = try OpenedModel(checkpoint).plan(ConversionRequest(), to: folder.path + "/whole.gguf")
      .write()
    let second = try rules(ConversionRequest(type: type, style: .quantizer))
    _ = try OpenedModel(Location(folder.path + "/whole.gguf"))
      .plan(second, to: folder.path + "/after.gguf").write()
    let (one, two) = (
      try OpenedModel(Location(folder.path + "/direct.gguf")).figures,
      try OpenedModel(Location(folder.path + "/after.gguf")).figures
    )
    #expect(one.tensors == two.tensors)
    #expect(Set(one.metadata) == Set(two.metadata))
    #expect(
      try Self.bytes(folder.path + "/direct.gguf").suffix(Int(one.tensorBytes))
        == Self.bytes(folder.path + "/after.gguf").suffix(Int(two.tensorBytes)))
  }

  /// Rules without a type change what they name and nothing else.
  @Test func rulesAloneKeepTheRest() throws {
    let folder = try TemporaryFolder()
    _ = try OpenedModel(checkpoint).plan(ConversionRequest(), to: folder.path + "/a.gguf").write()
    var request = ConversionRequest()
    request.tensorTypes = ["attn_v=Q8_0"]
    let plan = try OpenedModel(Location(folder.path + "/a.gguf"))
      .plan(request, to: folder.path + "/b.gguf")
    for tensor in plan.tensors {
      let isNamed = tensor.name.contains("attn_v")
      #expect(tensor.encoding == (isNamed ? "Q8_0" : tensor.sourceEncoding), "\(tensor.name)")
    }
    request.isPure = true
    #expect(throws: WeighbridgeError.self) {
      try OpenedModel(Location(folder.path + "/a.gguf")).plan(request, to: folder.path + "/c.gguf")
    }
  }

  @Test func costsAreMeasuredAndProgressIsHeard() throws {
    let folder = try TemporaryFolder()
    let observer = Listener()
    var request = ConversionRequest(type: "Q4_0", style: .quantizer)
    request.costs = .complete
    let result = try OpenedModel(checkpoint).plan(
      request, to: folder.path + "/q.gguf", using: Resources(observer: observer)
    ).write()
    let cost = try #require(result.cost)
    #expect(cost.relative > 0.02 && cost.relative < 0.2 && cost.cosine > 0.98)
    let heard = observer.heard.withLock { $0 }
    #expect(heard.total > 0 && heard.done == heard.total && heard.ended == heard.began)
  }

  @Test func perplexityAndDivergenceAreThoseOfTheCommand() throws {
    let folder = try TemporaryFolder()
    _ = try OpenedModel(checkpoint).plan(
      ConversionRequest(type: "Q4_0", style: .quantizer), to: folder.path + "/q.gguf"
    ).write()
    let text = try String(
      contentsOfFile: SharedData.fixture("text/test.txt"), encoding: .utf8)
    var windows = TextWindows()
    windows.limit = 2
    let reference = try OpenedModel(checkpoint)
    let alone = try reference.perplexity(of: text, windows: windows)
    let both = try reference.compare(
      with: [OpenedModel(Location(folder.path + "/q.gguf")), reference], on: text, windows: windows)
    #expect(abs(both[0].referencePerplexity.value - alone.perplexity.value) < 1e-4)
    #expect(both[0].divergence.value > 1e-4 && both[0].sameTop.value < 1)
    #expect(abs(both[1].divergence.value) < 1e-6 && both[1].sameTop.value == 1)
  }

  @Test func aPartOfAModelIsNotPackedAlone() throws {
    let folder = try TemporaryFolder()
    let part = folder.path + "/split-00002-of-00003.gguf"
    try FileManager.default.copyItem(
      atPath: SharedData.fixture("gguf/split-00002-of-00003.gguf"), toPath: part)
    #expect(throws: WeighbridgeError.self) {
      _ = try ModelBundle.pack([part], to: folder.path + "/p.oci.tar")
    }
  }

  @Test func aBundleIsPackedVerifiedReadAndUnpacked() throws {
    let folder = try TemporaryFolder()
    _ = try OpenedModel(checkpoint).plan(
      ConversionRequest(type: "Q8_0", style: .quantizer), to: folder.path + "/q.gguf"
    ).write()
    let bundle = try ModelBundle.pack([folder.path + "/q.gguf"], to: folder.path + "/q.oci.tar")
    #expect(bundle.verify().isSound && bundle.files.map(\.path) == ["q.gguf"])
    #expect(try bundle.model().kind == .gguf)
    try bundle.unpack(to: folder.path + "/out")
    #expect(
      try Self.bytes(folder.path + "/out/q.gguf") == Self.bytes(folder.path + "/q.gguf"))
    var damaged = try Self.bytes(folder.path + "/q.oci.tar")
    damaged[damaged.count / 2] ^= 1
    try damaged.write(to: URL(fileURLWithPath: folder.path + "/bad.oci.tar"))
    // What opening finds already is found as well.
    let problems = (try? ModelBundle(folder.path + "/bad.oci.tar").verify().problems.count) ?? 1
    #expect(problems > 0)
  }
}

/// Counts what it hears.
private final class Listener: ActivityObserver {
  struct Counts {
    var began = 0
    var ended = 0
    var total: UInt64 = 0
    var done: UInt64 = 0
  }

  let heard = Mutex(Counts())

  func began(_ activity: String, total: UInt64, unit: WorkUnit) {
    heard.withLock {
      $0.began += 1
      $0.total += total
    }
  }

  func advanced(by amount: UInt64) { heard.withLock { $0.done += amount } }

  func ended() { heard.withLock { $0.ended += 1 } }
}
