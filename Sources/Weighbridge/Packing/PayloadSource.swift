internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The bytes of a tensor that is computed, as if they lay in a file.
struct PayloadSource: ByteSource {
  let name: String
  private let payload: any TensorPayload

  init(_ payload: any TensorPayload, name: String) {
    self.payload = payload
    self.name = name
  }

  var byteCount: UInt64 { payload.layout.byteCount }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError) {
    let count = buffer.byteCount
    guard ByteExtent(offset: offset, byteCount: UInt64(count), within: byteCount) != nil else {
      throw IOError(.read, path: name, reason: "\(count) bytes at \(offset) of \(byteCount)")
    }
    guard count > 0 else { return }
    // Whole rows are computed; what was asked for may begin and end inside of one.
    let row = UInt64(payload.layout.bytesPerRow)
    let rows = Int(offset / row)..<Int((offset + UInt64(count) - 1) / row) + 1
    do throws(FormatError) {
      if offset % row == 0, count == rows.count * Int(row) {
        try payload.read(rows: rows, into: &buffer)
        return
      }
      let bytes = try payload.readBytes(rows: rows)
      let start = Int(offset % row)
      unsafe buffer.withUnsafeMutableBytes { target in
        unsafe bytes.withUnsafeBytes { source in
          unsafe target.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: source[start..<start + count]))
        }
      }
    } catch {
      throw error.cause ?? IOError(.read, path: name, reason: error.message)
    }
  }
}

/// A file that is laid out and not written: its header, and payloads that are computed when they are
/// read.
struct PlannedSource: ByteSource {
  let name: String
  private let layout: FileLayout
  private let parts: [(offset: UInt64, source: any ByteSource)]

  init(_ model: Model, as layout: FileLayout, name: String) {
    self.name = name
    self.layout = layout
    var parts: [(offset: UInt64, source: any ByteSource)] = [
      (0, MemorySource(layout.header, name: name))
    ]
    for (tensor, offset) in zip(model.tensors, layout.payloadOffsets) {
      parts.append((offset, PayloadSource(tensor.payload, name: name + ": " + tensor.name.text)))
    }
    self.parts = parts.filter { $0.source.byteCount > 0 }.sorted { $0.offset < $1.offset }
  }

  var byteCount: UInt64 { layout.byteCount }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError) {
    let total = buffer.byteCount
    guard let whole = ByteExtent(offset: offset, byteCount: UInt64(total), within: byteCount)
    else { throw IOError(.read, path: name, reason: "\(total) bytes at \(offset) of \(byteCount)") }
    unsafe buffer.withUnsafeMutableBytes { target in
      _ = unsafe target.initializeMemory(as: UInt8.self, repeating: 0)
    }
    for part in parts[firstPart(at: offset)...] {
      guard part.offset < whole.end else { return }
      let start = max(part.offset, offset)
      let end = min(part.offset + part.source.byteCount, whole.end)
      guard start < end else { continue }
      let place = Int(start - offset)
      var target = buffer._mutatingExtracting(place..<place + Int(end - start))
      try part.source.read(at: start - part.offset, into: &target)
    }
  }

  /// The last part that begins at an offset or before it.
  private func firstPart(at offset: UInt64) -> Int {
    var (low, high) = (0, parts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if parts[middle].offset <= offset { low = middle } else { high = middle }
    }
    return low
  }
}
