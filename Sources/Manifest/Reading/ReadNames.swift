internal import Freshness
internal import Paths

/// Names, ids and patterns.
extension ManifestReader {
  func fail(_ text: ReadText, _ what: String, _ error: PatternError) {
    self.error(offset(of: text.value, inner: error.offset), "\(what) \"\(text.text)\": \(error.problem)")
  }

  func namespace(_ text: ReadText) -> String? {
    do {
      return try EntryName(namespace: text.text, key: "x").namespace
    } catch {
      self.error(text.value.offset, error.problem, "a namespace is 1–255 bytes without / and control characters")
      return nil
    }
  }

  func entryName(namespace: String, key: ReadText) -> EntryName? {
    do {
      return try EntryName(namespace: namespace, key: key.text)
    } catch {
      self.error(key.value.offset, error.problem, "a key is 1–4096 bytes without NUL")
      return nil
    }
  }

  /// A path or glob of an entry's `files`.
  func file(_ text: ReadText) -> ResourceID? {
    do {
      let glob = try Glob(text.text)
      if let literal = glob.literal, !literal.isRoot { return .file(context.normalize(literal, from: .root)) }
      return try ResourceID(parsing: "glob:\(text.text)", in: context)
    } catch let error as PatternError {
      fail(text, "the pattern", error)
    } catch let error as IDError {
      self.error(text.value.offset, "\(error.problem): \"\(text.text)\"")
    } catch {}
    return nil
  }

  /// A path of an entry's `outputs`.
  func output(_ text: ReadText) -> ResourceID? {
    do {
      let glob = try Glob(text.text)
      if let literal = glob.literal, !literal.isRoot { return .file(context.normalize(literal, from: .root)) }
      error(text.value.offset, "an output is one file, not a pattern: \"\(text.text)\"", "name each file")
    } catch {
      fail(text, "the output", error)
    }
    return nil
  }

  /// A member of an entry's `entries`: a key in the same namespace, or `entry:ns/key`.
  func entry(_ text: ReadText, namespace: String) -> EntryName? {
    if let wrong = ["file", "dir", "glob"].first(where: { text.text.hasPrefix("\($0):") }) {
      error(
        text.value.offset, "\"\(text.text)\" is no entry",
        wrong == "dir" ? "put it in \"resources\"" : "put it in \"files\" without \(wrong):, or in \"resources\"")
      return nil
    }
    guard text.text.hasPrefix("entry:") else { return entryName(namespace: namespace, key: text) }
    do {
      return try EntryName(text.text.dropFirst(6))
    } catch {
      self.error(text.value.offset, "\"\(text.text)\": \(error.problem)", "write \"entry:namespace/key\"")
      return nil
    }
  }

  /// Any id.
  func resource(_ text: ReadText, namespace: String) -> ResourceID? {
    var context = context
    context.namespace = namespace
    do {
      return try ResourceID(parsing: text.text, in: context)
    } catch {
      self.error(text.value.offset, "\"\(text.text)\": \(error.problem)")
      return nil
    }
  }

  /// A template whose placeholders are all among `known`; nil is any.
  func template(_ text: ReadText, known: [String]?, kind: String = "capture") -> Template? {
    do {
      let template = try Template(text.text)
      return check(text, template.places, known: known, kind: kind) ? template : nil
    } catch {
      fail(text, "the template", error)
      return nil
    }
  }

  func captureTemplate(_ text: ReadText, known: [String], output: Bool = false) -> CaptureTemplate? {
    do {
      let template = try CaptureTemplate(text.text)
      let places = Dictionary(template.captures.map { ($0.name, $0.offset) }, uniquingKeysWith: min)
      guard check(text, places, known: known, kind: "capture") else { return nil }
      if output, template.isGlob {
        error(text.value.offset, "an output is one file, not a pattern: \"\(text.text)\"", "name each file")
        return nil
      }
      return template
    } catch {
      fail(text, output ? "the output" : "the pattern", error)
      return nil
    }
  }

  private func check(_ text: ReadText, _ places: [String: Int], known: [String]?, kind: String) -> Bool {
    guard let known else { return true }
    let unknown = places.filter { !known.contains($0.key) }.sorted { $0.value < $1.value }
    for (name, place) in unknown {
      let remedy =
        known.isEmpty
        ? "a brace itself is written {{" : DidYouMean.remedy(for: name, in: known)
      error(offset(of: text.value, inner: place), "\"\(text.text)\": there is no \(kind) {\(name)} here", remedy)
    }
    return unknown.isEmpty
  }

  /// An argument array; `captures` is what can stand in it beside what every command has.
  func command(_ value: JSONValue, _ what: String, captures: [String]) -> Command? {
    let texts = strings(value, what)
    guard case .array(let values) = value.kind else { return nil }
    if values.isEmpty {
      error(value.offset, "\(what) is empty", "the program comes first: [\"make\", \"{key}\"]")
      return nil
    }
    if texts.first?.text == "" { error(texts[0].value.offset, "\(what) names no program") }
    for text in texts where text.text.utf8.contains(0) {
      error(text.value.offset, "an argument holds a NUL")
    }
    let arguments = texts.compactMap {
      template($0, known: Command.placeholders + captures, kind: "placeholder")
    }
    guard arguments.count == values.count else { return nil }
    warnOfCode(in: arguments, texts)
    return Command(arguments: arguments)
  }

  /// A shell reads what fills a placeholder of its `-c` text as code: `$(…)` in a file's name would be run.
  private func warnOfCode(in arguments: [Template], _ texts: [ReadText]) {
    guard arguments.count > 2, texts[1].text.hasPrefix("-"), texts[1].text.hasSuffix("c") else { return }
    let program = texts[0].text.split(separator: "/").last.map(String.init) ?? ""
    guard Self.shells.contains(program) else { return }
    guard let (place, offset) = arguments[2].places.min(by: { $0.value < $1.value }) else { return }
    let remedy =
      Command.placeholders.contains(place)
      ? "write \"$STALED_\(place.uppercased())\" in the text"
      : "write \"$1\" in the text, and behind it the arguments \"sh\", \"{\(place)}\""
    add(
      ManifestProblem(
        file: file, position: map.position(self.offset(of: texts[2].value, inner: offset)), severity: .warning,
        message: "{\(place)} is filled into what \(program) runs: what it holds is code there", remedy: remedy))
  }

  private static var shells: Set<String> { ["sh", "bash", "dash", "ksh", "zsh"] }
}
