import Seq2Seq

/// The file that is read, or that a model is made of, and that another path leads to as well; nil if there is
/// none.
func fileRead(
  replacedBy path: String, inputs: [String?], models: [SavedModels] = []
) -> String? {
  models.lazy.compactMap { $0.clash(with: path) }.first
    ?? inputs.lazy.compactMap { $0 }.first { isSameFile($0, path) }
}

/// Refuses to write a file over one that is read.
///
/// - Parameters:
///   - option: the option that names the file.
///   - path: the file.
///   - inputs: the files that are read.
///   - folders: those of the models that are read.
/// - Throws: `InputError` naming both.
func refuseReplacing(
  _ option: String, _ path: String, inputs: [String?], models folders: [String] = []
) throws {
  let models = folders.map { SavedModels(output: $0) }
  guard let file = fileRead(replacedBy: path, inputs: inputs, models: models) else { return }
  throw InputError("\(option) would replace \(file), which is read", kind: .usage)
}

/// Says that a file will be replaced, if there is one.
func warnOfReplacing(_ path: String) throws { warnOfReplacing([path]) }

/// Says that files will be replaced, those of them that are there.
func warnOfReplacing(_ paths: [String]) {
  let sizes = paths.compactMap { path in AtomicFile.sizeOfReplaced(path).map { (path, $0) } }
  guard let (first, _) = sizes.first else { return }
  let bytes = "with \(grouped(sizes.reduce(0) { $0 + $1.1 })) bytes"
  printWarning(
    sizes.count == 1
      ? "\(first) is there already, \(bytes): it is replaced"
      : "\(sizes.count) files are there already, \(bytes), the first of them \(first): they are "
        + "replaced")
}
