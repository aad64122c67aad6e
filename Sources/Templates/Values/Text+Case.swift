// Letters, digits and white space as Python's `str` methods know them.

extension Text {
  /// Every code point mapped by Unicode's full case mapping.
  var uppercased: Text { mapped { $0.properties.uppercaseMapping } }

  /// The same for lower case; a capital sigma that ends a word becomes a final one.
  var lowercased: Text {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(count)
    for (index, scalar) in scalars.enumerated() {
      if scalar == "\u{3A3}" {
        result.append(isFinalSigma(at: index) ? "\u{3C2}" : "\u{3C3}")
      } else {
        result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return Text(result, isMarkup: isMarkup)
  }

  /// Unicode's condition Final_Sigma: a cased letter before, none after, marks between ignored.
  private func isFinalSigma(at index: Int) -> Bool {
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return (before?.properties.isCased ?? false) && !(after?.properties.isCased ?? false)
  }

  /// The first code point in title case, the others in lower case.
  var capitalized: Text {
    guard let first = scalars.first else { return self }
    let rest = Text(scalars.dropFirst()).lowercased
    return Text(
      Array(first.properties.titlecaseMapping.unicodeScalars) + rest.scalars, isMarkup: isMarkup)
  }

  /// Each run of cased letters begins in title case and goes on in lower case.
  var titled: Text {
    var result: [Unicode.Scalar] = []
    var isInside = false
    for scalar in scalars {
      let properties = scalar.properties
      result.append(
        contentsOf: (isInside ? properties.lowercaseMapping : properties.titlecaseMapping)
          .unicodeScalars)
      isInside = properties.isCased
    }
    return Text(result, isMarkup: isMarkup)
  }

  var caseSwapped: Text {
    mapped {
      $0.properties.isUppercase ? $0.properties.lowercaseMapping : $0.properties.uppercaseMapping
    }
  }

  private func mapped(_ transform: (Unicode.Scalar) -> String) -> Text {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(count)
    for scalar in scalars { result.append(contentsOf: transform(scalar).unicodeScalars) }
    return Text(result, isMarkup: isMarkup)
  }

  /// Whether there is a cased letter and all of them are lower case (or upper case).
  func isCased(lower: Bool) -> Bool {
    var found = false
    for scalar in scalars {
      let properties = scalar.properties
      if lower ? properties.isUppercase : properties.isLowercase { return false }
      if properties.generalCategory == .titlecaseLetter { return false }
      if lower ? properties.isLowercase : properties.isUppercase { found = true }
    }
    return found
  }

  /// Whether there is at least one code point and all satisfy `test`.
  func all(_ test: (Unicode.Scalar) -> Bool) -> Bool { !isEmpty && scalars.allSatisfy(test) }

  /// HTML's five special characters replaced, as markupsafe does.
  var escaped: Text {
    var result: [Unicode.Scalar] = []
    for scalar in scalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\"": result.append(contentsOf: "&#34;".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return Text(result, isMarkup: true)
  }
}

extension Unicode.Scalar {
  var isPythonLetter: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  var isPythonDecimal: Bool { properties.generalCategory == .decimalNumber }

  var isPythonDigit: Bool {
    properties.numericType == .decimal || properties.numericType == .digit
  }

  var isPythonNumeric: Bool { properties.numericType != nil }
}
