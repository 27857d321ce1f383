/// A deep recurrent network that predicts each symbol of a text from those before it (Mikolov et al. 2010):
/// an `EncoderDecoder`'s decoder without a source; or a part of it.
///
/// It reads streams block by block. A block's first state is that after the block before, if the minibatch
/// says that it continues; its gradient ends there (truncated backpropagation through time).
struct LanguageModel: Model {
  /// The sizes of the whole model.
  let shape: LanguageModelShape
  let plan: ModelPlan
  let part: ModelPart
  let layout: ParameterLayout
  /// Reads a symbol and says the next one.
  let decoder: LayerStack
  let output: SoftmaxOutput?
  /// `[V, E]`.
  let embedding: Embedding?

  /// A model, or a part of one.
  init(_ shape: LanguageModelShape, part: ModelPart? = nil) {
    let plan = shape.plan
    let part = part ?? .whole(plan)
    (self.shape, self.plan, self.part) = (shape, plan, part)
    let table = "decoder.embedding"
    var layout = ParameterLayout()
    decoder = LayerStack("decoder", layers: part.layers, of: shape.stack, to: &layout)
    output = part.vocabulary.map {
      SoftmaxOutput(
        "decoder.output", slice: $0, inputSize: plan.outputInputSize,
        tiedTo: shape.tiedEmbeddings ? table : nil, to: &layout)
    }
    precondition(
      !shape.tiedEmbeddings || (output != nil && part.hasEmbeddings), "what is tied is in one part")
    embedding =
      part.hasEmbeddings
      ? .table(
        table, vocabularySize: shape.vocabularySize, size: shape.embeddingSize,
        tiedTo: shape.tiedEmbeddings ? output : nil, to: &layout) : nil
    if part.hasLocalOutput, let output { layout.markLocal(from: output.weight) }
    self.layout = layout
  }

  var gradientBuckets: [Range<Int>] {
    let output = part.hasLocalOutput ? [] : [output].compactMap { $0?.range }
    let layers = decoder.layers.reversed().map(\.range)
    return shape.tiedEmbeddings ? layers + output : output + layers
  }

  var announcesOutput: Bool { shape.tiedEmbeddings }

  func activationCount(of batch: BatchExtent) -> Double {
    let perLayer = shape.stack.cell.activationCount + (shape.hasDropout ? 1 : 0)
    // Activations and their gradients between layers, and words with their gates.
    var perRow = shape.hiddenSize * (perLayer * part.layers.count + 6)
    if shape.hasDropout {
      // What the output layer and the lowest one read, and its gradient.
      perRow += 2 * shape.hiddenSize + 2 * shape.embeddingSize
    }
    return Double(batch.symbols) * Double(perRow)
  }

  var packedWeightCount: Double { Double(decoder.packedWeightCount) }

  func makeCache(poll: @escaping () -> Void) -> Cache { Cache(for: self, poll: poll) }

  func makeDecoder(_ parameters: Parameters) -> any ModelDecoder {
    RecurrentDecoder(self, parameters: parameters)
  }

  /// Reads a block, or whole sentences.
  func forward(_ batch: LocalBatch, in context: PassContext, cache: Cache) throws -> TopRows? {
    let (symbols, numbers) = (batch.targetInput, batch.targetNumbers)
    let isTraining = context.gradients != nil
    let states = isTraining ? cache.trained : cache.evaluated
    let pass = cache.pass(over: symbols.packing, of: self)
    try context.links.begin(
      input: PerSide(encoder: nil, decoder: pass.input),
      outputGradient: PerSide(encoder: nil, decoder: isTraining ? pass.outputGradient : nil),
      packings: PerSide(encoder: Packing(descendingLengths: []), decoder: symbols.packing))
    pass.begin(
      symbols, numbers: numbers,
      from: batch.continues ? states.kept(symbols.packing.sequenceCount) : nil, in: context)
    pass.top?.begin(
      pass.cache.output,
      mask: context.dropout?.mask("decoder.output", symbols.packing, numbers: numbers))
    try pass.forward(symbols.packing, in: context)
    states.keep(pass.cache.finalStates, of: symbols.packing.sequenceCount)
    return pass.top?.rows
  }

  func backward(_ batch: LocalBatch, in context: PassContext, cache: Cache) throws {
    guard let gradients = context.gradients else { preconditionFailure("a pass for training") }
    let packing = batch.targetInput.packing
    let pass = cache.pass(over: packing, of: self)
    // What comes after the block is another block, to which no gradient is due.
    try pass.backward(packing, from: nil, in: context)
    pass.bottom?.addGradients(parameters: context.parameters, gradients: gradients)
    if announcesOutput, let output { try context.gradientsReady(output.range) }
    try pass.finishBackward(in: context)
  }
}
