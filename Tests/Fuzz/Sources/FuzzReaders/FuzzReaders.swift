import CFuzzer
import Foundation
import WeighbridgeByteIO
import WeighbridgeGGUF
import WeighbridgeModelIR
import WeighbridgeSafetensors

/// Opens bytes with every reader that recognises them and reads every tensor.
///
/// An error is a good end; a trap, a hang or unbounded memory is a finding.
func tryReaders(_ bytes: [UInt8]) {
  let tree = MemoryTree(["input": bytes])
  let formats: [any WritableModelFormat.Type] = [GGUF.self, Safetensors.self]
  for format in formats {
    guard let model = try? format.open("input", in: tree, limits: .default) else { continue }
    for tensor in model.tensors {
      let rows = 0..<tensor.layout.rowCount
      _ = try? tensor.payload.readBytes(rows: rows)
      // A row of no bytes may hold no elements a million times; reading a few shows the same.
      _ = try? FloatRows(tensor.payload)?.read(rows: rows.prefix(1 << 10))
    }
    _ = try? format.layOut(model)
  }
}

/// The name by which libFuzzer knows the function under test.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  tryReaders(Array(UnsafeBufferPointer(start: data, count: count)))
  return 0
}

@main
struct FuzzReaders {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments) { testOneInput($0, $1) })
  }
}
