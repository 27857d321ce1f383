import Distributed

/// Everything that a run depends on: the content of `config.yaml`.
///
/// The initial values are the recipe of Sutskever et al. (2014), section 3.4.
public struct Configuration: Sendable, Equatable {
  /// What is trained.
  public struct Model: Sendable, Equatable {
    /// The kinds of model.
    public enum Kind: String, Sendable, CaseIterable {
      case seq2seq
    }
    /// `model.type`.
    public var type = Kind.seq2seq
    /// What a recurrent layer computes at a step.
    public enum Cell: String, Sendable, CaseIterable {
      case lstm, gru, rnn
    }
    /// `model.cell`.
    public var cell = Cell.lstm
    /// Recurrent layers of the encoder, and as many of the decoder.
    public var layers = 4
    /// Cells per layer, H.
    public var hiddenSize = 1000
    /// numbers per embedding, E.
    public var embeddingSize = 1000
    /// Parameters start uniformly in ± this.
    public var initRange = 0.08
  }

  /// What it is trained on.
  public struct Data: Sendable, Equatable {
    /// Training text, one sentence per line; absolute once read from a file.
    public var source: String?
    /// Its translation, line for line.
    public var target: String?
    /// Validation text.
    public var validationSource: String?
    /// Its translation.
    public var validationTarget: String?
    /// Symbols of the source vocabulary at most, `<eos>` and `<unk>` among them.
    public var sourceVocabularySize = 160_000
    /// Symbols of the target vocabulary at most.
    public var targetVocabularySize = 80_000
    /// A vocabulary to use instead of counting words.
    public var sourceVocabulary: String?
    /// A vocabulary to use instead of counting words.
    public var targetVocabulary: String?
    /// How lines become symbols.
    public var tokenizer = TokenizerKind.whitespace
    /// What the symbols are pieces of: `evaluate` makes words of them for BLEU.
    public var subwords = Subwords.words
    /// Whether the encoder reads sentences backwards.
    public var reverseSource = true
    /// Longer pairs are dropped, in symbols of either side.
    public var maxLength = 50
    /// The order of sentences in an epoch.
    public var order = BatchOrder.bucketed
    /// Where the prepared corpus is kept; `prepared` in the output folder if nil.
    public var prepared: String?
  }

  /// How it is trained.
  public struct Training: Sendable, Equatable {
    /// The kinds of optimizer.
    public enum Optimizer: String, Sendable, CaseIterable {
      case sgd, adam
    }
    /// The folder that receives the model.
    public var output: String?
    /// Sentences of a whole minibatch, over all ranks.
    public var batchSize = 128
    /// The update rule.
    public var optimizer = Optimizer.sgd
    /// The learning rate; 0.7 for SGD and 0.001 for Adam if nil.
    public var learningRate: Double?
    /// The epoch of the first halving; 5 for SGD and never for Adam if nil.
    public var halveAfterEpoch: Double?
    /// Epochs between halvings.
    public var halveEveryEpochs = 0.5
    /// The largest norm that a gradient keeps.
    public var clipNorm = 5.0
    /// Epochs to train.
    public var epochs = 7.5
    /// Steps to train, if that comes sooner.
    public var steps: Int?
    /// The seed of the start and of the order of sentences.
    public var seed = 1
    /// Steps between lines of metrics.
    public var logEverySteps = 50
    /// Steps between validations and saves; half an epoch if nil.
    public var validateEverySteps: Int?

    /// The learning rate in use.
    public var initialLearningRate: Double {
      learningRate ?? (optimizer == .sgd ? 0.7 : 0.001)
    }
    /// The epoch of the first halving in use; infinite for never.
    public var firstHalvingEpoch: Double {
      halveAfterEpoch ?? (optimizer == .sgd ? 5 : .infinity)
    }
  }

  /// How ranks share the work.
  public struct Parallel: Sendable, Equatable {
    /// Replicas; what is left of the ranks if nil.
    public var data: Int?
    /// Stages of a replica.
    public var layers = 1
    /// Where the softmax is.
    public var softmax = ProcessGrid.Softmax.onLastStage
    /// How gradients are summed over replicas.
    public var exchange = Peers.Exchange.shared
    /// Time steps that stages pass on together.
    public var chunkSteps = 4
  }

  /// `model:`.
  public var model = Model()
  /// `data:`.
  public var data = Data()
  /// `training:`.
  public var training = Training()
  /// `parallel:`.
  public var parallel = Parallel()

  /// The paper's recipe.
  public init() {}

  /// A path that the run cannot do without.
  ///
  /// - Throws: `InputError` naming the key.
  func required(_ path: KeyPath<Configuration, String?>, _ key: String) throws -> String {
    guard let value = self[keyPath: path] else {
      throw InputError("the configuration does not say \(key)")
    }
    return value
  }
}
