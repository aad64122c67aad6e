import CFuzzer
import Foundation

/// The target that this process fuzzes, named by `WEIGHBRIDGE_FUZZ_TARGET`.
let target: FuzzTarget = {
  let name = ProcessInfo.processInfo.environment["WEIGHBRIDGE_FUZZ_TARGET"] ?? ""
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    let names = FuzzTarget.all.map(\.name).joined(separator: " ")
    FileHandle.standardError.write(Data("WEIGHBRIDGE_FUZZ_TARGET is one of: \(names)\n".utf8))
    exit(2)
  }
  return target
}()

/// The name by which libFuzzer knows the function under test.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  _ = target.run(Array(UnsafeBufferPointer(start: data, count: count)))
  return 0
}

/// The name by which libFuzzer knows how inputs are changed: half by its own means, half by the
/// form of the file.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>?, _ count: Int, _ limit: Int, _ seed: UInt32
) -> Int {
  guard let data else { return 0 }
  var generator = SmallGenerator(seed: seed)
  guard count > 0, generator.next(2) == 0 else { return LLVMFuzzerMutate(data, count, limit) }
  var bytes = Array(UnsafeBufferPointer(start: data, count: count))
  for _ in 0...generator.next(3) { target.mutation.change(&bytes, limit: limit, &generator) }
  for (index, byte) in bytes.prefix(limit).enumerated() { data[index] = byte }
  return min(bytes.count, limit)
}

@main
struct FuzzReaders {
  static func main() {
    if CommandLine.arguments.contains("--targets") {
      for target in FuzzTarget.all { print(target.name) }
      return
    }
    if CommandLine.arguments.contains("--seeds") {
      print(target.seeds.joined(separator: " "))
      return
    }
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments) { testOneInput($0, $1) })
  }
}
