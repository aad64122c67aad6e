package import WeighbridgeEncodings

/// Names as people type them: `fp16`, `q8`, `Q4KM`, `q4-k-m`.
extension RecipeRegistry {
  /// Words from other programs, and from papers.
  private static let words = [
    "FP32": "F32", "FLOAT32": "F32", "FP16": "F16", "FLOAT16": "F16", "HALF": "F16",
    "BFLOAT16": "BF16", "Q8": "Q8_0", "INT8": "Q8_0", "I8": "Q8_0", "8BIT": "Q8_0",
  ]

  /// A name without what only parts it.
  private static func bare(_ name: String) -> String {
    String(name.uppercased().filter { $0.isLetter || $0.isNumber })
  }

  /// The recipe that a person means: its name or alias in any case, without separators, a word for it, or
  /// the number of `general.file_type` as llama-quantize takes it.
  package static func meant(by text: String) -> Recipe? {
    if let number = UInt32(text) { return all.first { $0.fileType == number } }
    if let recipe = named(text) { return recipe }
    let wanted = bare(text)
    if let word = words[wanted] { return named(word) }
    let same = all.filter { recipe in
      ([recipe.name] + recipe.aliases).contains { bare($0) == wanted }
    }
    return same.count == 1 ? same.first : nil
  }

  /// What to say of a name that means no recipe.
  package static func hint(for text: String) -> String {
    // A mix of bartowski's uploads: https://huggingface.co/bartowski has it in many.
    if let large = ["Q2_K_L": "Q2_K", "Q4_K_L": "Q4_K_M", "Q5_K_L": "Q5_K_M", "Q6_K_L": "Q6_K"][
      text.uppercased()]
    {
      return "\(text.uppercased()) is --type \(large) --output-type Q8_0 --embedding-type Q8_0"
    }
    let names = all.flatMap { [$0.name] + $0.aliases }
    let nearest = Nearest.to(bare(text), among: names, by: bare)
    return (nearest.map { "did you mean \($0)? " } ?? "")
      + "'weighbridge quantize --types' lists all"
  }
}

extension Encoding {
  /// The encoding that a person means, as for recipes.
  package static func meant(by text: String) -> Encoding? {
    if let encoding = named(text) { return encoding }
    guard UInt32(text) == nil, let recipe = RecipeRegistry.meant(by: text),
      recipe.kind == .plain || named(recipe.name) != nil
    else { return nil }
    return named(recipe.name)
  }
}
