// swift-tools-version: 6.2
import PackageDescription

// The package reads as a table: one line a target, with what it may know. Leaves know nothing of
// models; format modules know `ModelIR` (those of checkpoints, what lies beside the tensors too) and
// never each other; only `Formats` and the command line know all.

// In continuous integration a warning is an error; at a desk it is a warning.
let strictness: [SwiftSetting] =
  Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let settings: [SwiftSetting] =
  strictness + [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
  ]

// All modules of a program share one namespace, so a module has the package's name before its own: a
// program that depends on this package may have a `JSON` or `Tokenizers` of another. The folders and
// this table are without it.
func module(_ name: String) -> String {
  name.first == "C" && name.dropFirst().first?.isUppercase == true
    ? "CWeighbridge" + name.dropFirst() : "Weighbridge" + name
}

func dependencies(_ names: [String]) -> [Target.Dependency] {
  names.map { .init(stringLiteral: ["TestSupport", "Weighbridge"].contains($0) ? $0 : module($0)) }
}

func library(_ name: String, _ names: [String] = []) -> Target {
  .target(
    name: module(name), dependencies: dependencies(names), path: "Sources/" + name,
    swiftSettings: settings)
}

func tests(_ name: String, _ names: [String]) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: dependencies(names), swiftSettings: settings)
}

func system(_ name: String, _ pkgConfig: String, apt: String, brew: String) -> Target {
  .systemLibrary(
    name: module(name), path: "Sources/" + name, pkgConfig: pkgConfig,
    providers: [.apt([apt]), .brew([brew])])
}

// What the fuzz targets work with.
let fuzzed = [
  "Formats", "GGUF", "Conversion", "Inference", "Bundles", "Tokenizers", "Architectures", "Remote",
  "YAML", "Zstd", "ModelIR", "ByteIO", "JSON", "Encodings", "Templates", "Weighbridge",
]

// A fuzzer links only with libFuzzer's run-time, so it exists only where it is asked for; elsewhere the
// same targets are a test that replays what was found.
let fuzzing: [Target] =
  Context.environment["WEIGHBRIDGE_FUZZ"] == nil
  ? [
    .testTarget(
      name: "FuzzTests", dependencies: dependencies(fuzzed + ["TestSupport"]),
      path: "Tests/Fuzz/Sources", exclude: ["CFuzzer", "FuzzReaders/FuzzReaders.swift"])
  ]
  : [
    .target(name: "CFuzzer", path: "Tests/Fuzz/Sources/CFuzzer"),
    .executableTarget(
      name: "FuzzReaders", dependencies: ["CFuzzer"] + dependencies(fuzzed),
      path: "Tests/Fuzz/Sources/FuzzReaders"),
  ]

let package = Package(
  name: "weighbridge",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "weighbridge", targets: ["WeighbridgeCommand"]),
    // Everything the command line does, for other programs; all other modules are `package`.
    .library(name: "Weighbridge", targets: ["Weighbridge"]),
  ],
  dependencies: [
    // Flags, help and shell completions as users of Swift tools know them; 40 CPU seconds a build.
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    // ── System libraries: well kept, fast, and nothing to build ────────────────────────────────
    // zstd: the compression of bundles; the reference implementation.
    system("CZstd", "libzstd", apt: "libzstd-dev", brew: "zstd"),
    // libyaml: YAML that users write (recipes, name maps) and that model cards begin with.
    system("CYAML", "yaml-0.1", apt: "libyaml-dev", brew: "libyaml"),
    // libcrypto: SHA-256 with the CPU's SHA instructions, 1.5 GB/s.
    system("CCrypto", "libcrypto", apt: "libssl-dev", brew: "openssl"),

    // ── Leaves ────────────────────────────────────────────────────────────────────────────────
    .target(name: module("CKernels"), path: "Sources/CKernels"),
    // libcurl: files by HTTPS range requests, with proxies and resumption; found at run time.
    .target(name: module("CCurl"), path: "Sources/CCurl"),
    library("ByteIO"),
    library("JSON", ["ByteIO"]),
    library("YAML", ["ByteIO", "JSON", "CYAML"]),
    library("Digests", ["ByteIO", "CCrypto"]),
    library("Encodings", ["CKernels"]),
    library("Zstd", ["ByteIO", "CZstd"]),
    library("Remote", ["ByteIO", "JSON", "CCurl"]),

    // ── The common model, and what builds it ──────────────────────────────────────────────────
    library("ModelIR", ["ByteIO", "Encodings"]),
    library("Checkpoints", ["ModelIR", "ByteIO", "Encodings", "JSON"]),
    library("Safetensors", ["ModelIR", "ByteIO", "Encodings", "JSON", "Checkpoints"]),
    library("GGUF", ["ModelIR", "ByteIO", "Encodings"]),
    library("LegacyGGML", ["ModelIR", "ByteIO", "Encodings"]),
    library("TorchArchives", ["ModelIR", "ByteIO", "Encodings", "JSON", "Checkpoints"]),
    library("Architectures", ["ModelIR", "ByteIO", "JSON"]),
    library("Tokenizers", ["ModelIR", "ByteIO", "JSON"]),
    library("Templates", ["JSON", "ByteIO"]),
    library("Bundles", ["ModelIR", "ByteIO", "Digests", "JSON", "Zstd", "CKernels"]),
    library(
      "Formats",
      [
        "ModelIR", "ByteIO", "Safetensors", "GGUF", "LegacyGGML", "TorchArchives", "Checkpoints",
        "Bundles",
      ]),

    // ── What is done with it ──────────────────────────────────────────────────────────────────
    library(
      "Conversion",
      [
        "ModelIR", "ByteIO", "Encodings", "Architectures", "Checkpoints", "Tokenizers", "JSON",
        "YAML", "Digests", "CKernels",
      ]),
    library(
      "Inference", ["ModelIR", "ByteIO", "Encodings", "Architectures", "CKernels"]),
    library(
      "Calibration",
      [
        "Inference", "Conversion", "ModelIR", "ByteIO", "Encodings", "Digests", "CKernels",
      ]),
    library("Reports", ["JSON", "ByteIO", "Digests"]),

    // ── One way in for other programs, and the command line, which only speaks ────────────────
    .target(
      name: "Weighbridge",
      dependencies: dependencies([
        "Formats", "Safetensors", "GGUF", "Checkpoints", "Architectures", "Tokenizers", "Bundles",
        "Conversion", "Inference", "Calibration", "Remote", "ModelIR", "Encodings", "JSON",
        "ByteIO", "Digests", "YAML", "Reports", "Templates",
      ]), swiftSettings: settings),
    .executableTarget(
      name: "WeighbridgeCommand",
      dependencies: dependencies([
        "Weighbridge", "Formats", "Safetensors", "GGUF", "Checkpoints", "Architectures",
        "Tokenizers", "Bundles", "Conversion", "Inference", "Calibration", "Reports", "Remote",
        "ModelIR", "Encodings", "JSON", "ByteIO", "Digests", "YAML", "Templates", "Zstd",
      ]) + [.product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: settings),

    // ── Tests: one suite a source module; conformance loops over registries and Fixtures ──────
    .target(
      name: "TestSupport", dependencies: dependencies(["ByteIO", "JSON", "Digests"]),
      path: "Tests/TestSupport", swiftSettings: settings),
    tests("ByteIO", ["ByteIO", "TestSupport"]),
    tests("JSON", ["JSON", "ByteIO", "TestSupport"]),
    tests("YAML", ["YAML", "JSON", "ByteIO"]),
    tests("Encodings", ["Encodings", "CKernels", "ByteIO", "Digests", "JSON", "TestSupport"]),
    tests("ModelIR", ["ModelIR", "ByteIO", "Encodings", "TestSupport"]),
    tests("Safetensors", ["Safetensors", "ModelIR", "ByteIO", "JSON", "Encodings", "TestSupport"]),
    tests("GGUF", ["GGUF", "ModelIR", "ByteIO", "Encodings", "TestSupport"]),
    tests(
      "LegacyGGML",
      [
        "LegacyGGML", "GGUF", "ModelIR", "ByteIO", "Encodings", "JSON", "Digests", "TestSupport",
      ]),
    tests(
      "TorchArchives",
      ["TorchArchives", "ModelIR", "ByteIO", "Encodings", "JSON", "Digests", "TestSupport"]),
    tests(
      "Remote",
      [
        "Remote", "Conversion", "Formats", "ModelIR", "ByteIO", "Encodings", "Digests", "JSON",
        "TestSupport",
      ]),
    tests("Tokenizers", ["Tokenizers", "ModelIR", "ByteIO", "GGUF", "JSON", "TestSupport"]),
    tests(
      "Conversion",
      [
        "Conversion", "Formats", "GGUF", "Architectures", "ModelIR", "ByteIO", "Encodings", "JSON",
        "YAML", "Digests", "CKernels", "Checkpoints", "Safetensors", "Bundles", "TestSupport",
      ]),
    tests(
      "Inference",
      [
        "Inference", "Conversion", "Formats", "GGUF", "Architectures", "Tokenizers", "ModelIR",
        "ByteIO", "Encodings", "JSON", "TestSupport",
      ]),
    tests("Templates", ["Templates", "JSON", "ByteIO", "TestSupport"]),
    tests(
      "Calibration",
      [
        "Calibration", "Inference", "Conversion", "ModelIR", "ByteIO", "Encodings", "CKernels",
        "TestSupport",
      ]),
    tests("Bundles", ["Bundles", "Zstd", "ByteIO", "Digests", "JSON", "ModelIR", "TestSupport"]),
    tests("Reports", ["Reports", "JSON", "TestSupport"]),
    tests(
      "Conformance",
      [
        "Formats", "GGUF", "Safetensors", "Checkpoints", "ModelIR", "ByteIO", "Encodings", "JSON",
        "Digests", "TestSupport",
      ]),
    tests(
      "Weighbridge",
      [
        "Weighbridge", "Conversion", "Calibration", "Inference", "GGUF", "ModelIR", "ByteIO",
        "Encodings", "JSON", "Digests", "Tokenizers", "TestSupport",
      ]),
    tests("CLI", ["ByteIO", "JSON", "Digests", "TestSupport"]),
  ] + fuzzing,
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
