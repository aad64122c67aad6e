internal import WeighbridgeEncodings

/// What a payload does to the rows of its parts.
package enum PayloadStep: Hashable, Sendable {
  /// Bytes of a file as they lie there.
  case stored
  /// Bytes that are held in memory.
  case held
  /// Elements of a storage picked out by strides.
  case gathered
  /// Tensors joined along a dimension that they have.
  case joined
  /// Tensors one behind the other along a new dimension.
  case stacked
  /// Rows in another order, or some of them.
  case arranged
  /// The last two dimensions exchanged.
  case transposed
  /// The same bytes under another shape.
  case reshaped
  /// Every element put through a formula.
  case mapped
  /// Interleaved rows taken apart.
  case separated
  /// Fields of blocks in the other byte order.
  case swapped
  /// Codes turned into numbers by the scales of a scheme.
  case scaled
  /// The low-rank product of an adapter added.
  case merged
  /// Numbers looked at on the way, and replaced where that was asked for.
  case checked
  /// Blocks in another form with the same codes.
  case repacked
  /// Decoded and encoded again.
  case encoded
}

/// What a payload's rows cost to produce.
package struct PayloadCost: Hashable, Sendable {
  /// Bytes that one row takes where it is widest: on its way in, or as it comes out.
  package let bytesPerRow: Int
  /// Whether encoding takes so much longer than reading that small jobs pay.
  package let isSearch: Bool
}

extension TensorPayload {
  /// How the bytes are stored before anything is done to them; this layout where several parts are
  /// put together.
  package var stored: TensorLayout {
    let parts = parts
    return parts.count == 1 ? parts[0].stored : layout
  }

  /// What is done to the bytes, in order: from how they are stored to how they come out.
  ///
  /// Parts that are put together are alike, so the first stands for all.
  package var steps: [PayloadStep] { (parts.first?.steps ?? []) + [step] }

  /// What a row costs.
  package var cost: PayloadCost {
    let rows = UInt64(max(1, layout.rowCount))
    var widest = layout.bytesPerRow
    var isSearch = step == .encoded && layout.encoding.elementsPerBlock > 1
    for part in parts {
      let own = part.cost
      isSearch = isSearch || own.isSearch
      // A part may have fewer rows than its result, or more: what counts is its share of one.
      let share = (UInt64(max(0, own.bytesPerRow)) &* UInt64(max(0, part.layout.rowCount))) / rows
      widest = max(widest, Int(clamping: share))
    }
    return PayloadCost(bytesPerRow: widest, isSearch: isSearch)
  }

  /// The payload before its blocks were rewritten for today's readers: whoever encodes anyway starts
  /// from these, so that nothing is rounded twice.
  package var beforeRewriting: any TensorPayload {
    switch step {
    case .repacked: parts.first?.beforeRewriting ?? self
    case .encoded:
      if let base = parts.first, base.layout.encoding.elementsPerBlock > 1 {
        base.beforeRewriting
      } else {
        self
      }
    case .stored, .held, .gathered, .joined, .stacked, .arranged, .transposed, .reshaped, .mapped,
      .separated, .swapped, .scaled, .merged, .checked:
      self
    }
  }
}
