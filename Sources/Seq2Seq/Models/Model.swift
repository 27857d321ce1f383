/// A network below its output layer, or a part of one: it knows where parameters lie, not their values,
/// and nothing of who has the other parts.
///
/// docs/add-a-model.md tells how to add one.
protocol Model: Sendable {
  /// What a forward pass leaves for the backward pass, kept from batch to batch.
  associatedtype Cache: AnyObject

  /// What is known of the whole model.
  var plan: ModelPlan { get }
  /// Which part of the model this is.
  var part: ModelPart { get }
  /// Where each parameter lies.
  var layout: ParameterLayout { get }
  /// The output layer, or this part's slice of it; nil if it has none.
  var output: SoftmaxOutput? { get }
  /// The dense parameters that others have too, in the order in which the backward pass completes
  /// their gradients: each is announced to `PassContext.gradientsReady` exactly once per pass.
  var gradientBuckets: [Range<Int>] { get }

  /// Whether the backward pass adds to the output layer's gradients too, and announces them: they are not
  /// complete before.
  var announcesOutput: Bool { get }

  /// Memory for passes.
  ///
  /// - Parameter poll: called every now and then while layers compute.
  func makeCache(poll: @escaping () -> Void) -> Cache

  /// Computes what the output layer reads. In training `backward` follows, with the same batch and
  /// cache.
  ///
  /// - Returns: the top rows, or nil if another part has the top.
  func forward(_ batch: LocalBatch, in context: PassContext, cache: Cache) throws -> TopRows?

  /// Adds the gradients of all parameters below the output layer. The gradient of the top rows has
  /// been filled, or arrives over `context.links`.
  func backward(_ batch: LocalBatch, in context: PassContext, cache: Cache) throws

  /// Numbers that the passes over a local batch keep.
  func activationCount(of batch: BatchExtent) -> Double

  /// Numbers of weights that are laid out for products at a time, beside the parameters.
  var packedWeightCount: Double { get }

  /// Lays the weights out for decoding; they do not change any more.
  func makeDecoder(_ parameters: Parameters) -> any ModelDecoder
}

extension Model {
  var announcesOutput: Bool { false }
}

/// What the output layer reads, and where the gradient of that is to be written. Valid until the next pass
/// with the same cache; rows are in the packing of the batch's targets.
struct TopRows {
  /// `[N, outputInputSize]`.
  let values: Matrix
  /// `[N, outputInputSize]`.
  let gradient: Matrix
}

/// What every pass of a model has beside its minibatch.
struct PassContext {
  /// The parameters, in the model's layout.
  let parameters: Parameters
  /// What gradients are added to in training; nil where no backward pass follows.
  var gradients: Gradients?
  /// What is dropped of inputs in training, if something is.
  var dropout: Dropout?
  /// The links to the stages beside this one.
  var links: any StageLinks = NoLinks()
  /// Called with a bucket when its gradients are complete, so that others may sum them up while the
  /// backward pass goes on (PyTorch's DDP knows the same moment).
  var gradientsReady: (Range<Int>) throws -> Void = { _ in }
}
