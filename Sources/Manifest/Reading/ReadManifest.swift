internal import Freshness
internal import Paths

/// The top level.
extension ManifestReader {
  static let topMembers = [
    "$schema", "version", "watch", "defaults", "namespaces", "memory", "disk", "limits", "tagHierarchy", "entries",
    "rules", "events", "schedules", "hooks",
  ]

  func manifest(_ value: JSONValue) -> Manifest? {
    guard let object = object(value, "the manifest", known: Self.topMembers) else { return nil }
    _ = string(object["$schema"], "\"$schema\"")
    version(object)
    var manifest = Manifest(file: file, defaultNamespace: context.namespace)
    watch(object["watch"], &manifest.watch)
    defaults(object, &manifest)
    namespaces(object["namespaces"], &manifest)
    manifest.memory = bounds(object["memory"], "\"memory\"")
    manifest.disk = bounds(object["disk"], "\"disk\"")
    limits(object["limits"], &manifest.limits)
    let reference = entries(object["entries"], &manifest)
    rules(object["rules"], &manifest)
    manifest.events = events(object["events"])
    manifest.schedules = schedules(object["schedules"])
    manifest.hooks = hooks(object["hooks"])
    cycles(manifest, reference)
    return manifest
  }

  private func version(_ object: ObjectReader) {
    guard let value = object["version"] else {
      error(object.value.offset, "the manifest needs the member \"version\"", "write \"version\": 1")
      return
    }
    guard case .number(let text) = value.kind else { return wrongType(value, "\"version\"", "the number 1") }
    if Double(text) != 1 { error(value.offset, "\"version\" \(text) is unknown", "this program reads version 1") }
  }

  private func watch(_ value: JSONValue?, _ watch: inout Manifest.Watch) {
    guard let value,
      let object = object(value, "\"watch\"", known: ["roots", "ignore", "gitignore", "settle", "maxDelay"])
    else { return }
    if let roots = object["roots"] {
      watch.roots = strings(roots, "\"roots\"").compactMap { text in
        guard let bytes = PercentEncoding.decode(text.text), !bytes.isEmpty, !bytes.contains(0) else {
          error(
            text.value.offset, "\"\(text.text)\" is no path", "a folder, as in \".\"; a % is written %25")
          return nil
        }
        return context.normalize(Path(bytes, isSymbolicLink: { _ in true }), from: .root)
      }
      if case .array(let all) = roots.kind, all.isEmpty {
        error(roots.offset, "\"roots\" is empty", "[\".\"] is the workspace")
      }
    }
    watch.ignore = strings(object["ignore"], "\"ignore\"").compactMap(ignorePattern)
    watch.gitignore = bool(object["gitignore"], "\"gitignore\"") ?? watch.gitignore
    watch.settle = duration(object["settle"], "\"settle\"") ?? watch.settle
    if let maxDelay = duration(object["maxDelay"], "\"maxDelay\"") {
      watch.maxDelay = maxDelay
    } else {
      watch.maxDelay = max(watch.maxDelay, watch.settle)
    }
    if watch.settle > watch.maxDelay {
      error(
        object["maxDelay"]?.offset ?? value.offset,
        "\"maxDelay\" (\(watch.maxDelay)) is shorter than \"settle\" (\(watch.settle))")
    }
  }

  /// A line of a `.gitignore`: it knows `*`, `?`, `[…]`, `**` and `\`, but no braces and no percent signs.
  private func ignorePattern(_ text: ReadText) -> String? {
    var pattern = Array(text.text.utf8)
    if pattern.first == UInt8(ascii: "!") { pattern.removeFirst() }
    for byte in "{}%".utf8 {
      pattern = Array(
        pattern.split(separator: byte, omittingEmptySubsequences: false).joined(separator: [UInt8(ascii: "_")]))
    }
    do {
      _ = try Glob(String(decoding: pattern, as: UTF8.self))
      return text.text
    } catch {
      fail(text, "the pattern", PatternError(error.problem, at: error.offset + text.text.utf8.count - pattern.count))
      return nil
    }
  }

  private func defaults(_ top: ObjectReader, _ manifest: inout Manifest) {
    manifest.defaults.tagHierarchy = bool(top["tagHierarchy"], "\"tagHierarchy\"")
    guard let value = top["defaults"],
      let object = object(value, "\"defaults\"", known: ["namespace"] + Self.optionMembers)
    else { return }
    if let name = string(object["namespace"], "\"namespace\"").flatMap(namespace) {
      manifest.defaultNamespace = name
      context.namespace = name
    }
    manifest.defaults = options(object, inherited: EntryOptions()).over(manifest.defaults)
  }

  private func namespaces(_ value: JSONValue?, _ manifest: inout Manifest) {
    guard let value, let members = members(value, "\"namespaces\"") else { return }
    for member in members.list {
      let name = namespace(
        ReadText(text: member.name, value: JSONValue(kind: .string(member.name), offset: member.nameOffset)))
      guard
        let object = object(member.value, "a namespace", known: Self.optionMembers + ["memory", "disk"]),
        let name
      else { continue }
      manifest.namespaces[name] = Manifest.Namespace(
        options: options(object, inherited: manifest.defaults), memory: bounds(object["memory"], "\"memory\""),
        disk: bounds(object["disk"], "\"disk\""))
    }
  }

  private func limits(_ value: JSONValue?, _ limits: inout Manifest.Limits) {
    let members: [(String, WritableKeyPath<Manifest.Limits, Int>)] = [
      ("maxValueBytes", \.maxValueBytes), ("maxBodyBytes", \.maxBodyBytes), ("maxDependencies", \.maxDependencies),
      ("maxTags", \.maxTags), ("maxConnections", \.maxConnections),
    ]
    guard let value, let object = object(value, "\"limits\"", known: members.map(\.0)) else { return }
    for (name, path) in members {
      if let number = integer(object[name], "\"\(name)\"") { limits[keyPath: path] = number }
    }
  }
}
