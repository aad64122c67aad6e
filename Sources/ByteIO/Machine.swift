#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What of the machine this process may use: what it has, within what was allotted.
///
/// A container or a job has less than the machine: the affinity of the process, the limits of its
/// control group and of all above it (cgroups(7), v1 and v2), what Slurm has allotted, and `ulimit`.
package struct Machine: Hashable, Sendable {
  /// Cores, at least 1.
  package let cores: Int
  /// Bytes of memory.
  package let memory: UInt64

  /// Bytes for work in progress: half, as the program itself, the page cache and others need some.
  ///
  /// Of little memory the program's own share is large, so work gets what is left of it.
  package var memoryForWork: UInt64 {
    let own: UInt64 = 40 << 20
    return memory / 2 > own ? memory / 2 : max(memory / 8, memory > own ? memory - own : 0)
  }

  /// Asked once: limits are set before a process starts.
  package static let current = Machine()

  private init() {
    let pages = UInt64(max(sysconf(Int32(_SC_PHYS_PAGES)), 1))
    var memory = pages.multipliedReportingOverflow(
      by: UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 1))
    ).partialValue
    for limit in Self.limits where limit > 0 { memory = min(memory, limit) }
    self.init(
      cores: Self.affinity, memory: memory, groups: ControlGroups(root: ""),
      environment: { name in unsafe getenv(name).map { unsafe String(cString: $0) } })
  }

  /// What is left of a machine under limits.
  init(
    cores: Int, memory: UInt64, groups: ControlGroups, environment: (String) -> String?
  ) {
    let slurm = SlurmAllotment(environment)
    self.cores = max(1, [cores, groups.cores, slurm.cores].compactMap { $0 }.min() ?? cores)
    self.memory = [memory, groups.memory, slurm.memory].compactMap { $0 }.min() ?? memory
  }

  /// What `ulimit -v` and `ulimit -d` allow.
  private static var limits: [UInt64] {
    #if canImport(Glibc)
      let resources = [RLIMIT_AS, RLIMIT_DATA].map { Int32($0.rawValue) }
    #else
      let resources = [RLIMIT_AS, RLIMIT_DATA]
    #endif
    return resources.compactMap { resource in
      var limit = rlimit()
      return unsafe getrlimit(resource, &limit) == 0 ? UInt64(limit.rlim_cur) : nil
    }
  }

  /// The cores that the scheduler may run this process on: the mask of proc_pid_status(5).
  private static var affinity: Int {
    let online = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    let label = "Cpus_allowed:"
    let lines = (SmallFile.text("/proc/self/status", limit: 1 << 20) ?? "").split(separator: "\n")
    guard let mask = lines.first(where: { $0.hasPrefix(label) })?.dropFirst(label.count) else {
      return online
    }
    let count = mask.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
    return count > 0 ? min(count, online) : online
  }
}

/// What Slurm has allotted to a job, where it says so (sbatch(1), "output environment variables").
struct SlurmAllotment {
  private(set) var cores: Int?
  private(set) var memory: UInt64?

  init(_ environment: (String) -> String?) {
    func number(_ name: String) -> UInt64? {
      // `SLURM_STEP_TASKS_PER_NODE` may read `2(x3),1`: the first number is the largest.
      environment(name).flatMap { UInt64($0.prefix { $0.isASCII && $0.isNumber }) }
        .flatMap { $0 == 0 ? nil : $0 }
    }
    cores = number("SLURM_CPUS_PER_TASK").map { Int(clamping: $0) }
    // Mebibytes. Tasks of one step on a node share what the node gives; 0 is all of it.
    if let node = number("SLURM_MEM_PER_NODE") {
      memory = Self.bytes(node / max(1, number("SLURM_STEP_TASKS_PER_NODE") ?? 1))
    } else if let core = number("SLURM_MEM_PER_CPU") {
      let product = core.multipliedReportingOverflow(by: UInt64(cores ?? 1))
      memory = product.overflow ? nil : Self.bytes(product.partialValue)
    }
  }

  private static func bytes(_ mebibytes: UInt64) -> UInt64? {
    let bytes = mebibytes.multipliedReportingOverflow(by: 1 << 20)
    return bytes.overflow || bytes.partialValue == 0 ? nil : bytes.partialValue
  }
}
