internal import CWeighbridgeKernels

/// What computes.
package enum ComputeLibraries {
  /// Which of each kernel's twins runs on this machine.
  package static var kernels: String {
    let names = ["scalar", "portable", "AVX2", "AVX-512"]
    let level = Int(wb_cpu_highest_level())
    return names.indices.contains(level) ? names[level] : "level \(level)"
  }
}
