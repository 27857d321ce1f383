"""Small faults for mutation_check.py: what is replaced by what, and what that would be in words."""
from typing import NamedTuple


class Mutant(NamedTuple):
    name: str
    file: str
    old: str
    new: str


def _in(folder, *mutants):
    return [Mutant(name, f"Sources/{folder}/{file}", old, new) for name, file, old, new in mutants]


MUTANTS = _in(
    "CKernels",
    ("the sign of an LSTM's gate g", "lstm_cell.h", "dc * i * (1.0f - g * g)", "-dc * i * (1.0f - g * g)"),
    ("an LSTM's forget gate without gradient", "lstm_cell.h",
     "dc * LOAD(step->cell_before + k) * f * (1.0f - f)", "0.0f * f"),
    ("a GRU's recurrent bias outside of r", "gru_cell.h", "(dn * r, recurrent + 2 * size", "(dn, recurrent + 2 * size"),
    ("a GRU that does not pass h on", "gru_cell.h", "(dh * z, step->hidden_gradient", "(0.0f * z, step->hidden_gradient"),
    ("a plain RNN without the slope of tanh", "rnn_cell.h", "(dh * (1.0f - h * h), step->gates", "(dh * (1.0f - h), step->gates"),
) + _in(
    "Seq2Seq/Tensor",
    ("all threads compute the first part", "PackedMatrix.swift", "panels.evenPart(part, of: parts)",
     "panels.evenPart(0, of: parts)"),
    ("the last numbers of a sum of squares left out", "Reductions.swift", "total += Double(rest)", "_ = rest"),
    ("the smaller of two logits kept", "Reductions.swift", "values[Int(best[position - 1])] < value",
     "values[Int(best[position - 1])] > value"),
) + _in(
    "Seq2Seq/Random",
    ("a shuffle that swaps with the next item at least", "SeededGenerator.swift",
     "index + next(below: items.count - index)", "index + max(1, next(below: items.count - index))"),
) + _in(
    "Seq2Seq/Parameters",
    ("a gradient of the step before", "Gradients.swift", "    holding.removeAll(keepingCapacity: true)\n", ""),
    ("untouched matrices keep their gradient", "Gradients.swift", "if !holdsValues { matrix.clear() }", "_ = holdsValues"),
) + _in(
    "Seq2Seq/Layers",
    ("recurrent weights with the gradient zero", "RecurrentLayer.swift",
     "accumulate: hiddenGradient.holdsValues)", "accumulate: hiddenGradient.holdsValues)\n    hiddenGradient.matrix.clear()"),
    ("a bias without gradient", "RecurrentLayer.swift",
     "    addColumnSums(of: cache.gates, into: gradients.pointer(bias))\n", ""),
    ("the second bias has the first one's gradient", "RecurrentLayer.swift",
     "addColumnSums(of: cache.recurrentGates, into:", "addColumnSums(of: cache.gates, into:"),
    ("the final state's gradient dropped", "RecurrentLayer.swift", "cache.stateGradient.assign(finalGradient)",
     "cache.stateGradient.assign(nil)"),
    ("the first state dropped", "RecurrentLayer.swift", "assign(initial?[rows: started])", "assign(nil)"),
    ("sequences go on one step too long", "Packing.swift", "lengths[active - 1] <= step", "lengths[active - 1] < step"),
    ("a repeated symbol counts once", "DistinctSymbols.swift",
     "        result[rows: Int(numbers[row])..<Int(numbers[row]) + 1].add(rows",
     "        result[rows: Int(numbers[row])..<Int(numbers[row]) + 1].copy(from: rows"),
    ("the first symbol of a tile is no target", "SoftmaxOutput.swift",
     "if tile.values.columns > index, index >= 0 {\n          values[index] -= target.scale",
     "if tile.values.columns > index, index > 0 {\n          values[index] -= target.scale"),
    ("slices forget what is theirs", "SoftmaxOutput.swift",
     "let index = Int(symbol) - slice.lowerBound - tile.symbols.lowerBound",
     "let index = Int(symbol) - tile.symbols.lowerBound"),
    ("every slice has its own largest logit", "SoftmaxOutput.swift",
     "sum += all[index, 1] * exp(all[index, 0] - largest)", "sum += all[index, 1]"),
    ("a row without a target has the gradient of its probabilities", "SoftmaxOutput.swift",
     "counts ? scale * exp(tile.statistics[row, 0] - largest) / sum : 0",
     "scale * exp(tile.statistics[row, 0] - largest) / sum"),
) + _in(
    "Seq2Seq/Data",
    ("the decoder does not see the last word", "LocalBatch.swift", "[Vocabulary.endOfSentence] + $0.target",
     "[Vocabulary.endOfSentence] + $0.target.dropLast() + $0.target.suffix(1).map { _ in 0 }"),
    ("streams that overlap", "TokenStream.swift",
     "stream * plan.length + steps.lowerBound - 1..<stream * plan.length + steps.upperBound",
     "stream * (plan.length - 1) + steps.lowerBound - 1..<stream * (plan.length - 1) + steps.upperBound"),
    ("a block after the first starts from zero", "TokenStream.swift", "continues: isStateful && block > 0", "continues: false"),
    ("an unknown target counts in the divisor", "Batch.swift", "countedSymbols -= target.count", "countedSymbols -= 0 * target.count"),
) + _in(
    "Seq2Seq/Models",
    ("gradients handed back to other sentences", "EncoderDecoder+Passes.swift",
     "state.copy(origin, from: gradient, row: sequence)", "state.copy(sequence, from: gradient, row: sequence)"),
    ("a bucket that is never announced", "StackPass.swift",
     "    try context.gradientsReady(stack.layers[layer].range)",
     "    if layer > 0 || side == .decoder { try context.gradientsReady(stack.layers[layer].range) }"),
    ("a bucket that is announced twice", "StackPass.swift",
     "    try context.gradientsReady(stack.layers[layer].range)",
     "    for _ in 0...(side == .encoder ? 1 : 0) { try context.gradientsReady(stack.layers[layer].range) }"),
    ("laid-out weights not counted", "EncoderDecoder.swift", "    2 * Double(shape.decoder.cell.gateCount",
     "    0 * Double(shape.decoder.cell.gateCount"),
    ("a validation's states in place of the training's", "LanguageModel.swift", "isTraining ? cache.trained : cache.evaluated",
     "cache.evaluated"),
    ("the state of another layer goes on", "LanguageModelCache.swift", "zip(storages, states)", "zip(storages, states.reversed())"),
    ("the second of two biases not added", "ModelFolder.swift", "          values[index] += value\n",
     "          values[index] += 0 * value\n"),
    ("a model is known without its cell", "ModelIdentity.swift", '"model.cell", ', ""),
) + _in(
    "Seq2Seq/Parallel",
    ("a stage that gets no gradient", "PipelineLinks.swift",
     "    guard let below else { return }\n", "    guard let below else { return }\n    rows.clear()\n"),
    ("the last slice's partial sum alone", "PipelineLinks.swift", "outputGradient[rows: rows].add(partial.memory[rows: rows])",
     "outputGradient[rows: rows].copy(from: partial.memory[rows: rows])"),
    ("sentences counted by two replicas", "WorkBalance.swift", "owner == replica ?", "owner <= replica ?"),
    ("the loss divided by a replica's sentences", "Minibatch.swift", "1 / Float(counts",
     "Float(replicas) / Float(counts"),
    ("a rank's own slice counts twice in the norm", "GradientReduction.swift",
     "var sum = gradients.sumOfSquares(dense: gradients.layout.local)",
     "var sum = 2 * gradients.sumOfSquares(dense: gradients.layout.local)"),
    ("rows of tables left out of the norm", "GradientReduction.swift", "sum += gradients.sumOfSquaresOfTables()",
     "sum += 0 * gradients.sumOfSquaresOfTables()"),
) + _in(
    "Seq2Seq/Training",
    ("clipping before the sum", "TrainingStep.swift",
     "    try gradients.sum()  // over the replicas, before clipping\n"
     "    let result = try total(loss: loss)  // the norm over every parameter, each counted once\n",
     "    let result = try total(loss: loss)\n    try gradients.sum()\n"),
    ("a gradient scaled up to the norm", "Optimizer.swift", "norm > clipNorm ? clipNorm / norm : 1",
     "norm > clipNorm ? norm / clipNorm : 1"),
    ("Adam does not count its steps", "Optimizer.swift", "    step += 1\n", "    step = 1\n"),
    ("the first halving comes late", "LearningRateSchedule.swift", ".rounded(.down) + 1", ".rounded(.down)"),
    ("the worst model is the best", "Trainer.swift", "guard metrics.loss < bestLoss else", "guard metrics.loss > -bestLoss else"),
    ("every rank translates the whole validation text", "ExactValidation.swift", "where batch % world.size == world.rank",
     "where batch % world.size < world.size"),
) + _in(
    "Seq2Seq/Tasks",
    ("a day in two parts", "Dates.swift", "rest = rest.dropFirst(dayCount)", "rest = rest.dropFirst(dayCount - 1)"),
) + _in(
    "Seq2Seq/Evaluation",
    ("<unk> is exact where the target has it too", "ExactMatch.swift",
     "!$0.source.isEmpty && !$0.target.contains(Vocabulary.unknown)", "!$0.source.isEmpty"),
) + _in(
    "Seq2Seq/Inference",
    ("hypotheses continue another sentence's rows", "BeamSearch.swift", "next.parents.map { $0 + row }", "next.parents"),
    ("a search that ends at the first translation", "BeamSearch.swift", "return best.score >= bestLive.score", "return true"),
    ("the end of a sentence costs nothing", "BeamSearch.swift",
     "      hypothesis.score = candidate.score\n",
     "      if candidate.symbol != Vocabulary.endOfSentence { hypothesis.score = candidate.score }\n"),
) + _in(
    "Seq2Seq/Storage",
    ("slices of a tensor written to its start", "SafeTensorsWriter.swift", "header.count + offset + 4 * element",
     "header.count + offset + 0 * element"),
    ("numbers that are not finite are read", "SafeTensors.swift", "numbers.firstIndex(where: { !$0.isFinite })",
     "numbers.firstIndex(where: { $0.isNaN && !$0.isNaN })"),
    ("tensors may overlap", "SafeTensors.swift", "guard range.start == end else", "guard range.start <= end else"),
) + _in(
    "Distributed",
    ("a rank's gradients are not added up", "GradientExchange.swift", "      addUp(pending[index].shard)\n", ""),
    ("rows of two ranks are not added up", "RowExchange.swift", "sum[start + column] += row[column]",
     "sum[start + column] = row[column]"),
    ("rows have another owner", "Peers.swift", "row % shardCount == shard", "(row + 1) % shardCount == shard"),
    ("the longer shards come last", "Shards.swift", "$0 < remainder ? 1 : 0", "$0 >= shardCount - remainder ? 1 : 0"),
    ("sums of nodes are not added up", "NodeExchange.swift", "        addUp(index)\n        try distribute",
     "        try distribute"),
)
