/// The limits of the control groups that this process is in, and of all above them that can be seen.
struct ControlGroups {
  /// Cores, rounded up; nil where nothing limits them.
  private(set) var cores: Int?
  /// Bytes of memory; nil where nothing limits it.
  private(set) var memory: UInt64?

  private let root: String
  private static let limit: UInt64 = 1 << 20

  /// A place where groups of one kind are mounted.
  private struct Mount {
    let root: String
    let point: String
    let controllers: Set<String>
    let isUnified: Bool
  }

  /// Reads `/proc/self/cgroup` and what it leads to, below `root`: a folder in a test.
  init(root: String) {
    self.root = root
    let mounts = Self.mounts(Self.text(root + "/proc/self/mountinfo") ?? "")
    for line in (Self.text(root + "/proc/self/cgroup") ?? "").split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let controllers = Set(fields[1].split(separator: ",").map(String.init))
      for mount in mounts {
        let isOne =
          controllers.isEmpty ? mount.isUnified : !mount.controllers.isDisjoint(with: controllers)
        if isOne { read(mount, path: String(fields[2])) }
      }
    }
  }

  /// Fields of proc_pid_mountinfo(5): root and mount point, and behind `-` type and options.
  private static func mounts(_ text: String) -> [Mount] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ").map(String.init)
      guard let dash = fields.firstIndex(of: "-"), dash >= 5, dash + 3 < fields.count,
        ["cgroup", "cgroup2"].contains(fields[dash + 1])
      else { return nil }
      return Mount(
        root: fields[3], point: fields[4],
        controllers: Set(fields[dash + 3].split(separator: ",").map(String.init)),
        isUnified: fields[dash + 1] == "cgroup2")
    }
  }

  /// Follows a group up to where its kind is mounted.
  private mutating func read(_ mount: Mount, path: String) {
    // In a container the mount may show only the group of the container: the path begins with it.
    var inside = path
    if mount.root != "/", inside.hasPrefix(mount.root) {
      inside.removeFirst(mount.root.count)
    }
    var parts = inside.split(separator: "/").map(String.init)
    if parts.contains("..") { parts = [] }
    while true {
      let folder = root + ([mount.point] + parts).joined(separator: "/")
      if mount.isUnified { readUnified(folder) } else { readClassic(folder, mount.controllers) }
      guard parts.popLast() != nil else { return }
    }
  }

  private mutating func readUnified(_ folder: String) {
    let quota = words(folder + "/cpu.max")
    if quota.count == 2 { limitCores(quota[0], quota[1]) }
    for name in ["memory.max", "memory.high"] { limitMemory(words(folder + "/" + name).first) }
  }

  private mutating func readClassic(_ folder: String, _ controllers: Set<String>) {
    if controllers.contains("cpu") {
      limitCores(
        words(folder + "/cpu.cfs_quota_us").first, words(folder + "/cpu.cfs_period_us").first)
    }
    guard controllers.contains("memory") else { return }
    limitMemory(words(folder + "/memory.limit_in_bytes").first)
    // Counts the groups above, too, which a container does not see.
    let lines = (Self.text(folder + "/memory.stat") ?? "").split(separator: "\n")
    let name = "hierarchical_memory_limit "
    limitMemory(lines.first { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) })
  }

  /// A quota of `max` or -1 is none.
  private mutating func limitCores(_ quota: String?, _ period: String?) {
    guard let quota = quota.flatMap({ Int($0) }), let period = period.flatMap({ Int($0) }),
      quota > 0, period > 0
    else { return }
    let count = quota / period + (quota % period > 0 ? 1 : 0)
    cores = min(cores ?? .max, max(1, count))
  }

  /// `max`, or close to 2⁶³ in version 1, is none.
  private mutating func limitMemory(_ text: String?) {
    guard let bytes = text.flatMap({ UInt64($0) }), bytes > 0, bytes < 1 << 60 else { return }
    memory = min(memory ?? .max, bytes)
  }

  private func words(_ path: String) -> [String] {
    (Self.text(path) ?? "").split { $0 == " " || $0 == "\n" }.map(String.init)
  }

  /// Files of the kernel say that they have no bytes, so they are read until they end.
  private static func text(_ path: String) -> String? { SmallFile.text(path, limit: limit) }
}
