import Foundation
import JSON
import Weighbridge

/// Converts a checkpoint to F16 and to Q4_K_M, and says what the second cost against the first.
///
///     swift run ConvertAndCompare CHECKPOINT TEXT FOLDER
///
/// Errors of the library are values: each has a code, a message and, where there is one, a hint.
@main
struct ConvertAndCompare {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.count == 3 else {
      print("usage: ConvertAndCompare CHECKPOINT TEXT FOLDER")
      exit(2)
    }
    do {
      try run(
        checkpoint: arguments[0], text: String(contentsOfFile: arguments[1], encoding: .utf8),
        folder: arguments[2])
    } catch let error as WeighbridgeError {
      print("error: \(error.message)")
      if let hint = error.hint { print("hint: \(hint)") }
      exit(error.kind == .request ? 2 : 3)
    }
  }

  static func run(checkpoint: String, text: String, folder: String) throws {
    let resources = Resources(observer: Progress())

    // One way in, whatever is there: GGUF, a checkpoint, a bundle, hf://owner/name.
    let source = try OpenedModel(Location(checkpoint))
    print("\(source.kind.rawValue), \(source.architecture ?? "of no known family")")

    // A plan first: every size is known before anything is written.
    let plain = try source.plan(
      ConversionRequest(type: "F16"), to: folder + "/f16.gguf", using: resources)
    for file in plain.files { print("\(file.path): \(file.bytes) bytes") }
    _ = try plain.write()

    var request = ConversionRequest(type: "Q4_K_M", style: .quantizer)
    request.tensorTypes = ["attn_v=Q8_0"]
    request.costs = .sampled
    let quantized = try source.plan(request, to: folder + "/q4_k_m.gguf", using: resources)
    let result = try quantized.write()
    for diagnostic in quantized.diagnostics + result.diagnostics { print(diagnostic.message) }

    // Both walk through the text together; no logits are stored.
    let reference = try OpenedModel(Location(folder + "/f16.gguf"))
    let model = try OpenedModel(Location(folder + "/q4_k_m.gguf"))
    var windows = TextWindows()
    windows.limit = 4
    for difference in try reference.compare(
      with: [model], on: text, windows: windows, using: resources)
    {
      print(
        JSON.object([
          ("bitsPerWeight", quantized.bitsPerWeight),
          ("relativeError", result.cost?.relative ?? 0),
          ("perplexity", difference.perplexity.value),
          ("referencePerplexity", difference.referencePerplexity.value),
          ("meanKLD", difference.divergence.value), ("sameTop", difference.sameTop.value),
        ]))
    }
  }
}

/// Says what is begun; a program with a window would move a bar.
struct Progress: ActivityObserver {
  func began(_ activity: String, total: UInt64, unit: WorkUnit) {
    print("\(activity): \(total) \(unit.rawValue)")
  }
  func advanced(by amount: UInt64) {}
  func ended() {}
}
