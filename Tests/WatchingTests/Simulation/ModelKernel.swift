import Paths
import Synchronization

@testable import Watching

/// The model as a kernel. Between any two calls something may happen.
final class ModelKernel: Kernel {
  let world: Shared
  let instance: Int

  final class Shared: Sendable {
    let world: Mutex<ModelWorld>
    init(_ world: consuming ModelWorld) { self.world = Mutex(world) }
  }

  init(_ world: Shared, instance: Int = 0) {
    self.world = world
    self.instance = instance
  }

  private func call<R>(
    _ function: String = #function, _ body: (inout ModelWorld) throws(Errno) -> sending R
  ) throws(Errno) -> R where R: Sendable {
    let result = world.world.withLock { world -> Result<R, Errno> in
      world.interrupt(before: function)
      if world.haste > 0, Int.random(in: 0..<world.haste, using: &world.random) == 0 { world.act() }
      do throws(Errno) { return .success(try body(&world)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private func resolve(_ path: [UInt8], _ links: ModelDisk.Links, _ world: ModelWorld) throws(Errno) -> Inode {
    try world.disk.resolve(path, links, asUser: true).get().inode
  }

  private func open(_ inode: Inode, _ world: inout ModelWorld) throws(Errno) -> Inode {
    if inode == 0 { throw .noEntry }
    if world.disk.files[inode].kind == .link { throw .linkLoop }
    if world.disk.files[inode].kind != .directory { throw .notDirectory }
    if !world.disk.files[inode].isReadable { throw .denied }
    world.open(inode)
    return inode
  }

  func openDirectory(_ path: [UInt8]) throws(Errno) -> Inode {
    try call { (world) throws(Errno) in try open(resolve(path, .none, world), &world) }
  }

  func openDirectory(_ name: ArraySlice<UInt8>, in directory: Inode) throws(Errno) -> Inode {
    try call { (world) throws(Errno) in
      if !world.disk.files[directory].isSearchable { throw .denied }
      return try open(world.disk.child(Name(name), of: directory).map(world.disk.through) ?? 0, &world)
    }
  }

  func close(_ directory: Inode) { try? call { (world) throws(Errno) in world.close(directory) } }

  func watch(_ directory: Inode, mask: WatchMask) throws(Errno) -> Int32 {
    try call { (world) throws(Errno) in
      let descriptor = try world.instances[instance].add(directory, mask)
      let path = world.disk.path(of: directory) ?? []
      if instance == 0 { world.tell("    watches \(String(decoding: path, as: UTF8.self)): \(descriptor)") }
      return descriptor
    }
  }

  func watchFile(_ path: [UInt8], mask: WatchMask) throws(Errno) -> Int32 {
    try call { (world) throws(Errno) in
      let inode = try resolve(path, .none, world)
      if inode == 0 { throw .noEntry }
      if !world.disk.files[inode].isReadable { throw .denied }
      world.tell("    watch file \(Path(path))")
      return try world.instances[instance].add(inode, mask)
    }
  }

  func removeWatch(_ descriptor: Int32) {
    try? call { (world) throws(Errno) in
      world.tell("    unwatch \(descriptor)")
      world.instances[instance].remove(descriptor)
    }
  }

  func list(_ directory: Inode, into listing: inout Listing) throws(Errno) {
    let entries = try call { (world) throws(Errno) in
      world.disk.files[directory].entries.map { ($0.bytes, world.disk.files[$0.inode].kind) }
    }
    for (name, kind) in entries { listing.append(name, kind) }
  }

  func status(_ path: [UInt8]) throws(Errno) -> FileStatus {
    try call { (world) throws(Errno) in
      switch world.disk.resolve(path, .middle, asUser: true) {
      case .success(let place): return world.disk.status(of: place.inode)
      case .failure(.noEntry), .failure(.notDirectory): return .absent
      case .failure(let error): throw error
      }
    }
  }

  func status(of directory: Inode) throws(Errno) -> FileStatus {
    try call { (world) throws(Errno) in world.disk.status(of: directory) }
  }

  func readLink(_ path: [UInt8]) -> [UInt8]? {
    try? call { (world) throws(Errno) in
      let inode = try resolve(path, .middle, world)
      guard world.disk.files[inode].kind == .link else { throw .noEntry }
      return world.disk.files[inode].target
    }
  }

  func read(_ path: [UInt8]) -> [UInt8]? {
    try? call { (world) throws(Errno) in
      let inode = try resolve(path, .middle, world)
      guard world.disk.files[inode].kind == .file, world.disk.files[inode].isReadable else { throw .denied }
      return world.disk.files[inode].text
    }
  }

  func realPath(_ path: [UInt8]) -> [UInt8]? {
    try? call { (world) throws(Errno) in
      let place = try world.disk.resolve(path, .all, asUser: true).get()
      guard place.inode != 0 else { throw .noEntry }
      if world.disk.files[place.inode].kind == .directory, let path = world.disk.path(of: place.inode) { return path }
      guard let directory = world.disk.path(of: place.directory) else { throw .noEntry }
      // By its name: the file may have others here.
      guard let entry = world.disk.files[place.directory].entries.first(where: { $0.name == place.name }) else {
        throw .noEntry
      }
      return directory + [.slash] + entry.bytes
    }
  }

  func makeDirectory(_ path: [UInt8]) throws(Errno) { try call { (world) throws(Errno) in world.mkdir(path) } }

  func flash(_ path: [UInt8]) throws(Errno) {
    try call { (world) throws(Errno) in
      guard case .success(let place) = world.disk.resolve(path, .middle, asUser: false), place.inode == 0 else {
        throw .noEntry
      }
      // Nobody looks for cookies: what was found out about the disk holds on.
      let changes = world.disk.changes
      _ = world.create(Path(path), .file, in: place.directory)
      world.remove(path)
      world.disk.changes = changes
    }
  }

  var watchLimit: Int { world.world.withLock { $0.instances[instance].limit } }

  func mounts() -> [Mount] {
    (try? call { (world) throws(Errno) in
      if instance == 0 { world.readMounts = world.disk.mountGeneration }
      return world.disk.mounts
    }) ?? []
  }

  func mountsChanged() -> Bool {
    (try? call { (world) throws(Errno) in
      defer { world.seenMounts[instance] = world.disk.mountGeneration }
      return world.seenMounts[instance] != world.disk.mountGeneration
    }) ?? false
  }

  var time: (stamp: Int64, steady: Int64) { world.world.withLock { ($0.disk.now, $0.disk.now) } }
}
