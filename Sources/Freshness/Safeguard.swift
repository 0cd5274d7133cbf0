/// The parts of the protocol that a mutation test takes out one by one, named as in `shared/spec/freshness.py`: one that
/// the simulation does not miss does not belong here. In release builds they cost nothing.
///
/// What is not here of the specification's is the shell's: barriers, stat fingerprints, the order of watching and looking,
/// of committing and acknowledging. Its `named-is-touched` is `coveredMemory`: where a watch is no touch, the memory of
/// touches tells when a leaf just named was last touched, let go before or not.
package enum Safeguard: String, CaseIterable, Sendable {
  // What an answer and a lease rest on.
  case getSecondPass, lateHash, touchedNotChanged, upstreamReset, unseenDependency, coveredMemory, watchIsATouch
  case ctimeGranularity, leaseDiesWithBoot, leaseLimit, madeAgain, outputsProven
  // Invalidation by hand.
  case forceEndsLease, forcedStampKept, forgottenStamp, forcedIsStale, ghostStamp
  case resourceStamp, namedOnlyIsEnded, unknownMembers, tagStamp
  // The cascade.
  case markNow, pushTransitive, ghostWalk, ghostLeaves, pushOnLeaving, allDependencies, earlyCutoff, newDigest
  case differsIsStale, touchWhileHashing, hashOnlyDirty, newReason, edgesReplaced, reverseIndex, declaredHolds
  // Globs, directories, opaque ids, outputs.
  case membersFollow, membersRestored, namesAreListed, treesAreWhole, opaqueFollows,
    outputsWatched
  // The kernel, and what survives.
  case overflowTouchesAll, restartUnproven
  // Time, strategies, room.
  case timeEnds, expiredStays, strategyHolds, callsReachManual, evictionKeepsEdges
}
