import Glibc
import Paths
import SeededRandom
import Testing

@testable import Watching

/// Random histories on a real disk: whatever stands differently at a barrier has been reported before it.
@Suite struct ChurnTests {
  @Test(arguments: 1...8) func nothingThatDiffersGoesUnreported(seed: UInt64) {
    let scratch = Scratch()
    let out = scratch.path.appending("out".utf8)
    scratch.mkdir(out)
    var random = Seeded(seed: seed)
    let names = ["a", "b", "c"]
    func place() -> Path {
      var path = Int.random(in: 0..<5, using: &random) == 0 ? out : Path.root
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        path = path.appending((names.randomElement(using: &random) ?? "a").utf8)
      }
      return path
    }
    var bench = Bench(scratch)
    let tracked = (0..<25).map { _ in place() }
    _ = bench.tree.track(tracked)
    _ = bench.events()
    for round in 0..<50 {
      let covered = Set(everything(in: bench.scratch))
      let before = looks(scratch, covered.union(tracked), followed: Set(tracked))
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let (one, two) = (place(), place())
        switch Int.random(in: 0..<12, using: &random) {
        case 0...2: scratch.mkdir(one)
        case 3...5: scratch.write(one, "\(random.next())")
        case 6...7: scratch.move(one, two)
        case 8: scratch.delete(one)
        case 9: scratch.symlink("\(scratch.at(two))", one)
        case 10: scratch.symlink("../b", one)
        default:
          scratch.mkdir(one)
          scratch.write(one.appending("c".utf8), "\(random.next())")
        }
      }
      guard let events = bench.events(chunk: round % 3 == 0 ? 512 : 65536) else {
        Issue.record("seed \(seed), round \(round): no barrier")
        return
      }
      let after = looks(scratch, covered.union(everything(in: scratch)).union(tracked), followed: Set(tracked))
      for (path, look) in after where before[path, default: "absent"] != look {
        if !covers(events, path) {
          Issue.record(
            "seed \(seed), round \(round): \(path) was \(before[path, default: "absent"]), is \(look): \(events)")
          return
        }
      }
      guard round % 10 == 0 else { continue }
      let watched = bench.tree.watches.count
      let fresh = Bench(scratch)
      #expect(watched >= fresh.tree.status.watches, "seed \(seed), round \(round)")
      if watched < fresh.tree.status.watches { return }
    }
    bench.tree.untrack(tracked)
    _ = bench.events()
    _ = bench.events()
    let fresh = Bench(scratch)
    #expect(bench.tree.status.watches == fresh.tree.status.watches)
    #expect(bench.tree.nodes.count == fresh.tree.nodes.count)
    #expect(bench.tree.observers.isEmpty && bench.tree.routes.isEmpty)
  }

  /// Every name in the workspace, not through links.
  private func everything(in scratch: Scratch) -> [Path] {
    let kernel = LinuxKernel(inotify: -1)
    var found: [Path] = [.root]
    var at = 0
    while at < found.count {
      if let handle = try? kernel.openDirectory(scratch.at(found[at]).bytes) {
        var listing = Listing()
        try? kernel.list(handle, into: &listing)
        kernel.close(handle)
        for index in 0..<listing.count { found.append(found[at].appending(listing.name(index))) }
      }
      at += 1
    }
    return found
  }

  /// What a reader finds: behind a tracked name whatever links lead to, at any other what stands there itself.
  private func looks(_ scratch: Scratch, _ paths: Set<Path>, followed: Set<Path>) -> [Path: String] {
    let kernel = LinuxKernel(inotify: -1)
    var looks: [Path: String] = [:]
    for path in paths {
      var whole = scratch.at(path)
      if followed.contains(path) {
        guard let real = kernel.realPath(whole.bytes) else {
          looks[path] = "absent"
          continue
        }
        whole = Path(real)
      } else if let parent = whole.parent, kernel.realPath(parent.bytes) != parent.bytes {
        looks[path] = "absent"
        continue
      }
      switch (try? kernel.status(whole.bytes))?.kind {
      case .file: looks[path] = "file \(String(decoding: (try? kernel.read(whole.bytes)) ?? [], as: UTF8.self))"
      case .directory: looks[path] = "directory"
      case .link: looks[path] = "link"
      default: looks[path] = "absent"
      }
    }
    return looks
  }
}
