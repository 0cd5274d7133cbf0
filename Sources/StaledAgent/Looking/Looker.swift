internal import Dispatch
internal import Freshness
internal import Paths
internal import Synchronization
internal import Watching

/// Looks at leaves on threads of its own, several at a time: reading files must never hold up the cooperative pool.
struct Looker: Sendable {
  /// A leaf to look at, and what is known of it.
  struct Job: Sendable {
    var leaf: Leaf
    /// Spares the hash if `stat` is unchanged. Left out where the kernel reported a write: one through a memory map
    /// leaves the time stamps of an already dirty page as they are.
    var known: FileLook.Known?
  }

  /// The workspace root, absolute.
  let workspace: Path
  private let queue = DispatchQueue(label: "staled.looking", attributes: .concurrent)
  /// So many files at once are worth a thread switch.
  private static let share = 32

  init(workspace: Path) { self.workspace = workspace }

  /// Looks at each leaf; the results are in the order of `jobs`. Nil where it could not be looked at for a reason that is not
  /// its own (`FileLook.absence`).
  func look(at jobs: [Job], lister: TreeLister) async -> [Observation?] {
    if jobs.isEmpty { return [] }
    return await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.lookNow(at: jobs, lister: lister)) }
    }
  }

  /// Which of these files `stat` finds otherwise than it is written here. What does not answer is not among them: it is compared
  /// with whatever else no event tells of.
  func glance(at files: [(path: Path, stat: StatFingerprint)], remote: RemoteCalls) async -> [Path] {
    await run {
      files.filter { path, stat in
        let path = workspace.resolving(path)
        let found = remote.reach(path) { FileLook.status(of: path, following: true).map { StatFingerprint($0) } }
        return found.map { $0 != stat } ?? false
      }.map(\.path)
    }
  }

  /// Runs work that may block or take long outside the cooperative pool.
  func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: work()) } }
  }

  private func lookNow(at jobs: [Job], lister: TreeLister) -> [Observation?] {
    let begun = SystemTime.wall()
    let shares = (jobs.count + Self.share - 1) / Self.share
    let found = Mutex<[Int: [Seen]]>([:])
    DispatchQueue.concurrentPerform(iterations: shares) { share in
      var look = FileLook()
      var ways = lister.remote.ways()
      let range = share * Self.share..<min(jobs.count, (share + 1) * Self.share)
      let seen = range.map { index in
        let place = ways.place(onTheWayTo: absolute(jobs[index].leaf))
        return Seen(
          observation: observe(jobs[index], at: begun, with: &look, on: place, lister: lister), place: place)
      }
      found.withLock { $0[share] = seen }
    }
    let seen = found.withLock { found in (0..<shares).flatMap { found[$0] ?? [] } }
    var ages = PathAge(lister)
    return zip(jobs, seen).map { job, seen in
      guard var observation = seen.observation else { return nil }
      let path = absolute(job.leaf)
      if let place = seen.place {
        let age = lister.remote.call(place) { progress in
          var ages = PathAge(lister, progress: progress)
          return ages.newest(on: path)
        }
        guard let age else { return nil }
        observation.newestOnPath = age
      } else {
        observation.newestOnPath = ages.newest(on: path)
      }
      return observation
    }
  }

  /// What a look showed, and the mount it went to, if that may not answer.
  private struct Seen {
    var observation: Observation?
    var place: RemoteCalls.Place?
  }

  private func observe(
    _ job: Job, at time: WallClock, with look: inout FileLook, on place: RemoteCalls.Place?, lister: TreeLister
  ) -> Observation? {
    switch job.leaf {
    case .file(let path):
      let path = workspace.resolving(path)
      let seen: FileLook.Seen?
      if let place {
        let answer = lister.remote.call(place) { progress in
          var look = FileLook(progress: progress)
          return look.look(at: path, known: job.known)
        }
        seen = answer ?? nil
      } else {
        seen = look.look(at: path, known: job.known)
      }
      guard let seen else { return nil }
      return Observation(fingerprint: seen.fingerprint, stat: seen.stat, newestOnPath: 0, time: time)
    case .dir(let path):
      guard let seen = try? DirectoryLook.listing(of: path, in: workspace, lister: lister) else { return nil }
      return Observation(fingerprint: seen, newestOnPath: 0, time: time)
    case .listing(let pattern):
      var names = 0
      let members: [Path]?
      do { members = try DirectoryLook.matches(of: pattern, in: workspace, lister: lister, names: &names) } catch {
        return nil
      }
      return Observation(
        fingerprint: members == nil ? .unreadable : .absent, newestOnPath: 0, time: time, members: members,
        names: names)
    }
  }

  private func absolute(_ leaf: Leaf) -> Path {
    switch leaf {
    case .file(let path), .dir(let path): workspace.resolving(path)
    case .listing(let pattern): workspace.resolving((try? Glob(pattern).base) ?? .root)
    }
  }
}
