internal import Freshness
internal import Paths

/// Entries and rules.
extension ManifestReader {
  /// Where an entry names another: for messages about cycles. By the entry's place in the list, then the other's name.
  typealias References = [[EntryName: Int]]

  private static let sharedMembers = ["namespace", "files", "entries", "resources", "outputs", "tags", "warm"]

  func entries(_ value: JSONValue?, _ manifest: inout Manifest) -> References {
    var first: [EntryName: Int] = [:]
    var references: References = []
    for value in array(value, "\"entries\"", of: "objects") {
      var places: [EntryName: Int] = [:]
      guard let entry = entry(value, manifest, &places) else { continue }
      if let before = first[entry.name] {
        let place = map.position(before)
        error(
          value.offset, "the entry \"\(entry.name)\" is declared twice",
          "it stands first at line \(place.line), column \(place.column)")
        continue
      }
      first[entry.name] = value.offset
      manifest.entries.append(entry)
      references.append(places)
    }
    return references
  }

  private func entry(_ value: JSONValue, _ manifest: Manifest, _ places: inout [EntryName: Int]) -> DeclaredEntry? {
    guard let object = object(value, "an entry", known: ["key"] + Self.sharedMembers + Self.optionMembers) else {
      return nil
    }
    let space = space(object, manifest)
    let key = string(object["key"], "\"key\"")
    let name = key.flatMap { entryName(namespace: space, key: $0) }
    if object["key"] == nil { missing(object, "an entry", "key") }
    var dependencies = stringOrStrings(object["files"], "\"files\"").compactMap(file)
    for text in strings(object["entries"], "\"entries\"") {
      guard let name = entry(text, namespace: space) else { continue }
      dependencies.append(.entry(name))
      if places[name] == nil { places[name] = text.value.offset }
    }
    for text in strings(object["resources"], "\"resources\"") {
      guard let id = resource(text, namespace: space) else { continue }
      dependencies.append(id)
      if case .entry(let name) = id, places[name] == nil { places[name] = text.value.offset }
    }
    let outputs = strings(object["outputs"], "\"outputs\"").compactMap(output)
    let tags = strings(object["tags"], "\"tags\"").compactMap(tag)
    let options = options(object, inherited: manifest.options(namespace: space))
    let warm = bool(object["warm"], "\"warm\"")
    return name.map {
      DeclaredEntry(
        name: $0, dependencies: dependencies.uniqued(), outputs: outputs.uniqued(), tags: tags.uniqued(),
        options: options, warm: warm, position: map.position(value.offset))
    }
  }

  func rules(_ value: JSONValue?, _ manifest: inout Manifest) {
    for value in array(value, "\"rules\"", of: "objects") {
      guard let object = object(value, "a rule", known: ["key"] + Self.sharedMembers + Self.optionMembers) else {
        continue
      }
      if let rule = rule(object, manifest) { manifest.rules.append(rule) }
    }
  }

  private func rule(_ object: ObjectReader, _ manifest: Manifest) -> Rule? {
    let space = space(object, manifest)
    let files = stringOrStrings(object["files"], "\"files\"")
    let pattern = files.first.flatMap(capturePattern)
    if object["files"] == nil { missing(object, "a rule", "files") }
    if let value = object["files"], case .array(let all) = value.kind, all.isEmpty {
      error(value.offset, "\"files\" is empty", "its first member is the pattern")
    }
    if object["key"] == nil { missing(object, "a rule", "key") }
    // Without the pattern nobody knows the captures: what uses them is not judged then.
    let known = pattern?.names
    func templates(_ name: String) -> [Template] {
      strings(object[name], "\"\(name)\"").compactMap { template($0, known: known) }
    }
    let keyText = string(object["key"], "\"key\"")
    let key = keyText.flatMap { template($0, known: known) }
    if keyText?.text == "" { error(keyText?.value.offset ?? 0, "the key is empty") }
    let extra = files.dropFirst().compactMap { text in known.flatMap { captureTemplate(text, known: $0) } }
    let entries = strings(object["entries"], "\"entries\"").compactMap { entryTemplate($0, known: known) }
    let resources = strings(object["resources"], "\"resources\"").compactMap { resource($0, namespace: space) }
    let outputs = strings(object["outputs"], "\"outputs\"").compactMap { text in
      known.flatMap { captureTemplate(text, known: $0, output: true) }
    }
    let tags = templates("tags")
    for text in strings(object["tags"], "\"tags\"") where text.text.isEmpty { _ = tag(text) }
    let options = options(object, inherited: manifest.options(namespace: space), captures: known ?? [])
    let warm = bool(object["warm"], "\"warm\"")
    guard let pattern, let key, let keyText else { return nil }
    return Rule(
      namespace: space, pattern: pattern, key: key, files: extra, entries: entries, resources: resources.uniqued(),
      outputs: outputs, tags: tags, options: options, warm: warm, position: map.position(object.value.offset),
      keyPosition: map.position(keyText.value.offset))
  }

  private func capturePattern(_ text: ReadText) -> CapturePattern? {
    do {
      let pattern = try CapturePattern(text.text)
      if let reserved = pattern.names.first(where: Command.placeholders.contains) {
        error(
          text.value.offset, "the capture {\(reserved)} has a name that commands use themselves",
          "choose another than \(Command.placeholders.joined(separator: ", "))")
      }
      return pattern
    } catch {
      fail(text, "the pattern", error)
      return nil
    }
  }

  private func entryTemplate(_ text: ReadText, known: [String]?) -> EntryTemplate? {
    let full = text.text.hasPrefix("entry:")
    guard template(text, known: known) != nil,
      let bare = try? Template(full ? String(text.text.dropFirst(6)) : text.text)
    else { return nil }
    if full, !text.text.contains("/") {
      error(text.value.offset, "\"\(text.text)\": an entry is named namespace/key", "write \"entry:namespace/key\"")
    }
    return EntryTemplate(text: bare, isFull: full, position: map.position(text.value.offset))
  }

  private func space(_ object: ObjectReader, _ manifest: Manifest) -> String {
    string(object["namespace"], "\"namespace\"").flatMap(namespace) ?? manifest.defaultNamespace
  }

  /// Entries that depend on one another in a circle.
  func cycles(_ manifest: Manifest, _ references: References) {
    let index = Dictionary(
      manifest.entries.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    let edges = manifest.entries.map { entry in
      entry.dependencies.compactMap { id in if case .entry(let name) = id { index[name] } else { nil } }
    }
    for cycle in Cycles.find(edges) {
      guard let from = cycle.last, let to = cycle.first else { continue }
      error(
        references[from][manifest.entries[to].name] ?? 0, Cycles.message(cycle.map { manifest.entries[$0].name }),
        Cycles.remedy)
    }
  }
}

extension Sequence where Element: Hashable {
  /// Each element once, where it first stands.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
