// swift-tools-version: 6.2
import PackageDescription

// Coverage-guided fuzzing of the readers with libFuzzer. A package of its own, because it links only with
// the fuzzer's run-time; `make fuzz` builds and runs it.
let package = Package(
  name: "fuzz",
  dependencies: [.package(name: "weighbridge", path: "../..")],
  targets: [
    // The one C declaration that is needed: the entry point of libFuzzer.
    .target(name: "CFuzzer"),
    .executableTarget(
      name: "FuzzReaders",
      dependencies: ["CFuzzer", .product(name: "WeighbridgeReaders", package: "weighbridge")]),
  ],
  swiftLanguageModes: [.v6]
)
