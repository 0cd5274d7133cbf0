import Freshness
import Paths
import SeededRandom

/// An invariant that does not hold.
struct Violation: Error, CustomStringConvertible {
  let description: String
}

/// What an entry is made from.
enum Input: Hashable {
  case file(Path)
  case directory(Path)
  case glob(String)
  case entry(String)
  /// Changes by call only.
  case opaque
  /// Follows the file `a` too.
  case following

  var id: ResourceID {
    switch self {
    case .file(let path): .file(path)
    case .directory(let path): .dir(path)
    case .glob(let pattern): .glob(pattern)
    case .entry(let key): .entry(Input.name(key))
    case .opaque: Self.opaqueID
    case .following: Self.followingID
    }
  }

  private static let opaqueID = ResourceID.opaque(scheme: "env", rest: "CC")
  private static let followingID = ResourceID.opaque(scheme: "cfg", rest: "./a")

  static let keys = ["p", "q", "r", "s"]
  // The simulation's keys are well-formed. One namespace is not enough to tell namespaces apart.
  private static let names = Dictionary(
    uniqueKeysWithValues: keys.map { ($0, try! EntryName(namespace: $0 == "r" ? "u" : "t", key: $0)) })

  static func name(_ key: String) -> EntryName { names[key]! }

  /// An entry that a rule gives for a file, and nobody makes.
  static func rule(_ path: Path) -> EntryName { try! EntryName(namespace: "t", key: "of/\(path)") }

  /// What a client reads of it; nil of an entry.
  func read(_ contents: World.Snapshot) -> String? {
    switch self {
    case .file(let path): contents[path] ?? "-"
    case .following: contents["a"] ?? "-"
    case .directory(let path): World.names(in: path, contents) ?? "-"
    case .glob(let pattern):
      World.members(of: pattern, in: contents).map { "\($0)=\(contents[$0] ?? "-");" }.joined()
    case .opaque: "const"
    case .entry: nil
    }
  }

  /// What the engine must have observed of what was read.
  func fingerprint(of read: String) -> Fingerprint {
    switch self {
    case .file, .following: Fingerprints.of(read == "-" ? nil : read)
    case .directory: read == "-" ? .absent : .digest(Digest(of: read.utf8))
    case .entry: Digest(read).map(Fingerprint.digest) ?? .unknown
    case .opaque: Self.opaqueFingerprint
    case .glob:
      .digest(
        Digest(
          of: read.split(separator: ";").map { line in
            let parts = line.split(separator: "=")
            return "file:\(parts[0]) \(Fingerprints.of(parts[1] == "-" ? nil : String(parts[1])))\n"
          }.joined().utf8))
    }
  }

  private static let opaqueFingerprint = Fingerprint.digest(Digest(of: "opaque env:CC\n".utf8))
}

/// How an entry is made.
struct Recipe {
  enum Result {
    /// A value, computed from what was read.
    case value
    /// Its digest alone.
    case stated
    /// That of what is observed.
    case derived
  }

  var inputs: [Input]
  /// Only whether anything is there counts.
  var lossy: Bool
  var outputs: [Path]
  var result: Result
  var tags: [String]

  init(
    _ key: String, files: [Path], lower: [String], using rng: inout Seeded
  ) {
    var leaves = files.map(Input.file)
    leaves += [.glob("s/*"), .glob("**/c"), .directory("s"), .opaque, .following].filter { _ in rng.one(in: 2) }
    var inputs = Array(leaves.shuffled(using: &rng).prefix(rng.pick([1, 2, 2])))
    if !lower.isEmpty {
      let below = lower.shuffled(using: &rng).prefix(rng.pick([0, 1, 1, 2])).map(Input.entry)
      if !below.isEmpty { inputs = inputs.dropFirst(rng.pick([0, 1])) + below }
    }
    self.inputs = inputs
    let onLeaves = inputs.allSatisfy { if case .entry = $0 { false } else { true } }
    lossy = onLeaves && rng.one(in: 3)
    result = onLeaves && !lossy && rng.one(in: 3) ? .derived : rng.pick([.value, .value, .stated])
    outputs = Array([Path("o/\(key)"), Path("o/\(key)2")].prefix(rng.pick([0, 0, 1, 2])))
    tags = rng.pick([[], ["x"], ["x", "y"]])
  }
}

/// For the checker: what the client really read, and when its lease was given.
struct Proof {
  /// In steps.
  var time: WallClock
  var reads: [Input: String]
  /// What was in the outputs when they were taken in.
  var outputs: [Path: String]
  var digest: String
  var tags: [String]
  /// When it was vouched for what was added since, in steps.
  var vouched: [ResourceID: WallClock] = [:]
}

extension Proof: CustomStringConvertible {
  var description: String {
    (reads.map { "\($0.id) = \($1)" }.sorted() + outputs.map { "file:\($0) = \($1)" }.sorted()).joined(separator: ", ")
  }
}
