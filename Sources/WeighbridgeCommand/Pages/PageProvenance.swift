import Glibc
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeModelIR
import WeighbridgeReports

/// What a page says of itself: when it was made, with what, by which command, of which files.
struct PageProvenance {
  private(set) var rows: HTMLPage.Provenance

  /// The moment, the program and the command line of this process.
  init() {
    rows = [
      ("Made", Self.now),
      ("With", "weighbridge \(Weighbridge.version)"),
      ("Command", Self.command),
    ]
  }

  /// Adds a model's files with their SHA-256; where they are larger than `limit` together, without.
  mutating func add(_ label: String, filesAt location: String, limit: UInt64 = .max) {
    guard let model = try? ModelInput.open(location) else { return }
    let total = model.origin.files.reduce(UInt64(0)) { $0 &+ $1.byteCount }
    for file in model.origin.files {
      let digest = total > limit ? nil : Provenance.digest(file.path)
      let bytes = NumberFormat.grouped(Int(clamping: file.byteCount))
      rows.append(
        (label, "\(file.path), \(bytes) bytes" + (digest.map { ", SHA-256 \($0)" } ?? "")))
    }
    if total > limit {
      rows.append(
        (
          "Hashes",
          "left out: files of more than \(NumberFormat.bytes(limit)) are hashed with --stats"
        ))
    }
  }

  /// Adds a fact.
  mutating func add(_ label: String, _ value: String) { rows.append((label, value)) }

  /// `2026-11-28 12:05 UTC`.
  private static var now: String {
    var moment = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &moment)
    var time = moment.tv_sec
    var parts = unsafe tm()
    unsafe gmtime_r(&time, &parts)
    let fields = unsafe [
      parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
    ].map { $0 < 10 ? "0\($0)" : "\($0)" }
    return "\(fields[0])-\(fields[1])-\(fields[2]) \(fields[3]):\(fields[4]) UTC"
  }

  /// The command line as a shell would take it again.
  private static var command: String {
    (["weighbridge"] + CommandLine.arguments.dropFirst().map(quoted)).joined(separator: " ")
  }

  private static func quoted(_ argument: String) -> String {
    let isPlain = argument.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "/", ":", "=", ",", "+", "@", "%", "#":
        true
      default: scalar.value >= 0x80
      }
    }
    guard argument.isEmpty || !isPlain else { return argument }
    return "'" + argument.replacing("'", with: "'\\''") + "'"
  }
}
