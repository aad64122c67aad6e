import ArgumentParser
import WeighbridgeConversion

/// `--part`: which share of the work this process does, as it is typed or as a scheduler has it.
enum ShareArgument {
  /// What a scheduler gives a process: its number, how many there are, and the first number.
  private struct Pair {
    let name: String
    let index: Int
    let count: Int
  }

  /// The share that `text` means; `parts` is `--parts`.
  ///
  /// `auto` takes the first complete pair of Slurm's arrays, Slurm's tasks, Kubernetes' indexed jobs (which
  /// do not say how many there are) and MPI's ranks.
  static func share(
    _ text: String, parts: Int?, environment: (String) -> String?
  ) throws -> WorkShare {
    guard text == "auto" else {
      let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let index = numbers[0], let count = numbers[1],
        let share = WorkShare(index: index - 1, count: count)
      else {
        throw UsageError(
          message: "--part takes i/n with i from 1 to n, or auto, not '\(text)'")
      }
      if let parts, parts != count {
        throw UsageError(message: "--part \(text) and --parts \(parts) contradict each other")
      }
      return share
    }
    let pairs = try pairs(environment, parts)
    guard let pair = pairs.first else {
      throw UsageError(
        message: "--part auto finds no scheduler: none of SLURM_ARRAY_TASK_ID, SLURM_PROCID, "
          + "JOB_COMPLETION_INDEX (with --parts), OMPI_COMM_WORLD_RANK and PMI_RANK is set",
        hint: "--part 2/7 says it by hand")
    }
    // An array of tasks of several processes: two of them would do the same share.
    if let other = pairs.dropFirst().first(where: { $0.count > 1 && pair.count > 1 }),
      (other.index, other.count) != (pair.index, pair.count)
    {
      throw UsageError(
        message: "\(pair.name) says share \(pair.index + 1) of \(pair.count), and \(other.name) "
          + "\(other.index + 1) of \(other.count)", hint: "--part i/n says which is meant")
    }
    let meant = pair.count > 1 ? pair : pairs.first { $0.count > 1 } ?? pair
    if let parts, parts != meant.count {
      throw UsageError(
        message: "\(meant.name) says \(meant.count) parts, and --parts \(parts)",
        hint: "leave --parts out")
    }
    guard let share = WorkShare(index: meant.index, count: meant.count) else {
      throw UsageError(
        message: "\(meant.name) says share \(meant.index + 1) of \(meant.count), which there is not"
      )
    }
    return share
  }

  private static func pairs(
    _ environment: (String) -> String?, _ parts: Int?
  ) throws -> [Pair] {
    func number(_ name: String) throws -> Int? {
      guard let text = environment(name), !text.isEmpty else { return nil }
      guard let number = Int(text) else {
        throw UsageError(message: "\(name) is '\(text)', not a number")
      }
      return number
    }
    var pairs: [Pair] = []
    func add(_ name: String, _ index: Int?, _ count: Int?) {
      if let index, let count { pairs.append(Pair(name: name, index: index, count: count)) }
    }
    // An array may begin anywhere and have gaps: --array=3-9:2.
    let first = try number("SLURM_ARRAY_TASK_MIN") ?? 0
    let step = max(1, try number("SLURM_ARRAY_TASK_STEP") ?? 1)
    add(
      "SLURM_ARRAY_TASK_ID", try number("SLURM_ARRAY_TASK_ID").map { ($0 - first) / step },
      try number("SLURM_ARRAY_TASK_COUNT"))
    add("SLURM_PROCID", try number("SLURM_PROCID"), try number("SLURM_NTASKS"))
    add("JOB_COMPLETION_INDEX", try number("JOB_COMPLETION_INDEX"), parts)
    add(
      "OMPI_COMM_WORLD_RANK", try number("OMPI_COMM_WORLD_RANK"),
      try number("OMPI_COMM_WORLD_SIZE"))
    add("PMI_RANK", try number("PMI_RANK"), try number("PMI_SIZE"))
    return pairs
  }

  /// A command line without what says which share is meant.
  static func stripped(_ arguments: [String]) -> [String] {
    var (kept, skips) = ([String](), false)
    for argument in arguments {
      if skips {
        skips = false
      } else if ["--part", "--parts"].contains(argument) {
        skips = true
      } else if !argument.hasPrefix("--part=") && !argument.hasPrefix("--parts=") {
        kept.append(argument)
      }
    }
    return kept
  }
}
