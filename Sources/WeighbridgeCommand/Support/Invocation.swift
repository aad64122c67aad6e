import ArgumentParser
import Weighbridge
import WeighbridgeConversion

/// The command line before the argument parser sees it: which command it is, and what habits from other
/// programs stand for here.
enum Invocation {
  /// The names of all commands.
  static var commands: [String] {
    let configuration = WeighbridgeCommand.configuration
    return
      (configuration.subcommands
      + configuration.groupedSubcommands.flatMap(\.subcommands)).map { $0._commandName }
  }

  /// Words for commands in other programs.
  private static let words: [String: String] = [
    "show": "inspect", "info": "inspect", "dump": "inspect", "ls": "inspect", "list": "inspect",
    "view": "inspect", "metadata": "inspect", "gguf-dump": "inspect", "gguf_dump": "inspect",
    "quantise": "quantize", "quant": "quantize", "llama-quantize": "quantize",
    "ppl": "perplexity", "llama-perplexity": "perplexity", "eval": "perplexity",
    "evaluate": "perplexity", "kld": "compare", "kl-divergence": "compare",
    "llama-imatrix": "imatrix", "importance": "imatrix", "calibration": "imatrix",
    "gguf-split": "split", "llama-gguf-split": "split", "shard": "split", "join-shards": "merge",
    "convert_hf_to_gguf.py": "convert", "convert-hf-to-gguf": "convert", "export": "convert",
    "chat": "render", "template": "render", "llama-tokenize": "tokenize", "encode": "tokenize",
    "decode": "detokenize", "sha256": "hash", "checksum": "hash", "bundle": "pack",
    "extract": "unpack", "check": "verify",
  ]

  /// What weighbridge does not do, and who does.
  private static let others: [String: String] = [
    "run": "llama-cli -m MODEL.gguf, or ollama run NAME", "serve": "llama-server -m MODEL.gguf",
    "push": "skopeo copy oci-archive:NAME.oci.tar docker://REGISTRY/NAME",
    "pull": "hf://OWNER/NAME and https:// are read in place: weighbridge convert hf://OWNER/NAME …",
    "download":
      "hf://OWNER/NAME and https:// are read in place: weighbridge convert hf://OWNER/NAME …",
  ]

  /// The command of a command line, where it names one.
  static func command(of arguments: [String]) -> String? {
    arguments.first.flatMap { commands.contains($0) ? $0 : nil }
  }

  /// The arguments that the parser gets; throws where what was typed has another meaning here.
  static func prepared(_ arguments: [String]) throws -> [String] {
    guard let first = arguments.first else { return arguments }
    if first == "-V" { return ["--version"] }
    if first == "help", arguments.count > 1 { try check(arguments[1], isHelp: true) }
    guard !first.hasPrefix("-"), first != "help" else { return arguments }
    try check(first, isHelp: false)
    let rewritten = try Habits(command: first).rewritten(Array(arguments.dropFirst()))
    return OptionalValues.filled([first] + rewritten)
  }

  private static func check(_ name: String, isHelp: Bool) throws {
    guard !commands.contains(name), name != "help", !name.hasPrefix("-") else { return }
    let start = isHelp ? "weighbridge help " : "weighbridge "
    let lower = name.lowercased()
    let hint: String
    if let other = others[lower] {
      hint = "weighbridge does not do that; \(other)"
    } else if let meant = words[lower].flatMap({ commands.contains($0) ? $0 : nil })
      ?? Nearest.to(name, among: commands)
    {
      hint = "did you mean '\(start)\(meant)'?"
    } else {
      hint = "'weighbridge --help' lists the commands"
    }
    throw UsageError(message: "there is no command '\(name)'", hint: hint)
  }
}
