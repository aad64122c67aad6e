// swift-tools-version: 6.2
import PackageDescription

// A program that depends on Weighbridge as any other would: through its one product.
let package = Package(
  name: "convert-and-compare",
  platforms: [.macOS(.v26)],
  dependencies: [
    // Elsewhere: .package(url: "https://…/weighbridge", from: "0.1.0")
    .package(name: "weighbridge", path: "../..")
  ],
  targets: [
    // A module of the program's own, to show that none of Weighbridge's is called so.
    .target(name: "JSON"),
    .executableTarget(
      name: "ConvertAndCompare",
      dependencies: ["JSON", .product(name: "Weighbridge", package: "weighbridge")]),
  ],
  swiftLanguageModes: [.v6]
)
