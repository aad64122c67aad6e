import Weighbridge
import WeighbridgeConversion

/// What stands behind the model without an option, in llama.cpp's order: the output, the type, the number
/// of threads.
struct Positionals {
  private(set) var output: String?
  private(set) var type: String?
  private(set) var threads: Int?

  /// Reads what options have not said.
  init(
    _ rest: [String], command: String, model: String, output: String?, type: String?,
    takesType: Bool
  ) throws {
    var rest = rest[...]
    (self.output, self.type) = (output, type)
    if output == nil, let first = rest.first {
      if takesType, type == nil, rest.count == 1, RecipeRegistry.meant(by: first) != nil {
        let stem = model.hasSuffix(".gguf") ? String(model.dropLast(5)) : model
        throw UsageError(
          message: "-o is missing: where should the result go?",
          hint: "weighbridge \(command) \(model) -o \(stem)-\(first).gguf --type \(first)")
      }
      self.output = first
      rest = rest.dropFirst()
    }
    if takesType, type == nil, let next = rest.first {
      self.type = next
      rest = rest.dropFirst()
    }
    if takesType, let next = rest.first, let count = Int(next), (1...1024).contains(count) {
      threads = count
      rest = rest.dropFirst()
    }
    guard let stranger = rest.first else { return }
    throw UsageError(
      message: "unexpected argument '\(stranger)'",
      hint: takesType
        ? "weighbridge \(command) MODEL -o OUTPUT --type TYPE"
        : "weighbridge \(command) MODEL -o OUTPUT")
  }
}
