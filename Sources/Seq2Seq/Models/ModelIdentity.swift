/// What numbers of a model mean only together with: its configuration and its vocabularies.
///
/// Weights carry it in their metadata, so that files of two models are not read as one.
struct ModelIdentity: Equatable {
  /// As it stands in the metadata of weights.
  let metadata: [String: String]

  /// The identity of a configuration and vocabularies.
  init(_ configuration: Configuration, _ vocabularies: Vocabularies) {
    // Only what differs from the default: keys that come later do not change what is there.
    let plain = Configuration()
    let keys = ConfigurationKey.all.filter { key in
      Self.keys.contains(key.name) && key.text(configuration) != key.text(plain)
    }
    let lines = keys.map { "\($0.name)=\($0.text(configuration) ?? "")\n" }
    var metadata = [
      "configuration": Fingerprint(lines.joined()).text,
      "target_vocabulary": vocabularies.target.fingerprint,
    ]
    metadata["source_vocabulary"] = vocabularies.source?.fingerprint
    self.metadata = metadata
  }

  /// The keys that say what the numbers mean.
  private static let keys: Set<String> = [
    "model.type", "model.cell", "model.attention", "model.selfAttention", "model.peeky",
    "model.handOver", "model.tiedEmbeddings", "model.layers", "model.hiddenSize",
    "model.embeddingSize", "data.tokenizer", "data.reverseSource",
  ]

  /// Checks that weights were written with this configuration and these vocabularies, if they say
  /// with what.
  ///
  /// - Throws: `InputError` naming the files that do not belong together.
  func check(_ weights: SafeTensorsFile, in folder: ModelFolder) throws {
    for (name, file) in [
      ("configuration", "config.yaml"), ("source_vocabulary", "source.vocab"),
      ("target_vocabulary", "target.vocab"),
    ] {
      guard let found = weights.metadata[name], found != metadata[name] else { continue }
      throw InputError(
        "\(folder.path) is a mixture of two models: model.safetensors was not written with this "
          + "\(file); train it again, or put the file back that belongs to it")
    }
  }
}

extension SafeTensorsFile {
  /// Whether weights say with what they were written; those of other programs do not.
  var carriesIdentity: Bool { metadata["configuration"] != nil }
}
