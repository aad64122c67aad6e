internal import CWeighbridgeKernels
internal import CWeighbridgeOpenBLAS

/// What computes: the library of matrix products, and our own kernels.
package enum ComputeLibraries {
  /// The library's name, version and build: `OpenBLAS 0.3.21 … Haswell MAX_THREADS=64`.
  package static var matrices: String {
    unsafe String(cString: openblas_get_config()).split(separator: " ").joined(separator: " ")
  }

  /// Which of each kernel's twins runs on this machine.
  package static var kernels: String {
    let names = ["scalar", "portable", "AVX2", "AVX-512"]
    let level = Int(wb_cpu_highest_level())
    return names.indices.contains(level) ? names[level] : "level \(level)"
  }
}
