import Foundation
import StaledAPI
import Testing

extension Faults {
  /// File systems that report nothing or not all, and mounts that come and go over what is watched.
  @Suite struct FileSystems {
    /// Written below a FUSE mount, a file changes in it without any event.
    @Test(.enabled(if: Machine.fuse, "FUSE cannot be mounted here (root, /dev/fuse and bindfs)"))
    func whatChangesBelowAFuseMountIsFound() throws {
      let workspace = try Workspace([
        "staled.json": #"{"version":1}"#, "src/a": "1", "src/calm": "1",
      ])
      let below = try Workspace(["a": "1", "gone": "1", "deep/b": "1", "deep/c": "1"])
      let namespace = try Namespace(.mounts)
      let fuse = try Fuse(from: below.folder, to: workspace.url("mnt"), namespace)
      try workspace.start(wrapper: namespace.wrapper)
      try workspace.mark([
        "a": "file:mnt/a", "gone": "file:mnt/gone", "new": "file:mnt/deep/new", "names": "dir:mnt/deep",
        "glob": "glob:mnt/**/[bc]", "source": "file:src/a", "calm": "file:mnt/deep/c",
      ])
      #expect(try workspace.notFresh() == [])
      let degraded = try workspace.degraded()
      #expect(degraded.count == 1 && degraded.allSatisfy { $0.what.contains("mnt") }, "\(degraded)")
      #expect(degraded.allSatisfy { $0.reason.contains("fuse") && !$0.remedy.isEmpty }, "\(degraded)")

      var before = try workspace.log().count
      try below.write("a", "2")
      #expect(try workspace.notFresh() == ["a"])
      #expect(try workspace.changes(behind: before) == ["modified file:mnt/a"])

      before = try workspace.log().count
      try below.write("a", "1")
      try below.remove("gone")
      try below.write("deep/new", "1")
      try below.sh("touch -r deep/b stamp; printf 2 > deep/b; touch -r stamp deep/b")
      #expect(try workspace.notFresh() == ["gone", "new", "names", "glob"])
      #expect(
        try workspace.changes(behind: before) == [
          "created file:mnt/deep/new", "deleted file:mnt/gone", "modified dir:mnt/deep", "modified file:mnt/a",
          "modified file:mnt/deep/b",
        ])

      // Through the mount it is seen like anywhere; a check finds it as a sync does.
      try namespace.sh(
        "printf 1 > mnt/deep/b; rm mnt/deep/new; printf 1 > mnt/gone; printf 3 > src/a", in: workspace.folder)
      #expect(try workspace.notFresh() == ["source"])
      try below.write("deep/c", "2")
      #expect(try workspace.stale("check", "t/calm").status == 1)
      #expect(try workspace.stale("check", "t/gone").status == 0)

      // Its end is a change of everything in it.
      try below.write("deep/c", "1")
      try namespace.sh("printf 1 > src/a", in: workspace.folder)
      #expect(try workspace.notFresh() == [])
      try fuse.unmount()
      #expect(try workspace.notFresh() == ["a", "gone", "names", "glob", "calm"])
      #expect(try workspace.degraded() == [])
    }

    /// Its program is stopped: whoever asks it waits for ever. That concerns what rests on it, and nobody else.
    @Test(.enabled(if: Machine.fuse, "FUSE cannot be mounted here (root, /dev/fuse and bindfs)"))
    func aFileSystemThatDoesNotAnswerHoldsUpNobodyElse() throws {
      let workspace = try Workspace(["staled.json": #"{"version":1}"#, "src/a": "1"])
      let below = try Workspace(["a": "1", "deep/b": "1"])
      let namespace = try Namespace(.mounts)
      let fuse = try Fuse(from: below.folder, to: workspace.url("mnt"), namespace)
      try workspace.sh("ln -s mnt/deep way")
      try workspace.start(wrapper: namespace.wrapper)
      let dependencies = [
        "local": "file:src/a", "far": "file:mnt/a", "linked": "file:way/b", "names": "dir:mnt/deep",
        "glob": "glob:mnt/**",
      ]
      try workspace.mark(dependencies)
      #expect(try workspace.notFresh() == [])

      fuse.stop()
      #expect(
        try workspace.states()
          == ["t/local": "fresh"].merging(
            ["far", "linked", "names", "glob"].map { ("t/\($0)", "suspect") }, uniquingKeysWith: { $1 }))
      let begun = ContinuousClock.now
      #expect(try workspace.stale("check", "t/local").status == 0)
      #expect(try workspace.stale("check", "t/far").status == 1)
      // Ids that lead there by `..`, where a link has to be told from a folder.
      #expect(
        try workspace.http("POST", "/v1/invalidate", body: #"{"resources":["file:mnt/deep/../a"],"dryRun":true}"#)
          .status == 200)
      #expect(try workspace.stale("status").status == 0)
      #expect(begun.duration(to: .now) < .seconds(10), "what is not asked again takes no time")
      let degraded = try workspace.degraded().filter { $0.reason.contains("does not answer") }
      #expect(try workspace.degraded().map(\.what) == ["mnt", "way/b"], "told once, and where a link leads there")
      #expect(degraded.map(\.what) == ["mnt"] && degraded.allSatisfy { $0.remedy.contains("umount -l") }, "\(degraded)")
      try workspace.write("src/a", "2")
      #expect(try workspace.notFresh() == ["local", "far", "linked", "names", "glob"])
      #expect(try workspace.states()["t/local"] == "stale")
      // What is made of it is refused, and not for ever.
      let refused = try workspace.stale("mark", "t/new", "--dep", "mnt/deep/b")
      #expect(refused.status == 4 && refused.errors.contains("file:mnt/deep/b could not be looked at"), "\(refused)")

      fuse.goOn()
      try below.write("a", "2")
      try until { try workspace.states()["t/linked"] == "fresh" }
      #expect(try workspace.notFresh() == ["local", "far", "glob"])
      #expect(try workspace.degraded().allSatisfy { !$0.reason.contains("answer") })

      fuse.stop()
      #expect(try workspace.states()["t/linked"] == "suspect")
      // Another mount at the same place owes nothing.
      try namespace.sh("umount -l mnt", in: workspace.folder)
      let other = try Fuse(from: below.folder, to: workspace.url("mnt"), namespace)
      try until { try workspace.states()["t/linked"] == "fresh" }
      #expect(try workspace.degraded().allSatisfy { !$0.reason.contains("answer") })
      other.stop()
      #expect(try workspace.states()["t/linked"] == "suspect")
      // It ends and makes room for another one, though the kernel keeps its thread until the question is answered.
      #expect(try workspace.stale("stop").status == 0)
      #expect(try workspace.stale("start").status == 0)
      #expect(try workspace.stale("stop").status == 0)
      fuse.goOn()
      other.goOn()
      #expect(workspace.stop() == 0)
    }

    /// An overlay is watched like any other; so are tmpfs and bind mounts.
    @Test(
      .enabled(if: Machine.mounts && Machine.overlays, "nothing can be mounted here"),
      arguments: ["overlay", "tmpfs", "bind"])
    func localFileSystemsAreWatchedLikeAnyOther(type: String) throws {
      let workspace = try Workspace(["place/x": ""])
      let namespace = try Namespace(.mounts)
      let mount =
        switch type {
        case "overlay":
          """
          mkdir store; mount -t tmpfs tmpfs store; mkdir -p store/lower/src store/upper store/work; printf 1 > store/lower/src/b
          mount -t overlay overlay -o lowerdir=store/lower,upperdir=store/upper,workdir=store/work place
          """
        case "tmpfs": "mount -t tmpfs tmpfs place; mkdir place/src; printf 1 > place/src/b"
        default: "mkdir -p other/src; printf 1 > other/src/b; mount --bind other place"
        }
      try namespace.sh(
        mount + "\nprintf 1 > place/src/a; printf 1 > place/src/c; printf '{\"version\":1}' > place/staled.json",
        in: workspace.folder)
      // The agent's workspace is the mount itself.
      let place = workspace.url("place")
      let agent = try AgentProcess(place, wrapper: namespace.wrapper)
      #expect(agent.isReady, "\(agent.errors)")
      let client = try SocketClient(namespace.path(place).path + "/.staled/agent.sock")
      for (entry, id) in [
        "a": "file:src/a", "b": "file:src/b", "c": "file:src/c", "glob": "glob:src/*", "names": "dir:src",
      ] {
        let body = try JSONEncoder().encode(MarkRequest(dependencies: [id]))
        #expect(try client.call("POST", "/v1/entries/t/\(entry)/mark", body).status == 201)
      }
      func notFresh() throws -> Set<String> {
        #expect(try client.call("POST", "/v1/sync").status == 200)
        return try Faults.notFresh(client)
      }
      #expect(try notFresh() == [])
      let status: Status = try client.call("GET", "/v1/status").decoded()
      #expect(status.degraded == [])
      // `b` is copied up on the overlay by being written.
      try namespace.sh("printf 2 > src/b", in: place)
      #expect(try notFresh() == ["b", "glob"])
      try namespace.sh("printf 1 > src/b", in: place)
      #expect(try notFresh() == [])
      try namespace.sh("printf 2 > src/new; rm src/c; printf 1 >> src/a", in: place)
      #expect(try notFresh() == ["a", "c", "glob", "names"])
      try namespace.sh("rm src/new; printf 1 > src/c; printf 1 > src/a", in: place)
      #expect(try notFresh() == [])
      if type == "bind" {
        try namespace.sh("printf 2 > other/src/b", in: workspace.folder)
        #expect(try notFresh() == ["b", "glob"], "written under its other name")
      }
      #expect(agent.stop() == 0, "\(agent.errors)")
    }

    @Test(.enabled(if: Machine.mounts, "nothing can be mounted here"), arguments: ["src", "src/deep", "top"])
    func aMountOverAWatchedDirectoryAndItsEnd(point: String) throws {
      let workspace = try Workspace([
        "staled.json": #"{"version":1}"#, "src/a": "1", "src/b": "1", "src/deep/a": "1", "src/deep/b": "1",
        "top/src/deep/a": "1", "other/c": "1",
      ])
      let namespace = try Namespace(.mounts)
      try workspace.start(wrapper: namespace.wrapper)
      let all = [
        "a": "file:src/a", "b": "file:src/b", "new": "file:src/new", "deep-a": "file:src/deep/a",
        "deep-b": "file:src/deep/b", "deep-new": "file:src/deep/new", "names": "dir:src", "deep-names": "dir:src/deep",
        "glob": "glob:src/**/b", "top-a": "file:top/src/deep/a", "top-names": "dir:top/src", "calm": "file:other/c",
      ]
      try workspace.mark(all)
      #expect(try workspace.notFresh() == [])
      func expect(_ names: Set<String>, _ what: Comment) throws { #expect(try workspace.notFresh() == names, what) }
      // The same `a`, no `b`, and a file that was not there.
      let hit: [String: Set<String>] = [
        "src": ["b", "new", "deep-a", "deep-b", "names", "deep-names", "glob"],
        "src/deep": ["deep-b", "deep-new", "deep-names", "glob"],
        "top": ["top-a", "top-names"],
      ]
      let mounted = try #require(hit[point])
      for _ in 0..<2 {
        try namespace.sh(
          "mount -t tmpfs tmpfs \(point); printf 1 > \(point)/a; printf 1 > \(point)/new", in: workspace.folder)
        try expect(mounted, "what the mount hides and shows")
        let inside = point == "src" ? "a" : point == "top" ? "" : "deep-a"
        try namespace.sh("printf 2 > \(point)/a", in: workspace.folder)
        try expect(inside.isEmpty ? mounted : mounted.union([inside]), "an edit in the mount")
        // What lies below is written through another namespace: it does not show.
        try workspace.write("\(point)/b", "2")
        try expect(inside.isEmpty ? mounted : mounted.union([inside]), "an edit below the mount")
        try workspace.write("\(point)/b", "1")
        if point == "top" { try workspace.remove("top/b") }
        try namespace.sh("umount \(point)", in: workspace.folder)
        try expect([], "its end")
        try workspace.write("\(point)/new", "1")
        if point != "top" {
          try expect(point == "src" ? ["new", "names"] : ["deep-new", "deep-names"], "watched again")
        }
        try workspace.remove("\(point)/new")
        try expect([], "and put back")
      }
      #expect(workspace.stop() == 0)
    }

    /// The mount is a change by itself, even where nobody wrote anything: a bind mount of another directory.
    @Test(.enabled(if: Machine.mounts, "nothing can be mounted here"))
    func aBindMountOverAFileAndADirectory() throws {
      let workspace = try Workspace([
        "staled.json": #"{"version":1}"#, "src/a": "1", "src/b": "1", "other/a": "2", "other/b": "1",
      ])
      let namespace = try Namespace(.mounts)
      try workspace.start(wrapper: namespace.wrapper)
      try workspace.mark(["a": "file:src/a", "b": "file:src/b", "names": "dir:src", "other": "file:other/a"])
      #expect(try workspace.notFresh() == [])
      try namespace.sh("mount --bind other src", in: workspace.folder)
      #expect(try workspace.notFresh() == ["a"])
      try namespace.sh("printf 1 > src/a", in: workspace.folder)
      #expect(try workspace.notFresh() == ["other"], "one write, seen under both names")
      try namespace.sh("printf 2 > other/a", in: workspace.folder)
      #expect(try workspace.notFresh() == ["a"])
      try namespace.sh("umount src; mount --bind other/a src/a", in: workspace.folder)
      #expect(try workspace.notFresh() == ["a"], "a mount over a file")
      try namespace.sh("umount src/a", in: workspace.folder)
      #expect(try workspace.notFresh() == [])
    }
  }
}

/// A FUSE mount that shows another folder, until it is unmounted or let go of.
final class Fuse {
  private let server = Process()
  private let namespace: Namespace
  private let point: URL

  init(from: URL, to point: URL, _ namespace: Namespace) throws {
    (self.namespace, self.point) = (namespace, point)
    server.executableURL = URL(fileURLWithPath: namespace.wrapper[0])
    // Without the kernel's cache of names and attributes: what is there is what shows.
    server.arguments =
      Array(namespace.wrapper.dropFirst()) + [
        "bindfs", "-f", "-o", "attr_timeout=0,entry_timeout=0,negative_timeout=0", from.path, point.path,
      ]
    server.standardInput = FileHandle.nullDevice
    try FileManager.default.createDirectory(at: point, withIntermediateDirectories: true)
    try server.run()
    try until(10) { try namespace.sh("mountpoint -q .", in: point).status == 0 }
  }

  /// Its program answers nobody any more.
  func stop() { kill(server.processIdentifier, SIGSTOP) }
  func goOn() { kill(server.processIdentifier, SIGCONT) }

  func unmount() throws {
    let ended = try namespace.sh("umount -l '\(point.path)'", in: URL(fileURLWithPath: "/"))
    if ended.status != 0 { throw POSIXError(.EBUSY) }
  }

  deinit {
    goOn()
    try? unmount()
    kill(server.processIdentifier, SIGKILL)
    server.waitUntilExit()
  }
}
