package import WeighbridgeByteIO
package import WeighbridgeEncodings
package import WeighbridgeModelIR

/// What encoding cost, tensor by tensor.
package struct CostReport: Sendable {
  /// One tensor.
  package struct Row: Sendable {
    /// Its name in the output.
    package let name: ByteString
    /// Its shape, outermost first.
    package let shape: TensorShape
    /// Its encoding before.
    package let sourceEncoding: Encoding
    /// Its encoding now.
    package let encoding: Encoding
    /// Bits a number takes.
    package let bits: Double
    /// The errors of what was compared; nil for a tensor that was copied.
    package let sums: ErrorSums?
    /// Its part of the squared error of all tensors, from 0 to 1.
    package let share: Double
    /// The same, each column weighed by its importance; nil without weights.
    package let weightedShare: Double?

    /// The layer in its name; nil for a tensor outside the layers.
    package var layer: Int? { LayerName.layer(of: name) }
    /// Its name without the layer: `ffn_down.weight`.
    package var kind: String {
      guard layer != nil else { return name.text }
      return name.text.split(separator: ".").dropFirst(2).joined(separator: ".")
    }
  }

  package let recipe: String
  /// Bits a number takes on average.
  package let bitsPerWeight: Double
  /// The tensors, in the order of the output.
  package let rows: [Row]
  /// The errors of all, as if every number had been compared.
  package let total: ErrorSums
  /// Numbers that were encoded anew.
  package let encodedCount: UInt64
  /// Those of them that were compared.
  package let measuredCount: UInt64

  /// Puts together what was measured; `sums` has one element for each row of the plan.
  package init(_ plan: ConversionPlan, _ sums: [ErrorSums?]) {
    var total = ErrorSums()
    var (encoded, measured): (UInt64, UInt64) = (0, 0)
    var estimates: [ErrorSums?] = []
    for (row, own) in zip(plan.rows, sums) {
      guard let own, own.count > 0 else {
        estimates.append(nil)
        continue
      }
      let elements = UInt64(row.shape.elementCount)
      let estimate = own.scaled(to: elements)
      estimates.append(estimate)
      total += estimate
      encoded &+= elements
      measured &+= own.count
    }
    rows = zip(zip(plan.rows, sums), estimates).map { pair, estimate in
      let (row, own) = pair
      let elements = max(1, row.shape.elementCount)
      return Row(
        name: row.name, shape: row.shape, sourceEncoding: row.sourceEncoding,
        encoding: row.encoding, bits: Double(row.bytes) * 8 / Double(elements),
        sums: estimate == nil ? nil : own,
        share: Self.share(estimate?.squaredError ?? 0, of: total.squaredError),
        weightedShare: row.usesImportance
          ? Self.share(estimate?.weightedError ?? 0, of: total.weightedError) : nil)
    }
    recipe = plan.recipe
    bitsPerWeight = plan.bitsPerWeight
    self.total = total
    encodedCount = encoded
    measuredCount = measured
  }

  private static func share(_ part: Double, of whole: Double) -> Double {
    whole > 0 ? part / whole : 0
  }

  /// The share of the numbers that were compared, from 0 to 1.
  package var measuredShare: Double {
    encodedCount > 0 ? Double(measuredCount) / Double(encodedCount) : 0
  }

  /// The tensors that were encoded anew, those with the largest share of the error first.
  package var byShare: [Row] {
    rows.filter { $0.sums != nil }.sorted {
      $0.share != $1.share ? $0.share > $1.share : $0.name < $1.name
    }
  }

  /// Shares of groups of tensors, added up in the order in which the groups appear.
  package func shares(by group: (Row) -> String?) -> [(group: String, share: Double)] {
    var result: [(group: String, share: Double)] = []
    var places: [String: Int] = [:]
    for row in rows where row.sums != nil {
      guard let name = group(row) else { continue }
      if let place = places[name] {
        result[place].share += row.share
      } else {
        places[name] = result.count
        result.append((name, row.share))
      }
    }
    return result
  }
}

extension ErrorSums {
  /// The sums that so many numbers would have if they were like those compared.
  fileprivate func scaled(to elements: UInt64) -> ErrorSums {
    var result = self
    let factor = Double(elements) / Double(max(1, count))
    result.count = elements
    result.squaredError *= factor
    result.squares *= factor
    result.errorTimesValue *= factor
    result.weightedError *= factor
    result.weightedSquares *= factor
    return result
  }
}
