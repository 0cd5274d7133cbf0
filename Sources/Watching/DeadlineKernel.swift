import Paths

/// A kernel whose answers are waited for no longer than `RemoteCalls` does: what does not come is `ETIMEDOUT`.
package struct DeadlineKernel<Base: Kernel>: Kernel where Base.Handle: Sendable {
  /// An open directory, and where it was opened.
  package struct Handle: Sendable {
    let base: Base.Handle
    /// Empty where everything answers.
    let path: [UInt8]
    let place: RemoteCalls.Place?
  }

  let base: Base
  let remote: RemoteCalls

  private let purpose: RemoteCalls.Purpose

  package init(_ base: Base, _ remote: RemoteCalls, for purpose: RemoteCalls.Purpose) {
    self.base = base
    self.remote = remote
    self.purpose = purpose
  }

  /// Waits for an answer only so long.
  private func ask<Answer: Sendable>(
    _ place: RemoteCalls.Place, late: @escaping @Sendable (Answer) -> Void = { _ in },
    _ work: @escaping @Sendable (Progress) throws(Errno) -> Answer
  ) throws(Errno) -> Answer {
    let result = remote.call(place, for: purpose, late: { if case .success(let answer) = $0 { late(answer) } }) {
      (progress) -> Result<Answer, Errno> in
      do throws(Errno) { return .success(try work(progress)) } catch { return .failure(error) }
    }
    guard let result else { throw .timedOut }
    return try result.get()
  }

  package func openDirectory(_ path: [UInt8]) throws(Errno) -> Handle {
    if remote.isEmpty { return Handle(base: try base.openDirectory(path), path: [], place: nil) }
    return try open(path) { () throws(Errno) in try base.openDirectory(path) }
  }

  package func openDirectory(_ name: ArraySlice<UInt8>, in directory: Handle) throws(Errno) -> Handle {
    if directory.path.isEmpty {
      return Handle(base: try base.openDirectory(name, in: directory.base), path: [], place: nil)
    }
    let path = directory.path == [.slash] ? [.slash] + name : directory.path + [.slash] + name
    return try open(path) { () throws(Errno) in try base.openDirectory(name, in: directory.base) }
  }

  private func open(
    _ path: [UInt8], _ work: @escaping @Sendable () throws(Errno) -> Base.Handle
  ) throws(Errno) -> Handle {
    guard let place = remote.place(of: path) else { return Handle(base: try work(), path: path, place: nil) }
    return Handle(
      base: try ask(place, late: { base.close($0) }) { (_) throws(Errno) in try work() }, path: path, place: place)
  }

  package func close(_ directory: Handle) {
    guard let place = directory.place else { return base.close(directory.base) }
    // A question that was given up may still use it.
    remote.finish(place) { base.close(directory.base) }
  }

  package func watch(_ directory: Handle, mask: WatchMask) throws(Errno) -> Int32 {
    guard let place = directory.place else { return try base.watch(directory.base, mask: mask) }
    return try ask(place) { (_) throws(Errno) in try base.watch(directory.base, mask: mask) }
  }

  package func watchFile(_ path: [UInt8], mask: WatchMask) throws(Errno) -> Int32 {
    guard let place = remote.place(of: path) else { return try base.watchFile(path, mask: mask) }
    return try ask(place) { (_) throws(Errno) in try base.watchFile(path, mask: mask) }
  }

  package func removeWatch(_ descriptor: Int32) { base.removeWatch(descriptor) }

  package func list(_ directory: Handle, into listing: inout Listing) throws(Errno) {
    guard let place = directory.place else { return try base.list(directory.base, into: &listing) }
    let found = try ask(place) { (progress) throws(Errno) in
      var found = Listing()
      try base.list(directory.base, into: &found, progress: progress)
      return found
    }
    listing.append(found)
  }

  package func status(_ path: [UInt8]) throws(Errno) -> FileStatus {
    guard let place = remote.place(of: path) else { return try base.status(path) }
    return try ask(place) { (_) throws(Errno) in try base.status(path) }
  }

  package func status(of directory: Handle) throws(Errno) -> FileStatus {
    guard let place = directory.place else { return try base.status(of: directory.base) }
    return try ask(place) { (_) throws(Errno) in try base.status(of: directory.base) }
  }

  package func readLink(_ path: [UInt8]) -> [UInt8]? {
    guard let place = remote.place(of: path) else { return base.readLink(path) }
    return remote.call(place, for: purpose) { _ in base.readLink(path) } ?? nil
  }

  package func read(_ path: [UInt8]) throws(Errno) -> [UInt8]? {
    guard let place = remote.place(of: path) else { return try base.read(path) }
    return try ask(place) { (_) throws(Errno) in try base.read(path) }
  }

  package func realPath(_ path: [UInt8]) -> [UInt8]? {
    if remote.isEmpty { return base.realPath(path) }
    var ways = remote.ways()
    guard let place = ways.place(onTheWayTo: Path(path, isSymbolicLink: { _ in true })) else {
      return base.realPath(path)
    }
    return remote.call(place, for: purpose) { _ in base.realPath(path) } ?? nil
  }

  package func makeDirectory(_ path: [UInt8]) throws(Errno) {
    guard let place = remote.place(of: path) else { return try base.makeDirectory(path) }
    try ask(place) { (_) throws(Errno) in try base.makeDirectory(path) }
  }

  package func flash(_ path: [UInt8]) throws(Errno) {
    guard let place = remote.place(of: path) else { return try base.flash(path) }
    try ask(place) { (_) throws(Errno) in try base.flash(path) }
  }

  package var watchLimit: Int { base.watchLimit }
  package var watchLimitName: String { base.watchLimitName }
  package func mountsChanged() -> Bool { base.mountsChanged() }
  package func hasRecovered() -> Bool { remote.takeRecovered() }
  package var time: (stamp: Int64, steady: Int64) { base.time }

  package func mounts() -> [Mount] {
    let mounts = base.mounts()
    remote.learn(MountTable(mounts))
    return mounts
  }
}
