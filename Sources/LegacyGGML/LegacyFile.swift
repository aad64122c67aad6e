internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// One file, read as the layout that fits it.
struct LegacyFile: Sendable {
  let source: any ByteSource
  let header: LegacyHeader
  private(set) var table: LegacyTensorTable

  /// Tries every layout of the container and every era of its blocks, and takes the first that fits
  /// from the first byte to the last.
  ///
  /// Where none fits, the error is that of the one that got furthest.
  init(_ source: any ByteSource, limits: ReadLimits) throws(FormatError) {
    let prefix: [UInt8]
    do { prefix = try source.readPrefix(4) } catch { throw FormatError(error) }
    let container: LegacyContainer
    if LegacyContainer.magic(prefix) == nil, BareVocabulary.isPlausible(source) {
      container = .bare
    } else {
      var reader = ByteReader(source, limits: limits)
      container = try LegacyContainer(&reader)
    }
    let layouts = LegacyLayout.all.filter { $0.containers.contains(container) }
    guard !layouts.isEmpty else {
      throw FormatError(
        .unsupportedVersion, "\(container.description) is not known", in: source.name, at: 4,
        hint: "GGML, GGMF 1, GGJT 1 to 3, GGLA 1, GGCC 10 and RWKV 100 and 101 are")
    }
    let found = try Self.first(of: layouts, container, source, limits)
    self.source = source
    self.header = found.header
    self.table = found.table
    if try liesInPlanes() { table.placeInPlanes() }
  }

  /// The first layout that fits.
  private static func first(
    of layouts: [LegacyLayout], _ container: LegacyContainer, _ source: any ByteSource,
    _ limits: ReadLimits
  ) throws(FormatError) -> (header: LegacyHeader, table: LegacyTensorTable) {
    var best: (progress: LegacyProgress, error: FormatError)?
    for layout in layouts {
      var progress = LegacyProgress(.header, container.byteCount)
      do throws(FormatError) {
        return try attempt(layout, container, source, limits, &progress)
      } catch {
        if error.code == .io { throw error }
        if best.map({ $0.progress < progress }) ?? true {
          best = (progress, error.read(as: layout.name))
        }
      }
    }
    throw best?.error ?? FormatError(.notThisFormat, "no layout fits", in: source.name)
  }

  /// Whether the file is of the first days, when only LLaMA was there and had no version (GGML-18).
  private func liesInPlanes() throws(FormatError) -> Bool {
    guard header.container.kind == .ggml, header.layout.maySplit, table.era == .pairs,
      let record = table.records.first(where: { $0.layout.encoding.elementsPerBlock > 1 }),
      let payload = SourcePayload(record.layout, in: source, record.extent)
    else { return false }
    return try PlanarPayload.isLikely(payload)
  }

  private static func attempt(
    _ layout: LegacyLayout, _ container: LegacyContainer, _ source: any ByteSource,
    _ limits: ReadLimits, _ progress: inout LegacyProgress
  ) throws(FormatError) -> (header: LegacyHeader, table: LegacyTensorTable) {
    var reader = ByteReader(source, at: container.byteCount, limits: limits)
    let header = try LegacyHeader(layout, container, &reader, progress: &progress)
    var best: (progress: LegacyProgress, error: FormatError)?
    for era in layout.eras(container, fileType: header.fileType) {
      var reached = progress
      do throws(FormatError) {
        let table = try LegacyTensorTable(
          header, era: era, in: source, limits: limits, progress: &reached)
        return (header, table)
      } catch {
        if best.map({ $0.progress < reached }) ?? true { best = (reached, error) }
      }
    }
    guard let best else { preconditionFailure("a layout without eras") }
    progress = best.progress
    throw best.error
  }
}

extension FormatError {
  /// The same fault with the layout in front: what the file was taken for.
  func read(as layout: String) -> FormatError {
    guard cause == nil else { return self }
    return FormatError(
      code, "read as a \(layout) file: \(message)", in: source, at: offset, hint: hint)
  }
}

/// The vocabulary files of March 2023 that start with the number of tokens.
enum BareVocabulary {
  /// Bytes that are looked at.
  private static let prefixBytes = 4096

  /// Whether a count and then records of length, bytes and score fill the first 4 KiB, with the
  /// scores that every LLaMA vocabulary has: zero for all of the first tokens (GGML-3).
  static func isPlausible(_ source: any ByteSource) -> Bool {
    guard let prefix = try? source.readPrefix(prefixBytes), prefix.count == prefixBytes else {
      return false
    }
    func number(_ at: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(prefix[at + $1]) << (8 * UInt32($1)) }
    }
    let count = number(0)
    guard count >= 300, count <= LegacyHeader.largestVocabulary,
      source.byteCount >= UInt64(count) * 8
    else { return false }
    var at = 4
    var records = 0
    while at + 8 <= prefixBytes, records < 259 {
      let length = Int(number(at))
      guard length <= 32, at + 8 + length <= prefixBytes, number(at + 4 + length) == 0 else {
        return false
      }
      at += 8 + length
      records += 1
    }
    return records == 259
  }
}
