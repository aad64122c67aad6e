internal import WeighbridgeConversion
internal import WeighbridgeEncodings
internal import WeighbridgeInference
internal import WeighbridgeModelIR

/// Encodings of single tensors as a user's recipe (Specs/recipes.md): one rule for each encoding.
struct RecipeText {
  private let groups: [(encoding: Encoding, names: [String])]

  /// Groups tensors, of which those whose encoding is the source's are left out.
  init(_ tensors: [(name: String, encoding: Encoding, source: Encoding)]) {
    var groups: [(encoding: Encoding, names: [String])] = []
    for tensor in tensors where tensor.encoding != tensor.source {
      if let place = groups.firstIndex(where: { $0.encoding == tensor.encoding }) {
        groups[place].names.append(tensor.name)
      } else {
        groups.append((tensor.encoding, [tensor.name]))
      }
    }
    self.groups = groups
  }

  private static func pattern(_ names: [String]) -> String {
    let escaped = names.map { name in
      name.map { "\\.+*?()[]{}^$|".contains($0) ? "\\\($0)" : String($0) }.joined()
    }
    return "^(\(escaped.joined(separator: "|")))$"
  }

  /// As rules of the command line.
  func rules() throws(InferenceError) -> [TensorTypeRule] {
    var rules: [TensorTypeRule] = []
    for group in groups {
      do {
        rules.append(
          try TensorTypeRule(pattern: Self.pattern(group.names), encoding: group.encoding))
      } catch {
        throw .model(error)
      }
    }
    return rules
  }

  /// As YAML.
  func text(base: Recipe, budget: UInt64) -> String {
    var lines = [
      "# weighbridge quantize MODEL -o OUT.gguf --type THIS.yaml [--calibrate TEXT]",
      "# at most \(budget) bytes of tensors", "recipe: \(base.name)", "rules:",
    ]
    for group in groups {
      lines.append("  - match: '\(Self.pattern(group.names))'")
      lines.append("    type: \(group.encoding)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
