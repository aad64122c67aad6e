import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `verify`: every digest of a bundle.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check every digest of a bundle without unpacking it.",
    discussion: """
      Exit status 1 if anything is wrong; each problem names its file and its frame or chunk. Of files that \
      are stored as what differs from others what is stored is checked; with --deep each is also made \
      again, which takes as long as quantizing it.

      EXAMPLES
        weighbridge verify model.oci.tar
        weighbridge verify ladder.oci.tar --deep
        weighbridge verify model.oci.tar --json
      """)

  @Argument(help: "The bundle.", completion: .file())
  var bundle: String

  @Flag(help: "Make files again that are stored as differences.")
  var deep = false

  @Option(
    help: ArgumentHelp(
      "A bundle that this one is stored as a difference from. Repeatable.", valueName: "bundle"),
    completion: .file())
  var base: [String] = []

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let opened: ModelBundle
    do { opened = try ModelBundle(bundle, bases: base) } catch {
      // A file that is no bundle is a wrong input; one that is broken is what was asked about.
      let isBundle = error.code != "not-this-format" || ModelBundle.resembles(bundle)
      guard error.kind == .input, isBundle else { throw error }
      if json {
        let problem: JSONValue = [
          "code": JSONValue(error.code), "where": JSONValue(bundle),
          "message": JSONValue(error.message), "offset": nil,
        ]
        Console.print(
          json: [
            "schema": "weighbridge.verify/1", "bundle": JSONValue(bundle), "sound": false,
            "bytes": 0, "files": [], "problems": .array([problem]),
          ])
      }
      throw CheckFailure(message: error.message, hint: error.hint)
    }
    let result = opened.verify(isDeep: deep, using: common.resources)
    if json {
      Console.print(json: document(opened, result))
    } else {
      for problem in result.problems { Console.print(problem.description) }
    }
    guard result.isSound else {
      throw CheckFailure(
        message: "\(bundle): \(NumberFormat.counted(result.problems.count, "problem"))")
    }
    if !json {
      Console.print(
        "\(bundle): OK, \(NumberFormat.counted(opened.files.count, "file")), "
          + "\(NumberFormat.bytes(result.bytes)) verified"
      )
    }
  }

  private func document(
    _ opened: ModelBundle, _ result: ModelBundle.Verification
  ) -> JSONValue {
    [
      "schema": "weighbridge.verify/1", "bundle": JSONValue(bundle),
      "sound": .bool(result.isSound), "bytes": JSONValue(result.bytes),
      "files": .array(
        zip(opened.files, result.digests).map { file, digest in
          ["path": JSONValue(file.path), "digest": digest.map { JSONValue($0) } ?? nil]
        }),
      "problems": .array(
        result.problems.map {
          [
            "code": JSONValue($0.code), "where": JSONValue($0.place),
            "message": JSONValue($0.message), "offset": $0.offset.map { JSONValue($0) } ?? nil,
          ]
        }),
    ]
  }
}
