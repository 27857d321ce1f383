// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "seq2seq",
  products: [
    .executable(name: "launcher", targets: ["launcher"]),
    .library(name: "Seq2Seq", targets: ["Seq2Seq"]),
    .library(name: "Distributed", targets: ["Distributed"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CProcessor"),
    .target(name: "CKernels"),
    .target(name: "Distributed", dependencies: ["CMPI"]),
    .target(
      name: "Seq2Seq",
      dependencies: [
        "Distributed", "CKernels", "CZlib", .product(name: "Yams", package: "Yams"),
      ]),
    .executableTarget(
      name: "launcher",
      dependencies: [
        "Seq2Seq", "Distributed", "CProcessor",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(name: "TestSupport", dependencies: ["Distributed"], path: "Tests/TestSupport"),
    .testTarget(name: "DistributedTests", dependencies: ["Distributed", "TestSupport"]),
    .testTarget(
      name: "Seq2SeqTests", dependencies: ["Seq2Seq", "Distributed", "CKernels", "TestSupport"],
      exclude: ["Fixtures"]),
    .testTarget(name: "LauncherTests", dependencies: ["launcher", "Seq2Seq", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)

// `Scripts/fuzz.sh` asks for the fuzzer. Flags that are not safe bar a package from being a dependency,
// so others never see them.
if Context.environment["FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "fuzzer", dependencies: ["Seq2Seq"], path: "Fuzz", exclude: ["words.txt"],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])],
      linkerSettings: [.linkedLibrary("clang_rt.fuzzer_no_main-x86_64"), .linkedLibrary("stdc++")]))
}
