import Glibc
import Weighbridge
import WeighbridgeByteIO

/// Options whose value may be left out: `--tensors` alone means `--tensors '*'`.
///
/// The argument parser knows no optional values, so the missing ones are filled in before it looks.
enum OptionalValues {
  private static let defaults = ["--tensors": "*", "--metadata": "*"]
  private static let commands: Set<String> = ["inspect"]

  /// The arguments with every missing value filled in.
  static func filled(_ arguments: [String]) -> [String] {
    guard let command = arguments.first, commands.contains(command) else { return arguments }
    var result: [String] = []
    for (index, argument) in arguments.enumerated() {
      result.append(argument)
      guard let value = defaults[argument] else { continue }
      let next = index + 1 < arguments.count ? arguments[index + 1] : nil
      if next.map({ $0.hasPrefix("-") || isModel($0) }) ?? true { result.append(value) }
    }
    return result
  }

  /// Whether an argument is rather the model than a pattern: it exists.
  private static func isModel(_ argument: String) -> Bool {
    unsafe access(argument.split(separator: "#").first.map(String.init) ?? argument, F_OK) == 0
  }
}
