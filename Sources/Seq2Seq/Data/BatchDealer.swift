/// Deals a corpus out in minibatches: a function of a step's number alone, so that whoever asks comes to
/// the same ones.
protocol BatchDealer: AnyObject {
  /// Minibatches in an epoch.
  var batchesPerEpoch: Int { get }
  /// How large minibatches get.
  var bounds: BatchBounds { get }
  /// What is dealt out, for people.
  var summary: CorpusSummary { get }
  /// The minibatch of a step, counted from 0 through all epochs.
  func batch(ofStep number: Int) -> Batch
}

/// A training text in numbers, for people.
public enum CorpusSummary: Sendable, Equatable {
  /// Sentences with their translations, and the fraction of steps that padding would take in the first
  /// epoch; none of it is computed.
  case pairs(Int, paddingWaste: Double)
  /// One text as streams.
  case streams(StreamPlan)
}

extension PreparedCorpus {
  /// What deals the training text out.
  ///
  /// - Throws: `InputError` if it is too short for a configuration's streams.
  func trainingBatches(_ configuration: Configuration) throws -> any BatchDealer {
    let options = configuration.training
    return switch configuration.model.type {
    case .seq2seq:
      SentenceDealer(
        corpus: training, order: configuration.data.order, batchSize: options.batchSize,
        seed: options.seed)
    case .languageModel: try TokenStream(training: training, options)
    }
  }

  /// What deals the validation text out, the same way every time; nil if there is none.
  func validationBatches(_ configuration: Configuration) -> (any BatchDealer)? {
    guard let validation else { return nil }
    let options = configuration.training
    return switch configuration.model.type {
    case .seq2seq:
      SentenceDealer(
        corpus: validation, order: .bucketed, batchSize: options.batchSize, seed: 0)
    case .languageModel: TokenStream(validation: validation, options)
    }
  }
}

/// Deals out sentences.
final class SentenceDealer: BatchDealer {
  private let corpus: PairFile
  private let sampler: BatchSampler
  private var epoch: (number: Int, batches: BatchSampler.Epoch)

  init(corpus: PairFile, order: BatchOrder, batchSize: Int, seed: Int) {
    self.corpus = corpus
    sampler = BatchSampler(corpus: corpus, order: order, batchSize: batchSize, seed: seed)
    epoch = (0, sampler.epoch(0))
  }

  var batchesPerEpoch: Int { sampler.batchesPerEpoch }
  var bounds: BatchBounds { sampler.bounds(of: epoch.batches) }

  var summary: CorpusSummary {
    .pairs(corpus.count, paddingWaste: sampler.paddingWaste(of: epoch.batches))
  }

  func batch(ofStep number: Int) -> Batch {
    let (wanted, position) = number.quotientAndRemainder(dividingBy: batchesPerEpoch)
    if wanted != epoch.number { epoch = (wanted, sampler.epoch(wanted)) }
    return .sentences(epoch.batches[position].map { corpus[Int($0)] })
  }
}
