/// A model with memory for its passes: what a caller runs who does not care which model it is.
protocol ModelRun: AnyObject {
  /// See `Model.forward`.
  func forward(_ batch: LocalBatch, in context: PassContext) throws -> TopRows?
  /// See `Model.backward`.
  func backward(_ batch: LocalBatch, in context: PassContext) throws
}

extension Model {
  /// This model with memory for its passes.
  ///
  /// - Parameter poll: called every now and then while layers compute.
  func makeRun(poll: @escaping () -> Void = {}) -> any ModelRun {
    TypedRun(model: self, cache: makeCache(poll: poll))
  }
}

/// The one place where a model meets its cache and both lose their types.
private final class TypedRun<M: Model>: ModelRun {
  private let model: M
  private let cache: M.Cache

  init(model: M, cache: M.Cache) {
    self.model = model
    self.cache = cache
  }

  func forward(_ batch: LocalBatch, in context: PassContext) throws -> TopRows? {
    try model.forward(batch, in: context, cache: cache)
  }

  func backward(_ batch: LocalBatch, in context: PassContext) throws {
    try model.backward(batch, in: context, cache: cache)
  }
}
