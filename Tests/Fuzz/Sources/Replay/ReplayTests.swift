import Foundation
import TestSupport
import Testing

/// Runs every fuzz target on its seeds, on what was found with it, and on a few changes of both: nothing
/// may end this process.
///
/// `WEIGHBRIDGE_FUZZ_SECONDS` makes of it a campaign of that many seconds for each target, or for the one
/// that `WEIGHBRIDGE_FUZZ_TARGET` names; the input that runs lies in `WEIGHBRIDGE_FUZZ_INPUT`.
@Suite(.serialized) struct ReplayTests {
  private static let environment = ProcessInfo.processInfo.environment

  private static let folders = [
    SharedData.fixture(""), SharedData.packageFolder + "/Tests/Fuzz/Seeds",
  ]

  private static func read(_ paths: [String]) -> [[UInt8]] {
    paths.compactMap { FileManager.default.contents(atPath: $0).map { [UInt8]($0) } }
  }

  @Test(arguments: FuzzTarget.all.indices)
  func noInputEndsTheProcess(_ index: Int) {
    let target = FuzzTarget.all[index]
    let found = SharedData.fixture("regressions/" + target.name)
    let paths = Self.folders.flatMap { Campaign.seeds(of: target, in: $0, upTo: 1 << 16) }
    let known = (try? FileManager.default.contentsOfDirectory(atPath: found)) ?? []
    let inputs = Self.read(known.sorted().map { found + "/" + $0 } + paths)
    #expect(!inputs.isEmpty, "\(target.name) has no seeds")
    var campaign = Campaign(target, inputs: inputs, seed: 1)
    campaign.replay()
    for _ in 0..<16 { campaign.step() }
    #expect(campaign.executions == inputs.count + 16)
  }

  @Test(
    .enabled(if: environment["WEIGHBRIDGE_FUZZ_SECONDS"] != nil),
    arguments: FuzzTarget.all.indices)
  func campaign(_ index: Int) throws {
    let target = FuzzTarget.all[index]
    guard [nil, target.name].contains(Self.environment["WEIGHBRIDGE_FUZZ_TARGET"]) else { return }
    let seconds = try #require(Self.environment["WEIGHBRIDGE_FUZZ_SECONDS"].flatMap { Double($0) })
    let path = Self.environment["WEIGHBRIDGE_FUZZ_INPUT"] ?? NSTemporaryDirectory() + "fuzz-input"
    let folders = Self.folders + [SharedData.folder].compactMap(\.self)
    let paths = folders.flatMap { Campaign.seeds(of: target, in: $0, upTo: 1 << 18) }
    let seed = UInt32.random(in: 0...UInt32.max)
    var campaign = Campaign(target, inputs: Self.read(paths), seed: seed)
    let end = Date.now.addingTimeInterval(seconds)
    while Date.now < end {
      let start = clock()
      var running: [UInt8] = []
      campaign.step {
        running = $0
        _ = FileManager.default.createFile(atPath: path, contents: Data($0))
      }
      let used = Double(clock() - start) / 1_000_000
      if used > 4 {
        let kept = "\(path)-slow-\(target.name)-\(campaign.executions)"
        _ = FileManager.default.createFile(atPath: kept, contents: Data(running))
        Issue.record("\(target.name): \(used) s of CPU for \(running.count) bytes, \(kept)")
      }
    }
    print(
      "fuzzed \(target.name): \(campaign.executions) executions, \(paths.count) seeds, "
        + "\(campaign.inputs.count - paths.count) kept, seed \(seed)")
  }
}
