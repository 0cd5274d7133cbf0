public import Freshness
internal import Paths

extension Manifest {
  /// Reads a manifest; or says all that is wrong with it, by position.
  ///
  /// `file` is its name in messages. Ids are read against `context`: paths relative to the workspace root, bare keys in
  /// the namespace that `defaults` gives, or else the context's.
  public static func read(
    _ bytes: [UInt8], file: String, context: NamingContext
  ) -> Result<(manifest: Manifest, warnings: [ManifestProblem]), ManifestProblems> {
    let reader = ManifestReader(bytes, file: file, context: context)
    let (value, slips) = JSONParser.parse(bytes)
    for slip in slips { reader.error(slip.offset, slip.message, slip.remedy) }
    let manifest = value.flatMap { reader.manifest($0) }
    let problems = reader.sortedProblems
    guard let manifest, !problems.contains(where: { $0.severity == .error }) else {
      return .failure(ManifestProblems(problems: problems))
    }
    return .success((manifest, problems))
  }
}

/// Turns JSON into a manifest and gathers what is wrong on the way. Its extensions read one part each.
final class ManifestReader {
  /// More problems than anyone reads are not gathered.
  static let maxProblems = 200

  let bytes: [UInt8]
  let file: String
  let map: SourceMap
  var context: NamingContext
  private var problems: [ManifestProblem] = []

  init(_ bytes: [UInt8], file: String, context: NamingContext) {
    self.bytes = bytes
    self.file = file
    self.context = context
    self.context.directory = .root
    map = SourceMap(bytes)
  }

  func error(_ offset: Int, _ message: String, _ remedy: String? = nil) {
    add(ManifestProblem(file: file, position: map.position(offset), message: message, remedy: remedy))
  }

  func add(_ problem: ManifestProblem) {
    if problems.count < Self.maxProblems { problems.append(problem) }
  }

  /// By position, each once; those at one place in the order they were found.
  var sortedProblems: [ManifestProblem] {
    var seen: Set<ManifestProblem> = []
    return problems.enumerated().sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
      .map(\.element).filter { seen.insert($0).inserted }
  }

  /// The offset in the file of the byte at `inner` of a string's value: escapes take more room than what they mean.
  func offset(of value: JSONValue, inner: Int) -> Int {
    guard value.offset < bytes.count, bytes[value.offset] == UInt8(ascii: "\"") else { return value.offset }
    var at = value.offset + 1
    var left = inner
    while left > 0, at < bytes.count {
      if bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count {
        if bytes[at + 1] == UInt8(ascii: "u"), at + 6 <= bytes.count {
          let unit = UInt32(String(decoding: bytes[(at + 2)..<(at + 6)], as: UTF8.self), radix: 16) ?? 0
          // Half of a surrogate pair stands for half of four bytes.
          left -= unit < 0x80 ? 1 : unit < 0x800 || (0xD800..<0xE000).contains(unit) ? 2 : 3
          at += 6
        } else {
          left -= 1
          at += 2
        }
      } else {
        left -= 1
        at += 1
      }
    }
    return at
  }
}

/// An object whose members are known to be known and there once.
struct ObjectReader {
  let value: JSONValue
  private let members: [String: JSONValue]

  init(_ value: JSONValue, _ members: [String: JSONValue]) {
    self.value = value
    self.members = members
  }

  subscript(name: String) -> JSONValue? { members[name] }
}

extension ManifestReader {
  /// The object that `value` is; `what` is its name in messages, as in "an entry". Nil if it is no object.
  func object(_ value: JSONValue, _ what: String, known: [String]) -> ObjectReader? {
    guard let members = members(value, what) else { return nil }
    for member in members.list where !known.contains(member.name) {
      error(
        member.nameOffset, "unknown member \"\(member.name)\" in \(what)",
        DidYouMean.remedy(for: member.name, in: known))
    }
    return ObjectReader(value, members.first)
  }

  /// The members of an object whose names are free: those that stand first, in order.
  func members(_ value: JSONValue, _ what: String) -> (list: [JSONMember], first: [String: JSONValue])? {
    guard case .object(let all) = value.kind else {
      wrongType(value, what, "an object")
      return nil
    }
    var first: [String: JSONValue] = [:]
    var offsets: [String: Int] = [:]
    var list: [JSONMember] = []
    for member in all {
      if let before = offsets[member.name] {
        let place = map.position(before)
        error(
          member.nameOffset, "repeated member \"\(member.name)\" in \(what)",
          "it stands first at line \(place.line), column \(place.column)")
      } else {
        first[member.name] = member.value
        offsets[member.name] = member.nameOffset
        list.append(member)
      }
    }
    return (list, first)
  }

  func wrongType(_ value: JSONValue, _ what: String, _ expected: String, _ remedy: String? = nil) {
    error(value.offset, "\(what) must be \(expected), not \(value.typeName)", remedy)
  }

  func missing(_ object: ObjectReader, _ what: String, _ name: String) {
    error(object.value.offset, "\(what) needs the member \"\(name)\"")
  }
}
