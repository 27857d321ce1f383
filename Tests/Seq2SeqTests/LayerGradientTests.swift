import Testing

@testable import Seq2Seq

@Suite("Layers against their definitions")
struct LayerGradientTests {
  /// A layer to check; a new one is a line in `all`.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let checks: @Sendable () -> [LayerCheck]

    init(_ name: String, _ checks: @escaping @Sendable () -> [LayerCheck]) {
      (testDescription, self.checks) = (name, checks)
    }

    static let all =
      Configuration.Model.Cell.allCases.flatMap { cell in
        [
          recurrent("layer of \(cell)", .init(cell: cell)),
          // A whole register of numbers per state, and some beside it.
          Case("wide layer of \(cell)") {
            [
              RecurrentCheck(
                .init(cell: cell, hiddenSize: 18, lengths: [2, 1], hasInitialState: true)
              ).check
            ]
          },
          recurrent("two layers of \(cell)", .init(cell: cell, layers: 2, hiddenSize: 4)),
          recurrent("symbols into \(cell)", .init(cell: cell, readsSymbols: true)),
          Case("encoder and decoder of \(cell)") { [EncoderDecoderCheck(cell: cell).check] },
          Case("all options together, of \(cell)") {
            [
              EncoderDecoderCheck(cell: cell, dropout: 0.3) {
                ($0.attention, $0.selfAttention, $0.peeky) = (.dot, 5, true)
                ($0.handOver, $0.tiedEmbeddings, $0.embeddingSize) = (.hidden, true, 12)
              }.check
            ]
          },
          Case("language model of \(cell)") { [LanguageModelCheck(cell: cell).check] },
        ]
      } + [
        option("attention") { $0.attention = .dot },
        option("self-attention") { $0.selfAttention = 3 },
        option("a peeky decoder") { $0.peeky = true },
        option("h handed over alone") { $0.handOver = .hidden },
        option("tied embeddings") { ($0.tiedEmbeddings, $0.embeddingSize) = (true, 4) },
        Case("tied embeddings of a language model") {
          [LanguageModelCheck(cell: .lstm, isTied: true).check]
        },
        Case("dropout of a language model") {
          [LanguageModelCheck(cell: .lstm, rate: 0.3).check]
        },
        Case("dropout") { [EncoderDecoderCheck(cell: .lstm, dropout: 0.4).check] },
        Case("softmax") {
          [SoftmaxCheck(rows: 7, vocabularySize: 11, inputSize: 4).check]
        },
        Case("softmax of rows without a target") {
          [SoftmaxCheck(rows: 7, vocabularySize: 11, inputSize: 4, isSparse: true).check]
        },
      ]

    private static func option(
      _ name: String, _ change: @escaping @Sendable (inout EncoderDecoderShape) -> Void
    ) -> Case {
      Case(name) { [EncoderDecoderCheck(cell: .lstm, change).check] }
    }

    private static func recurrent(_ name: String, _ choice: RecurrentCheck.Case) -> Case {
      Case(name) { choice.variants.map { RecurrentCheck($0).check } }
    }
  }

  @Test("every number, and the gradient of every number", arguments: Case.all)
  func everyElement(_ layer: Case) throws {
    for check in layer.checks() { try check.verify() }
  }
}
