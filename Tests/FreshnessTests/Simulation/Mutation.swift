import Freshness

/// A safeguard of the protocol that is the shell's: here the simulated one's.
enum ShellSafeguard: String, CaseIterable, Sendable {
  case getBarrier, setBarrier, ctimeOfThePath, racyStat, clockSet, forceDurable
  case everyTouch, overflowRetries, watchFirst, oneTransaction
}

/// A safeguard that is taken out, to show that it is missed.
enum Mutation: Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case engine(Safeguard)
  case shell(ShellSafeguard)

  static var allCases: [Mutation] { Safeguard.allCases.map(engine) + ShellSafeguard.allCases.map(shell) }

  /// The engine's.
  var safeguard: Safeguard? { if case .engine(let safeguard) = self { safeguard } else { nil } }

  var description: String {
    switch self {
    case .engine(let safeguard): safeguard.rawValue
    case .shell(let safeguard): safeguard.rawValue
    }
  }

  /// Whose it is, as its case is called.
  var origin: String { if case .engine = self { "engine" } else { "shell" } }

  /// What goes wrong without it.
  var loss: String {
    switch self {
    case .engine(let safeguard): Self.loss(safeguard)
    case .shell(let safeguard): Self.loss(safeguard)
    }
  }

  private static func loss(_ safeguard: Safeguard) -> String {
    switch safeguard {
    case .getSecondPass: "get answers right after hashing: leaves true one by one, never together"
    case .lateHash: "set honours a fingerprint hashed after its barrier began"
    case .touchedNotChanged: "the lease check compares changedAt: A→B→A inside a lease goes unseen"
    case .upstreamReset: "the lease check ignores that an upstream entry was set again, or is a ghost now"
    case .unseenDependency: "a dependency first named at set counts as read, without stated digest or ctime"
    case .coveredMemory: "a leaf just named in a watched directory counts as never touched (named-is-touched)"
    case .watchIsATouch: "setting up a watch does not count as a touch: changes before it go unseen"
    case .ctimeGranularity: "ctime is compared without allowing for its granularity"
    case .leaseDiesWithBoot: "a lease from before a crash is honoured"
    case .leaseLimit: "a lease is honoured however old it is, and however many were given after it"
    case .madeAgain: "a lease from before the entry was made again is honoured"
    case .outputsProven: "outputs and what is vouched for are taken in one by one, never true together"
    case .forceEndsLease: "set ignores that something was invalidated after the lease"
    case .forcedStampKept: "set erases forcedAt: an older lease slips in after it"
    case .forgottenStamp: "invalidating or deleting what is unknown leaves no stamp for leases under way"
    case .forcedIsStale: "an entry that was ended is judged by its dependencies alone"
    case .ghostStamp: "a ghost's digest leaves out when it was invalidated"
    case .resourceStamp: "invalidating a resource ends its dependents, but no lease under way"
    case .namedOnlyIsEnded: "what only a call under way or refused names is not ended"
    case .unknownMembers: "a namespace or all is ended without entries that are just being made"
    case .tagStamp: "a tag is ended without entries that are just being made and are to bear it"
    case .markNow: "a touch makes nothing suspect until it is confirmed"
    case .pushTransitive: "push stops after the direct dependents"
    case .ghostWalk: "push stops at a ghost or a glob"
    case .ghostLeaves: "the lease check does not look at what a ghost stands for"
    case .pushOnLeaving: "evaluate does not push when an entry stops being fresh"
    case .allDependencies: "evaluate is content with the first dependency that matches"
    case .earlyCutoff: "an entry that becomes fresh does not re-evaluate its dependents"
    case .newDigest: "an entry set to another digest does not re-evaluate its dependents"
    case .differsIsStale: "another digest upstream makes stale only while the upstream is fresh"
    case .touchWhileHashing: "resolve cleans a leaf although it was touched while being hashed"
    case .hashOnlyDirty: "a pass hashes again what is clean: passes outrun one another for ever"
    case .newReason: "a cause once given is kept when it no longer holds"
    case .edgesReplaced: "set adds to the old edges instead of replacing them"
    case .reverseIndex: "replaced edges stay in the reverse index"
    case .declaredHolds: "set forgets the declared dependencies that the call does not repeat"
    case .membersFollow: "a glob keeps the edges to the members it had"
    case .membersRestored: "after a restart a glob does not know which members it had"
    case .namesAreListed: "a name that comes or goes is no touch of its directory and of globs"
    case .treesAreWhole: "a directory that is moved touches its parent only"
    case .opaqueFollows: "an opaque id does not follow its file"
    case .outputsWatched: "outputs that are lost or altered are nothing"
    case .overflowTouchesAll: "an overflow is ignored"
    case .restartUnproven: "restart trusts the stored fingerprints"
    case .timeEnds: "time goes by and ends nothing"
    case .expiredStays: "a longer life brings back what has expired"
    case .strategyHolds: "another strategy in the manifest holds only for what is made anew"
    case .callsReachManual: "the cascade of a call does not reach what follows nothing else"
    case .evictionKeepsEdges: "who loses its value loses its dependencies"
    }
  }

  private static func loss(_ safeguard: ShellSafeguard) -> String {
    switch safeguard {
    case .getBarrier: "get answers without a barrier"
    case .setBarrier: "set checks its lease without a barrier: A→B→A may still be queued"
    case .ctimeOfThePath: "only the file's own ctime counts: a directory renamed into place brings old ones"
    case .racyStat: "an unchanged stat fingerprint spares the hash, even one as young as the change"
    case .clockSet: "a lease vouches for unwatched files though the clock was set since"
    case .forceDurable: "a forced invalidation is acknowledged before it is durable"
    case .everyTouch: "a coalesced batch keeps only its last touch"
    case .overflowRetries: "barriers in flight are not retried after an overflow"
    case .watchFirst: "a file is hashed first and watched afterwards"
    case .oneTransaction: "log and state are committed apart: the log survives, the state does not"
    }
  }
}
