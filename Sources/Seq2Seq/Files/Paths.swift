import Foundation

// Paths as the system reads them: `..` is what the folder before it says, which may be a link.

/// The folder that a path's last part stands in.
func parentFolder(of path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: separator) else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// A path's last part.
func lastName(of path: String) -> String? { parts(of: path).last }

private let separator = UInt8(ascii: "/")

/// The names that a path is made of.
private func parts(of path: String) -> [String] {
  path.utf8.split(separator: separator).map { String(Substring($0)) }
}

/// A path that does not depend on where the process stands: relative ones are taken from `folder`.
/// `..` stays where it leads out of a link.
func absolutePath(_ path: String, from folder: String? = nil) -> String {
  var way = ""
  if path.utf8.first != separator {
    way = folder.map { absolutePath($0) } ?? FileManager.default.currentDirectoryPath
    if way == "/" { way = "" }
  }
  for part in parts(of: path) where part != "." {
    var status = stat()
    let isPlainFolder = lstat(way, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    if part == "..", way.isEmpty || isPlainFolder {
      way = way.isEmpty ? "" : String(way[..<(way.utf8.lastIndex(of: separator) ?? way.startIndex)])
    } else {
      way += "/" + part
    }
  }
  return way.isEmpty ? "/" : way
}

/// `path` as seen from `folder`, both absolute; `..` leads upwards.
///
/// Links to folders on the way are followed first, for `..` leads out of where a link leads to.
func relativePath(of path: String, from folder: String) -> String {
  let target = place(of: path)
  let base = resolvedParts(folder)
  let shared = zip(target, base).prefix { $0.utf8.elementsEqual($1.utf8) }.count
  // Nothing in common but the root: an absolute path says more.
  guard shared > 0 else { return path }
  let way = Array(repeating: "..", count: base.count - shared) + target[shared...]
  return way.isEmpty ? "." : way.joined(separator: "/")
}

/// The names on the way to a file, whose folder is resolved and whose own name is not.
private func place(of path: String) -> [String] {
  resolvedParts(parentFolder(of: path)) + (lastName(of: path).map { [$0] } ?? [])
}

/// The names on the way to a folder, without links as far as it is there.
private func resolvedParts(_ folder: String) -> [String] {
  var (there, missing) = (folder, [String]())
  while true {
    if let real = realpath(there, nil) {
      defer { free(real) }
      return parts(of: String(cString: real)) + missing.reversed()
    }
    guard let name = parts(of: there).last else { return missing.reversed() }
    missing.append(name)
    there = parentFolder(of: there)
  }
}

/// Makes a folder and those above it.
///
/// - Throws: `InputError` naming the folder.
func makeFolder(_ path: String) throws {
  var status = stat()
  if stat(path, &status) == 0 {
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw InputError(
        "cannot make the folder \(path): there is something else", kind: .stopped)
    }
    return
  }
  if mkdir(path, 0o777) == 0 { return }
  let parent = parentFolder(of: path)
  if errno == ENOENT, parent != path {
    try makeFolder(parent)
    if mkdir(path, 0o777) == 0 { return }
  }
  let reason = systemMessage()
  // Somebody else may have made it meanwhile; a link that leads to nothing is no folder.
  guard errno == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
    throw InputError("cannot make the folder \(path): \(reason)", kind: .stopped)
  }
}

/// Whether two paths lead to one file, which need not be there yet.
public func isSameFile(_ left: String, _ right: String) -> Bool {
  if let left = FileIdentity(path: left), let right = FileIdentity(path: right) {
    return left == right
  }
  return place(of: absolutePath(left)).elementsEqual(place(of: absolutePath(right))) {
    $0.utf8.elementsEqual($1.utf8)
  }
}
