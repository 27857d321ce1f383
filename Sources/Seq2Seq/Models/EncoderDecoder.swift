/// The model of Sutskever et al. (2014), section 2: a deep recurrent network reads the source sentence,
/// and from its final state a second one writes the target; or a part of it.
///
/// A part owns the same layers of encoder and decoder, so that final states never travel. In training the
/// decoder reads the words that it should have said (teacher forcing). Its options are those of the
/// notes: attention, self-attention, peeky decoders (docs/models.md). What they read of the encoder does not travel
/// either: attention lives where both top layers are, self-attention where the embeddings are.
struct EncoderDecoder: Model {
  /// The sizes of the whole model.
  let shape: EncoderDecoderShape
  let plan: ModelPlan
  let part: ModelPart
  let layout: ParameterLayout
  /// Reads the source.
  let encoder: LayerStack
  /// Writes the target.
  let decoder: LayerStack
  let output: SoftmaxOutput?
  /// `[Vs, E]` and `[Vt, E]`.
  let embeddings: PerSide<Embedding>?
  /// What the encoder reads in place of embedded symbols, if it does.
  let selfAttention: SelfAttention?

  /// A model, or a part of one.
  init(_ shape: EncoderDecoderShape, part: ModelPart? = nil) {
    let plan = shape.plan
    let part = part ?? .whole(plan)
    (self.shape, self.plan, self.part) = (shape, plan, part)
    var layout = ParameterLayout()
    encoder = LayerStack("encoder", layers: part.layers, of: shape.encoder, to: &layout)
    decoder = LayerStack("decoder", layers: part.layers, of: shape.decoder, to: &layout)
    var dense: SelfAttention.Dense?
    if shape.selfAttention > 0, part.hasEmbeddings {
      dense = SelfAttention.Dense(
        Self.selfAttentionName, size: shape.selfAttention, embeddingSize: shape.embeddingSize,
        to: &layout)
    }
    output = part.vocabulary.map {
      SoftmaxOutput(
        "decoder.output", slice: $0, inputSize: plan.outputInputSize,
        tiedTo: shape.tiedEmbeddings ? Self.decoderTableName : nil, to: &layout)
    }
    embeddings =
      part.hasEmbeddings ? Self.embeddings(of: shape, output: output, to: &layout) : nil
    if let dense, let embeddings {
      selfAttention = SelfAttention(
        Self.selfAttentionName, dense, embedding: embeddings.encoder, to: &layout)
    } else {
      selfAttention = nil
    }
    if part.hasLocalOutput, let output { layout.markLocal(from: output.weight) }
    self.layout = layout
  }

  private static let decoderTableName = "decoder.embedding"
  private static let selfAttentionName = "encoder.self_attention"

  private static func embeddings(
    of shape: EncoderDecoderShape, output: SoftmaxOutput?, to layout: inout ParameterLayout
  ) -> PerSide<Embedding> {
    let encoder = Embedding(
      "encoder.embedding", vocabularySize: shape.vocabularies.source, size: shape.embeddingSize,
      to: &layout)
    precondition(!shape.tiedEmbeddings || output != nil, "what is tied is in one part")
    return PerSide(
      encoder: encoder,
      decoder: .table(
        decoderTableName, vocabularySize: shape.vocabularies.target, size: shape.embeddingSize,
        tiedTo: shape.tiedEmbeddings ? output : nil, to: &layout))
  }

  var gradientBuckets: [Range<Int>] {
    let output = part.hasLocalOutput ? [] : [output].compactMap { $0?.range }
    let stacks = [decoder, encoder].map { $0.layers.reversed().map(\.range) }
    return (shape.tiedEmbeddings ? stacks[0] + output : output + stacks[0]) + stacks[1]
      + [selfAttention].compactMap { $0?.dense.range }
  }

  var announcesOutput: Bool { shape.tiedEmbeddings }

  func activationCount(of batch: BatchExtent) -> Double {
    let perLayer = shape.encoder.cell.activationCount + (shape.hasDropout ? 1 : 0)
    // Activations and their gradients between layers, and words with their gates.
    var perRow = shape.hiddenSize * (perLayer * part.layers.count + 6)
    if hasTop, shape.outputInputSize > shape.hiddenSize || shape.hasDropout {
      // What the output layer reads, its gradient, and by sentence what attention reads and gives.
      perRow += 2 * shape.outputInputSize + 6 * shape.hiddenSize
    }
    // Weights of attention, and their gradients.
    var weights = 0.0
    if hasTop, shape.attention != .none { weights += 2 * Double(batch.targetsBySources) }
    if selfAttention != nil { weights += 2 * Double(batch.sourcesBySources) }
    if part.hasEmbeddings, shape.peeky || shape.selfAttention > 0 || shape.hasDropout {
      // Inputs that are vectors; queries, keys, values and sums, and the gradients of all.
      perRow +=
        2 * max(shape.decoder.inputSize, shape.selfAttention) + 11 * shape.selfAttention
        + shape.embeddingSize
    }
    return Double(batch.symbols) * Double(perRow) + weights
  }

  var packedWeightCount: Double {
    // The two sides have the same memory, one after the other.
    Double(max(encoder.packedWeightCount, decoder.packedWeightCount))
  }

  func makeCache(poll: @escaping () -> Void) -> Cache { Cache(for: self, poll: poll) }

  func makeDecoder(_ parameters: Parameters) -> any ModelDecoder {
    RecurrentDecoder(self, parameters: parameters)
  }

  /// Whether it has the top layers.
  var hasTop: Bool { part.hasTop(of: plan) }

  /// One of the two stacks.
  func stack(_ side: Side) -> LayerStack { side == .encoder ? encoder : decoder }
}
