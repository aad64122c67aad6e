internal import CWeighbridgeZstd

/// The library that compresses.
package enum ZstdLibrary {
  /// Its version: `1.5.4`.
  package static var version: String { unsafe String(cString: ZSTD_versionString()) }
}

/// The result of a libzstd call: the number, or the library's error as ours.
func checked(_ result: Int) throws(ZstdError) -> Int {
  guard ZSTD_isError(result) != 0 else { return result }
  let message = unsafe String(cString: ZSTD_getErrorName(result))
  switch ZSTD_getErrorCode(result) {
  case ZSTD_error_checksum_wrong: throw ZstdError(.checksumMismatch, message)
  case ZSTD_error_frameParameter_windowTooLarge, ZSTD_error_dstSize_tooSmall:
    throw ZstdError(.tooLarge, message)
  case ZSTD_error_srcSize_wrong: throw ZstdError(.truncated, message)
  case ZSTD_error_memory_allocation, ZSTD_error_parameter_unsupported,
    ZSTD_error_parameter_combination_unsupported, ZSTD_error_parameter_outOfBound,
    ZSTD_error_stage_wrong, ZSTD_error_init_missing:
    throw ZstdError(.library, message)
  default: throw ZstdError(.corrupted, message)
  }
}
