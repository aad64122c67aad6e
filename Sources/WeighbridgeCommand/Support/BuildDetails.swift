import Weighbridge
import WeighbridgeDigests
import WeighbridgeInference
import WeighbridgeZstd

/// What `--version` prints: the version, then what a report of a defect should have.
enum BuildDetails {
  static var text: String {
    #if arch(x86_64)
      let architecture = "x86-64"
    #elseif arch(arm64)
      let architecture = "ARM64"
    #else
      let architecture = "another architecture"
    #endif
    #if DEBUG
      let build = "debug build"
    #else
      let build = "release build"
    #endif
    return """
      weighbridge \(Weighbridge.version)
      \(build) for \(architecture), kernels: \(ComputeLibraries.kernels)
      zstd \(ZstdLibrary.version), \(DigestLibrary.version)
      """
  }
}
