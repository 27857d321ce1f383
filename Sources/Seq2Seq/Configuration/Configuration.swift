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
      case languageModel = "language-model"

      /// Whether there is a text that the model reads before it writes.
      var hasSource: Bool { self == .seq2seq }
    }
    /// `model.type`.
    public var type = Kind.seq2seq
    /// What a recurrent layer computes at a step.
    public enum Cell: String, Sendable, CaseIterable {
      case lstm, gru, rnn
    }
    /// `model.cell`.
    public var cell = Cell.lstm
    /// What the output layer reads of the encoder's states.
    public enum Attention: String, Sendable, CaseIterable {
      case none, dot
    }
    /// `model.attention`.
    public var attention = Attention.none
    /// Numbers per key of the self-attention below the encoder; 0 for none.
    public var selfAttention = 0
    /// Whether the encoder's last state is read at every step of the decoder.
    public var peeky = false
    /// What of the encoder's last states the decoder starts from.
    public enum HandOver: String, Sendable, CaseIterable {
      case state, hidden
    }
    /// `model.handOver`.
    public var handOver = HandOver.state
    /// The fraction of inputs that is dropped in training.
    public var dropout = 0.0
    /// Whether the decoder's embeddings are the weights of the output layer.
    public var tiedEmbeddings = false
    /// What parameters are drawn from at the start.
    public enum Start: String, Sendable, CaseIterable {
      case uniform, xavier
    }
    /// `model.init`.
    public var start = Start.uniform
    /// Added to the biases of an LSTM's forget gates at the start.
    public var forgetBias = 0.0
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

    /// Whether there is a validation text.
    var hasValidation: Bool { validationSource != nil || validationTarget != nil }
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
    /// What the sum of losses is divided by: sentences, or target symbols that count.
    public enum LossUnit: String, Sendable, CaseIterable {
      case sentence, symbol
    }
    /// `training.lossPer`; that of the kind of model if nil.
    public var lossPer: LossUnit?
    /// Of a language model, symbols of a block of truncated backpropagation through time.
    public var blockLength = 35
    /// Of a language model, whether the state goes on from block to block.
    public var stateful = true
    /// Whether `<unk>` as a target counts in no loss, gradient or perplexity.
    public var ignoreUnknown = false
    /// Whether a validation translates the text and counts what is exactly right.
    public var validateExact = false

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

  /// What the sum of losses is divided by, in use.
  public var lossUnit: Training.LossUnit {
    training.lossPer ?? (model.type == .languageModel ? .symbol : .sentence)
  }

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
