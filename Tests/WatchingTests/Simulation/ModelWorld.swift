import Paths
import SeededRandom

@testable import Watching

/// The model's disk with those who watch it, and what people and programs do to it.
struct ModelWorld {
  var disk = ModelDisk()
  /// The watcher's, and that of another which is asked what it would watch.
  var instances = [ModelInotify(), ModelInotify()]
  var random: Seeded
  let profile: Profile
  /// One in so many kernel calls is preceded by something that happens; 0 for none.
  var haste = 0
  /// What a step list has happen before the next kernel call of a kind, which is named by its function.
  var interruption: (function: String, deed: @Sendable (inout ModelWorld) -> Void)?
  /// What it has happen between the two halves of the next move.
  var betweenHalves: (@Sendable (inout ModelWorld) -> Void)?
  var nextCookie: UInt32 = 1
  /// What is done now is done by another host.
  var isElsewhere = false
  var seenMounts = [0, 0]
  /// The event of the last hard link.
  var linked = 0
  /// How many changes the watcher has read of.
  var readMounts = 0
  /// The disk after each thing that happened, where it is wanted.
  var moments: [ModelDisk]?
  /// What happened, where it is wanted.
  var story: [String]?
  /// The names that can be made through a link.
  private static let spelling: [Name: [UInt8]] = Dictionary(
    uniqueKeysWithValues: ["a", "b", "c", "x", ".gitignore"].map { (Name($0.utf8), Array($0.utf8)) })
  /// Outside of what may be touched.
  static let state = Array("/state".utf8)

  init(seed: UInt64) {
    random = Seeded(seed: seed)
    profile = Profile(seed: seed)
    instances[0].queueLimit = profile.queue
    for path in ["/w", "/o", "/state", "/w/a", "/w/a/b", "/o/a"] { mkdir(Array(path.utf8)) }
    for (type, tick, isKept) in [
      ("tmpfs", Int64(4_000_000), false), ("nfs4", 1_000_000_000, false), ("ext4", 4_000_000, true),
      ("fuse.x", 4_000_000, true),
    ] {
      let root = disk.addSystem(type, tick: tick, isKept: isKept)
      _ = create("/b", .directory, in: root)
      _ = create("/c", .file, in: root)
    }
  }

  mutating func tell(_ text: @autoclosure () -> String) { if story != nil { story?.append(text()) } }

  mutating func interrupt(before function: String) {
    guard let planned = interruption, planned.function == function else { return }
    interruption = nil
    planned.deed(&self)
  }

  // MARK: Events

  private mutating func notify(_ inode: Inode, _ mask: WatchMask, _ name: [UInt8] = [], cookie: UInt32 = 0) {
    // Links may lead it back to what is ours.
    if isElsewhere, MountTable.remoteness(of: disk.systems[disk.files[inode].device].type) != nil { return }
    for index in instances.indices { instances[index].tell(inode, mask, name, cookie: cookie) }
  }

  /// What happened to a file, by way of one of its names.
  private mutating func notify(file: Inode, _ mask: WatchMask, by name: [UInt8], in directory: Inode) {
    let kind: WatchMask = disk.files[file].kind == .directory ? .directory : []
    notify(directory, mask.union(kind), name)
    notify(file, mask.union(kind))
  }

  private mutating func endIfUnused(_ inode: Inode) {
    guard disk.files[inode].links == 0, disk.files[inode].opened == 0, !disk.files[inode].isGone else { return }
    disk.files[inode].isGone = true
    disk.freeNumbers.append(disk.files[inode].number)
    for index in instances.indices { instances[index].end(inode, .deleteSelf) }
  }

  mutating func open(_ inode: Inode) { disk.files[inode].opened += 1 }

  mutating func close(_ inode: Inode) {
    disk.files[inode].opened -= 1
    endIfUnused(inode)
  }

  // MARK: What can be done

  /// Where a name may be made or removed.
  private func place(_ path: [UInt8]) -> ModelDisk.Place? {
    guard case .success(let place) = disk.resolve(path, .middle, asUser: false), place.name != nil else { return nil }
    return place
  }

  private static func last(_ path: [UInt8]) -> [UInt8] { Array(Path(path).name) }

  /// Under the last name of `path`.
  mutating func create(_ path: Path, _ kind: FileKind, in directory: Inode) -> Inode {
    let name = Array(path.name)
    let made = disk.make(kind, in: directory)
    disk.files[directory].entries.append(ModelDisk.Entry(name: Name(name), bytes: name, inode: made))
    disk.files[made].version = disk.nextVersion
    disk.nextVersion += 1
    disk.stamp(directory)
    notify(directory, kind == .directory ? [.create, .directory] : .create, name)
    return made
  }

  mutating func mkdir(_ path: [UInt8]) {
    guard let place = place(path), place.inode == 0 else { return }
    _ = create(Path(path), .directory, in: place.directory)
  }

  mutating func mkdirs(_ path: [UInt8]) {
    var at: [UInt8] = []
    for name in path.split(separator: .slash) {
      at += [.slash] + name
      mkdir(at)
    }
  }

  mutating func write(_ path: [UInt8], _ text: [UInt8] = []) {
    guard case .success(let place) = disk.resolve(path, .all, asUser: false), let number = place.name,
      let name = Self.spelling[number]
    else { return }
    var file = place.inode
    if file == 0 {
      guard disk.files[place.directory].kind == .directory else { return }
      file = create(Path(name), .file, in: place.directory)
    }
    guard disk.files[file].kind == .file else { return }
    disk.files[file].version = disk.nextVersion
    disk.nextVersion += 1
    disk.files[file].text = text
    let version = disk.files[file].version
    tell("    content \(version) of file \(file)")
    disk.stamp(file)
    notify(file: file, .modify, by: name, in: place.directory)
    notify(file: file, .closeWrite, by: name, in: place.directory)
  }

  mutating func symlink(_ target: [UInt8], _ path: [UInt8]) {
    guard let place = place(path), place.inode == 0 else { return }
    let made = create(Path(path), .link, in: place.directory)
    disk.files[made].target = target
  }

  mutating func link(_ old: [UInt8], _ new: [UInt8]) {
    guard let from = place(old), from.inode != 0, disk.files[from.inode].kind == .file, let to = place(new),
      to.inode == 0, disk.files[from.inode].device == disk.files[to.directory].device
    else { return }
    // One that is made where nobody looks is beyond what the kernel tells (README, "Known limits").
    guard instances[0].count == 0 || instances[0].masks[to.directory] != nil else { return }
    linkAnywhere(old, new)
  }

  /// The same, wherever it is made.
  mutating func linkAnywhere(_ old: [UInt8], _ new: [UInt8]) {
    guard let from = place(old), let to = place(new) else { return }
    linked = instances[0].pushed + 1
    tell("    file \(from.inode) is linked")
    disk.files[from.inode].links += 1
    disk.files[from.inode].isLinked = true
    disk.stamp(from.inode, content: false)
    disk.files[to.directory].entries.append(entry(new, from.inode))
    disk.stamp(to.directory)
    notify(from.inode, .attributes)
    notify(to.directory, .create, Self.last(new))
  }

  mutating func remove(_ path: [UInt8]) {
    guard let place = place(path), place.inode != 0 else { return }
    var pending = [(place.directory, entry(path, place.inode), false)]
    while let (directory, entry, isEmptied) = pending.popLast() {
      let (name, inode) = (entry.name, entry.inode)
      // A mount point is busy, and so is what it lies in.
      guard disk.child(name, of: directory) == inode else { continue }
      if disk.files[inode].mounted != 0 { continue }
      if isLinking, disk.files[inode].isLinked { continue }
      if disk.files[inode].kind == .directory, !isEmptied {
        pending.append((directory, entry, true))
        for inner in disk.files[inode].entries { pending.append((inode, inner, false)) }
        continue
      }
      if !disk.files[inode].entries.isEmpty { continue }
      let isDirectory = disk.files[inode].kind == .directory
      disk.files[directory].entries.removeAll { $0.name == name }
      disk.stamp(directory)
      dropLink(inode)
      notify(directory, isDirectory ? [.delete, .directory] : .delete, entry.bytes)
      endIfUnused(inode)
    }
  }

  private func entry(_ path: [UInt8], _ inode: Inode) -> ModelDisk.Entry {
    let name = Self.last(path)
    return ModelDisk.Entry(name: Name(name), bytes: name, inode: inode)
  }

  private mutating func dropLink(_ inode: Inode) {
    disk.files[inode].links -= 1
    disk.stamp(inode, content: false)
    if disk.files[inode].kind != .directory { notify(inode, .attributes) }
  }

  private func isWithin(_ inode: Inode, _ top: Inode) -> Bool {
    var at = inode
    while true {
      if at == top { return true }
      let above = disk.above(at)
      if above == at { return false }
      at = above
    }
  }

  /// A hard link must be found where its event says, before it moves on (README, "Known limits").
  private var isLinking: Bool { instances[0].settled < linked }

  private func holdsMount(_ inode: Inode) -> Bool {
    disk.systems.contains { system in
      let host = disk.files[system.root].mountedOn
      return host != 0 && isWithin(host, inode)
    }
  }

  mutating func rename(_ old: [UInt8], _ new: [UInt8], exchange: Bool = false) {
    guard !isLinking, let from = place(old), let to = place(new), from.inode != 0, from.inode != to.inode,
      let fromName = from.name, let toName = to.name, disk.child(fromName, of: from.directory) == from.inode,
      disk.files[from.directory].device == disk.files[to.directory].device
    else { return }
    let isDirectory = disk.files[from.inode].kind == .directory
    if isDirectory, isWithin(to.directory, from.inode) { return }
    if to.inode != 0 {
      guard disk.child(toName, of: to.directory) == to.inode else { return }
      if exchange {
        if disk.files[to.inode].kind == .directory, isWithin(from.directory, to.inode) { return }
      } else {
        if isDirectory != (disk.files[to.inode].kind == .directory) || !disk.files[to.inode].entries.isEmpty { return }
        if disk.files[to.inode].mounted != 0 { return }
      }
    } else if exchange {
      return
    }
    if from.inode != 0, disk.files[from.inode].links > 1, instances[0].masks[to.directory] == nil { return }
    // A mount that moves on before it has been read of is beyond what a mount table can tell (README, "Known limits").
    if readMounts != disk.mountGeneration, holdsMount(from.inode) || (exchange && holdsMount(to.inode)) { return }
    disk.files[from.directory].entries.removeAll { $0.name == fromName }
    disk.files[to.directory].entries.removeAll { $0.name == toName }
    disk.files[to.directory].entries.append(entry(new, from.inode))
    disk.files[from.inode].parent = to.directory
    if exchange {
      disk.files[from.directory].entries.append(entry(old, to.inode))
      disk.files[to.inode].parent = from.directory
      disk.stamp(to.inode, content: false)
    }
    disk.stamp(from.directory)
    disk.stamp(to.directory)
    disk.stamp(from.inode, content: false)
    moved(from.inode, (from.directory, Self.last(old)), (to.directory, Self.last(new)))
    if exchange {
      moved(to.inode, (to.directory, Self.last(new)), (from.directory, Self.last(old)))
    } else if to.inode != 0 {
      dropLink(to.inode)
      endIfUnused(to.inode)
    }
  }

  private mutating func moved(
    _ inode: Inode, _ from: (directory: Inode, name: [UInt8]), _ to: (directory: Inode, name: [UInt8])
  ) {
    let kind: WatchMask = disk.files[inode].kind == .directory ? .directory : []
    let cookie = nextCookie
    nextCookie += 1
    notify(from.directory, kind.union(.movedFrom), from.name, cookie: cookie)
    // Another processor gets in between.
    if haste > 0, Int.random(in: 0..<4, using: &random) == 0 {
      write(Array(["/w/x", "/w/a/x", "/o/x"][Int.random(in: 0..<3, using: &random)].utf8))
    }
    if profile.between > 0, kind == .directory, number(profile.between) == 0 { makeSomething(in: inode) }
    if let deed = betweenHalves {
      betweenHalves = nil
      deed(&self)
    }
    notify(to.directory, kind.union(.movedTo), to.name, cookie: cookie)
    notify(inode, kind.union(.moveSelf))
  }

  mutating func chmod(_ path: [UInt8], readable: Bool, searchable: Bool) {
    guard !isLinking, let place = place(path), place.inode != 0, disk.files[place.inode].kind != .link else { return }
    disk.files[place.inode].isReadable = readable
    disk.files[place.inode].isSearchable = searchable
    disk.stamp(place.inode, content: false)
    notify(file: place.inode, .attributes, by: Self.last(path), in: place.directory)
  }

  mutating func openEverything() {
    for inode in disk.files.indices where !(disk.files[inode].isReadable && disk.files[inode].isSearchable) {
      guard disk.files[inode].links > 0 else { continue }
      disk.files[inode].isReadable = true
      disk.files[inode].isSearchable = true
      disk.stamp(inode, content: false)
      for directory in disk.files.indices {
        for entry in disk.files[directory].entries where entry.inode == inode {
          notify(
            directory, disk.files[inode].kind == .directory ? [.attributes, .directory] : .attributes, entry.bytes)
        }
      }
      notify(inode, disk.files[inode].kind == .directory ? [.attributes, .directory] : .attributes)
    }
  }

  mutating func mount(_ device: Int, on path: [UInt8]) {
    let root = disk.systems[device].root
    let host = disk.find(path, .none)
    guard !isLinking, disk.files[root].mountedOn == 0, host > ModelDisk.top, disk.files[host].kind == .directory,
      disk.files[host].mounted == 0, !isWithin(host, root)
    else { return }
    disk.files[root].mountedOn = host
    disk.files[host].mounted = root
    disk.mountID += 1
    disk.files[root].version = disk.mountID
    disk.mountGeneration += 1
    disk.changes += 1
  }

  mutating func unmount(_ device: Int) {
    let root = disk.systems[device].root
    let host = disk.files[root].mountedOn
    // One that came and went before the table was read is not in it (README, "Known limits").
    guard host != 0, readMounts == disk.mountGeneration || instances[0].count == 0 else { return }
    let inside = disk.files.indices.filter { disk.files[$0].device == device }
    guard inside.allSatisfy({ disk.files[$0].mounted == 0 && disk.files[$0].opened == 0 }) else { return }
    disk.files[root].mountedOn = 0
    disk.files[host].mounted = 0
    disk.mountGeneration += 1
    disk.changes += 1
    if disk.systems[device].isKept { return }
    for inode in inside { for index in instances.indices { instances[index].end(inode, .unmount) } }
  }
}
