internal import WeighbridgeByteIO

/// Keeps outputs away from what is read: an input is never written to, whatever `--force` says.
package enum InputProtection {
  /// Throws where an output is one of the inputs, by the same name, a hard link or a symbolic link.
  package static func check(outputs: [String], inputs: [String]) throws {
    var places: [FileIdentity.Place: String] = [:]
    for input in inputs {
      if let place = FileIdentity(path: input)?.place { places[place] = input }
    }
    for output in outputs {
      guard let place = FileIdentity(path: output)?.place, let input = places[place] else {
        continue
      }
      throw RequestError(
        message: output == input
          ? "\(output) is the input; it is never overwritten"
          : "\(output) is the same file as the input \(input), which is never overwritten",
        hint: "choose another name for the output")
    }
  }
}
