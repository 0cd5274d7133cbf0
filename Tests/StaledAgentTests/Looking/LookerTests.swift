import Freshness
import Paths
import Testing
import Watching

@testable import StaledAgent

/// Many looks at once.
@Suite struct LookerTests {
  @Test func thousandsComeBackInOrder() async throws {
    let folder = try TemporaryFolder()
    let names = (0..<2500).map { "d\($0 % 7)/f\($0)" }
    // Every third is not there.
    for (index, name) in names.enumerated() where index % 3 != 0 { try folder.write(name, "text \(index)") }
    let looker = Looker(workspace: folder.root)
    let lister = DirectoryLookTests.lister(folder)
    let before = SystemTime.wall()
    let seen = await looker.look(at: names.map { Looker.Job(leaf: .file(Path($0)), known: nil) }, lister: lister)
      .compactMap { $0 }
    #expect(
      seen.map(\.fingerprint) == names.indices.map { $0 % 3 == 0 ? .absent : .digest(digest("text \($0)")) })
    #expect(seen.indices.allSatisfy { (seen[$0].stat == nil) == ($0 % 3 == 0) })
    // One round has one time, from before it.
    #expect(Set(seen.map(\.time)).count == 1 && seen[0].time >= before && seen[0].time <= SystemTime.wall())
    for (name, seen) in zip(names, seen).prefix(50) {
      var age = PathAge()
      #expect(seen.newestOnPath > 0 && seen.newestOnPath <= age.newest(on: folder.at(name)))
    }
  }

  @Test func everyKindOfLeaf() async throws {
    let folder = try TemporaryFolder()
    try folder.write("d/a.c", "a")
    try folder.write("d/b.h", "b")
    let looker = Looker(workspace: folder.root)
    let lister = DirectoryLookTests.lister(folder)
    #expect(await looker.look(at: [], lister: lister).isEmpty)
    let stat = try #require(FileLook.status(of: folder.at("d/a.c"), following: true).map { StatFingerprint($0) })
    let known = FileLook.Known(fingerprint: .digest(digest("known")), stat: stat, lookedAt: .max)
    let outside = try TemporaryFolder()
    try outside.write("x", "outside")
    let jobs: [(Leaf, FileLook.Known?)] = [
      (.listing("d/*.c"), nil), (.file("d/a.c"), nil), (.dir("d"), nil), (.file("d/a.c"), known), (.file("none"), nil),
      (.listing("none/*"), nil), (.file(outside.at("x")), nil),
    ]
    let seen = await looker.look(at: jobs.map { Looker.Job(leaf: $0, known: $1) }, lister: lister).compactMap { $0 }
    #expect(
      seen.dropFirst().map(\.fingerprint) == [
        .digest(digest("a")), .digest(digest("file a.c\0file b.h\0")), .digest(digest("known")), .absent, .absent,
        .digest(digest("outside")),
      ])
    #expect(seen.map(\.members) == [["d/a.c"], nil, nil, nil, nil, [], nil])
  }

  @Test func otherWorkRunsBeside() async throws {
    let looker = Looker(workspace: "/")
    #expect(await looker.run { 7 } == 7)
  }
}
