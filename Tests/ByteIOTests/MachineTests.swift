import Foundation
import TestSupport
import Testing

@testable import WeighbridgeByteIO

/// What a process may use, under limits as the kernel and Slurm write them.
@Suite struct MachineTests {
  /// Files below a folder that stands for `/`.
  private static func machine(
    _ files: [String: String], _ environment: [String: String] = [:], cores: Int = 64,
    memory: UInt64 = 1 << 40
  ) throws -> Machine {
    let folder = try TemporaryFolder()
    for (name, text) in files {
      let parent = URL(fileURLWithPath: folder.path + "/" + name).deletingLastPathComponent().path
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
      try folder.write(Array(text.utf8), to: name)
    }
    return Machine(
      cores: cores, memory: memory, groups: ControlGroups(root: folder.path),
      environment: { environment[$0] })
  }

  private static let unified =
    "31 24 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"

  @Test func withoutLimitsItIsTheMachine() throws {
    let machine = try Self.machine([:])
    #expect(machine.cores == 64 && machine.memory == 1 << 40)
    #expect(Machine.current.cores >= 1 && Machine.current.memory > 0)
  }

  /// The lowest limit on the way up counts, not the nearest.
  @Test func versionTwoWithParents() throws {
    let group = "sys/fs/cgroup/system.slice/job.scope"
    let machine = try Self.machine([
      "proc/self/mountinfo": Self.unified, "proc/self/cgroup": "0::/system.slice/job.scope\n",
      group + "/cpu.max": "max 100000\n", group + "/memory.max": "8589934592\n",
      "sys/fs/cgroup/system.slice/cpu.max": "250000 100000\n",
      "sys/fs/cgroup/system.slice/memory.max": "max\n",
      "sys/fs/cgroup/system.slice/memory.high": "209715200\n",
    ])
    #expect(machine.cores == 3 && machine.memory == 200 << 20)
  }

  @Test func versionOneWithParents() throws {
    let mounts = """
      32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
      35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
      """
    let machine = try Self.machine([
      "proc/self/mountinfo": mounts + "\n",
      "proc/self/cgroup": "4:memory:/a/b\n1:cpu,cpuacct:/a/b\n0::/\n",
      "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us": "-1\n",
      "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "50000\n",
      "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/memory/a/b/memory.stat":
        "cache 0\nhierarchical_memory_limit 314572800\ntotal_cache 1\n",
      "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "419430400\n",
    ])
    #expect(machine.cores == 1 && machine.memory == 300 << 20)
  }

  /// Docker without a namespace for groups mounts the container's own group.
  @Test func aMountThatShowsOnlyTheGroup() throws {
    let machine = try Self.machine([
      "proc/self/mountinfo":
        "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
      "proc/self/cgroup": "4:memory:/docker/abc\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n",
    ])
    #expect(machine.memory == 1 << 30)
  }

  @Test(arguments: ["", "junk", "0::", "0::/../..\n", ":::::\n", "0::/\n4:memory:/x"])
  func nonsenseLimitsNothing(_ text: String) throws {
    let machine = try Self.machine([
      "proc/self/mountinfo": Self.unified + "x - cgroup2\n - - - -\n", "proc/self/cgroup": text,
      "sys/fs/cgroup/cpu.max": "0 0\n", "sys/fs/cgroup/memory.max": "-5\n",
    ])
    #expect(machine.cores == 64 && machine.memory == 1 << 40)
  }

  @Test func whatSlurmAllots() throws {
    let job = ["SLURM_CPUS_PER_TASK": "4", "SLURM_MEM_PER_NODE": "2048"]
    let machine = try Self.machine([:], job)
    #expect(machine.cores == 4 && machine.memory == 2 << 30)
    let step = try Self.machine([:], job.merging(["SLURM_STEP_TASKS_PER_NODE": "2(x3),1"]) { $1 })
    #expect(step.memory == 1 << 30)
    let perCore = try Self.machine([:], ["SLURM_CPUS_PER_TASK": "2", "SLURM_MEM_PER_CPU": "512"])
    #expect(perCore.memory == 1 << 30)
    // All of the node's memory, and more cores than there are.
    let all = try Self.machine([:], ["SLURM_CPUS_PER_TASK": "999", "SLURM_MEM_PER_NODE": "0"])
    #expect(all.cores == 64 && all.memory == 1 << 40)
  }
}
