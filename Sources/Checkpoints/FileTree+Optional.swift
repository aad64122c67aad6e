package import WeighbridgeByteIO

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension FileTree {
  /// Opens a file that need not be there; nil where there is none.
  ///
  /// What is there and cannot be opened is an error: read without it, the model would be another.
  package func openIfPresent(_ name: String) throws(FormatError) -> (any ByteSource)? {
    do { return try open(name) } catch {
      let isAbsent =
        error.number == 0
        ? !names.contains(name) : [ENOENT, ENOTDIR, ENAMETOOLONG].contains(error.number)
      if isAbsent { return nil }
      throw FormatError(error)
    }
  }
}
