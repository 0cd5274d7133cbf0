import Freshness
import Glibc
import Manifest
import Paths
import Testing
import Watching

@testable import StaledAgent

/// What becomes of `staled.json` as it is found.
@Suite struct LoadedManifestTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func load() throws(ManifestBroken) -> LoadedManifest {
    try LoadedManifest.load(
      workspace: folder.root, context: NamingContext(workspace: [folder.root]), remote: RemoteCalls())
  }

  /// What is said of one that cannot be used.
  private func problems() -> [String] {
    do throws(ManifestBroken) {
      _ = try load()
      Issue.record("it was loaded")
      return []
    } catch { return error.problems }
  }

  @Test func withoutOneAnEmptyOneHolds() throws {
    let loaded = try load()
    #expect(loaded.bytes == nil && loaded.problems.isEmpty && loaded.warnings.isEmpty && !loaded.touched)
    #expect(loaded.manifest.entries.isEmpty && loaded.manifest.file == "staled.json")
    #expect(loaded.settle == .milliseconds(50) && loaded.maxDelay == .seconds(1))
  }

  @Test func aGoodOne() throws {
    let text = #"{"version":1,"watch":{"settle":1.5,"maxDelay":"1h"},"entries":[{"key":"k"}]}"#
    try folder.write("staled.json", text)
    let loaded = try load()
    #expect(loaded.bytes == Array(text.utf8) && loaded.problems.isEmpty)
    #expect(loaded.settle == .milliseconds(1500) && loaded.maxDelay == .seconds(3600))
    #expect(loaded.manifest.entries.map(\.name.description) == ["default/k"])
    // Where it lies does not matter.
    try folder.rename("staled.json", to: "elsewhere")
    try folder.link("staled.json", to: "elsewhere")
    #expect(try load().bytes == loaded.bytes)
  }

  @Test func aBrokenOneSaysWhere() throws {
    try folder.write("staled.json", "{\"version\":1,\n \"entires\": []}")
    let problems = problems()
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix("staled.json:2:2: ") == true, "\(problems)")
    try folder.write("staled.json")
    #expect(self.problems().first?.hasPrefix("staled.json:1:1: ") == true)
  }

  /// What would block, or never end, is not read.
  @Test func whatIsNoRegularFile() throws {
    let name = folder.at("staled.json")
    #expect(mkfifo(name.terminated, 0o600) == 0)
    #expect(problems() == ["\(name): cannot be read: it is not a regular file"])
    unlink(name.terminated)
    try folder.folder("staled.json")
    #expect(problems() == ["\(name): cannot be read: it is not a regular file"])
    rmdir(name.terminated)
    try folder.link("staled.json", to: "/dev/zero")
    #expect(problems() == ["\(name): cannot be read: it is not a regular file"])
    unlink(name.terminated)
    try folder.link("staled.json", to: "staled.json")
    #expect(problems() == ["\(name): cannot be read: Too many levels of symbolic links"])
  }

  @Test func oneThatIsTooLarge() throws {
    try folder.write("staled.json", #"{"version":1}"#)
    let name = folder.at("staled.json")
    #expect(truncate(name.terminated, 16 << 20 + 1) == 0)
    #expect(problems() == ["\(name): cannot be read: it has over 16 MiB"])
    #expect(truncate(name.terminated, 16 << 20) == 0)
    #expect(try LoadedManifest.bytes(of: name)?.count == 16 << 20)
  }
}

/// Which folder an agent watches.
@Suite struct WorkspaceFinderTests {
  @Test func aNamedFolderIsTakenAsItIs() throws {
    let folder = try TemporaryFolder()
    try folder.folder("a/b")
    try folder.link("link", to: "a/../a/b")
    #expect(try WorkspaceFinder.find(folder: folder.path) == folder.root)
    #expect(try WorkspaceFinder.find(folder: "\(folder.path)/a/./b/") == folder.at("a/b"))
    #expect(try WorkspaceFinder.find(folder: "\(folder.path)/link") == folder.at("a/b"))
    do {
      _ = try WorkspaceFinder.find(folder: "\(folder.path)/none")
      Issue.record("it was found")
    } catch {
      #expect(error.exitCode == 2 && error.what.contains("\(folder.path)/none"))
    }
  }

  /// The current directory is the process's.
  @Test func withoutANameTheNearestFolderWithAManifest() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      try folder.folder("a/b/c")
      try folder.folder("d")
      try folder.link("way", to: "a/b")
      #expect(chdir(folder.at("a/b/c").terminated) == 0)
      do throws(StartupError) {
        _ = try WorkspaceFinder.find(folder: nil)
        Issue.record("there is no manifest up to the root")
      } catch {
        #expect(error.exitCode == 2)
        #expect(error.what == "no staled.json in \(folder.path)/a/b/c or above it")
        #expect(error.remedy.contains("stale init"))
      }
      try folder.write("staled.json")
      #expect(try WorkspaceFinder.find(folder: nil) == folder.root)
      try folder.write("a/staled.json")
      #expect(try WorkspaceFinder.find(folder: nil) == folder.at("a"))
      #expect(try WorkspaceFinder.find(folder: "..") == folder.at("a/b"))
      #expect(try WorkspaceFinder.find(folder: ".") == folder.at("a/b/c"))
      // A link that leads nowhere is no manifest; one to a file is.
      try folder.link("a/b/staled.json", to: "nowhere")
      #expect(try WorkspaceFinder.find(folder: nil) == folder.at("a"))
      try folder.write("a/b/nowhere")
      #expect(try WorkspaceFinder.find(folder: nil) == folder.at("a/b"))
      // The shell's name for the folder, through a link, is another name of the workspace.
      setenv("PWD", "\(folder.path)/way", 1)
      #expect(WorkspaceFinder.names(of: folder.at("a/b")) == [folder.at("a/b"), folder.at("way")])
      #expect(WorkspaceFinder.names(of: folder.at("a")) == [folder.at("a")])
      for useless in ["\(folder.path)/a/b", "a/b", "", "\(folder.path)/none"] {
        setenv("PWD", useless, 1)
        #expect(WorkspaceFinder.names(of: folder.at("a/b")) == [folder.at("a/b")])
      }
      unsetenv("PWD")
      #expect(WorkspaceFinder.names(of: folder.at("a/b")) == [folder.at("a/b")])
    }
  }
}
