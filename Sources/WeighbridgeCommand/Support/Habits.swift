import Weighbridge

/// Options of llama.cpp's programs, and older names of our own: they stand for an option here, or the
/// exact line to type is said.
///
/// They are rewritten before the argument parser looks, so that help shows one name for one thing.
struct Habits {
  let command: String

  /// What becomes of an option.
  private enum Meaning {
    /// Another option.
    case option(String)
    /// Nothing: what it asks for is always so.
    case nothing
    /// Its value is an argument without an option.
    case argument
    /// It has no meaning here; what to do instead.
    case refused(String)
  }

  private static let texts: Set<String> = [
    "perplexity", "compare", "imatrix", "calibrate", "ladder",
  ]

  /// The meaning of an option, where it is not one of the command's own.
  private func meaning(of option: String) -> Meaning? {
    switch option {
    case "--outfile", "--output-file", "--out": return .option("--output")
    case "-m", "--model": return .argument
    case "-f": return file
    case "--amend-encoders": return .option("--fix-encoder-bugs")
    case "-ngl", "--n-gpu-layers", "--gpu-layers", "-fa", "--flash-attn", "-b", "--batch-size",
      "-ub",
      "--ubatch-size", "--no-mmap", "--mlock":
      return command == "inspect"
        ? nil : .refused("omit it: weighbridge computes on the CPU and in bounded memory")
    default: break
    }
    switch command {
    case "perplexity", "compare", "imatrix", "calibrate": return measuring(option)
    case "quantize":
      switch option {
      case "--ftype", "--outtype": return .option("--type")
      case "--nthreads", "--n-threads": return .option("--threads")
      default: return nil
      }
    case "convert": return converting(option)
    case "split", "merge": return splitting(option)
    case "tokenize", "detokenize": return tokenizing(option)
    case "inspect":
      switch option {
      case "--no-tensors", "--header": return .nothing
      case "-c", "--ctx-size": return .option("--memory-for")
      case "-ctk": return .option("--cache-type-k")
      case "-ctv": return .option("--cache-type-v")
      case "-ngl", "--n-gpu-layers": return .option("--gpu-layers")
      case "-b", "--batch-size", "-ub", "--ubatch-size": return .option("--batch")
      case "-fa", "--flash-attn": return .nothing
      default: return nil
      }
    default: return nil
    }
  }

  /// `-f` names a file in all of llama.cpp, and a habit must not overwrite anything: it is the text where
  /// a command takes one, and never short for `--force`.
  private var file: Meaning {
    if Self.texts.contains(command) { return .option("--text") }
    if command == "tokenize" { return .option("--file") }
    return .refused(
      "-f names a file in llama.cpp, so here it replaces nothing; to replace outputs write --force")
  }

  private func measuring(_ option: String) -> Meaning? {
    switch option {
    case "--ctx-size", "--n-ctx": return .option("--context")
    case "--file": return .option("--text")
    case "--ppl-stride": return .option("--stride")
    case "--no-ppl": return command == "imatrix" ? .nothing : nil
    case "--kl-divergence-base", "--save-all-logits":
      return command == "compare"
        ? .option("--baseline")
        : .refused(
          "weighbridge compare REFERENCE MODEL --text FILE, or, from a file of logits, weighbridge "
            + "compare --baseline FILE MODEL")
    case "--kl-divergence":
      return command == "compare"
        ? .nothing : .refused("weighbridge compare REFERENCE MODEL --text FILE")
    case "--show-statistics": return .refused("weighbridge imatrix --show FILE")
    case "--output-frequency", "-ofreq": return .option("--save-frequency")
    default: return nil
    }
  }

  private func converting(_ option: String) -> Meaning? {
    switch option {
    case "--ftype": return .option("--type")
    case "--bigendian": return .option("--byte-order=big")
    case "--use-temp-file", "--no-lazy", "--no-tensor-first-split": return .nothing
    case "--print-supported-models": return .option("--architectures")
    case "--remote": return .refused("weighbridge convert hf://OWNER/NAME -o model.gguf")
    default: return nil
    }
  }

  private func splitting(_ option: String) -> Meaning? {
    switch (command, option) {
    case ("split", "--split"), ("merge", "--merge"): return .nothing
    case ("split", "--merge"):
      return .refused("weighbridge merge NAME-00001-of-0000N.gguf -o model.gguf")
    case ("merge", "--split"): return .refused("weighbridge split model.gguf -o NAME --size 4GiB")
    case ("split", "--split-max-size"): return .option("--size")
    case ("split", "--split-max-tensors"): return .option("--tensors")
    default: return nil
    }
  }

  private func tokenizing(_ option: String) -> Meaning? {
    switch option {
    case "-p", "--prompt": return .argument
    case "--show-count": return .option("--count")
    case "--stdin", "--log-disable": return .nothing
    default: return nil
    }
  }

  /// The arguments in the words of this program; what follows `--` is no option.
  func rewritten(_ arguments: [String]) throws -> [String] {
    var result: [String] = []
    for (index, argument) in arguments.enumerated() {
      guard argument != "--" else { return result + arguments[index...] }
      let mark = argument.hasPrefix("--") ? argument.firstIndex(of: "=") : nil
      let name = mark.map { String(argument[..<$0]) } ?? argument
      guard argument.hasPrefix("-"), let meaning = meaning(of: name) else {
        result.append(argument)
        continue
      }
      switch meaning {
      case .option(let option): result.append(option + (mark.map { String(argument[$0...]) } ?? ""))
      case .nothing: break
      case .argument:
        if let mark { result.append(String(argument[argument.index(after: mark)...])) }
      case .refused(let hint):
        throw UsageError(message: "'\(command)' has no option \(name)", hint: hint)
      }
    }
    return result
  }
}
