/// The parts of the protocol that a mutation test takes out one by one, named as in `shared/spec/freshness.py`: one that
/// the simulation does not miss does not belong here. In release builds they cost nothing.
package enum Safeguard: String, CaseIterable, Sendable {
  // What an answer and a lease rest on.
  case getSecondPass, lateHash, touchedNotChanged, upstreamReset, unseenDependency, watchIsATouch
  case ctimeGranularity, leaseDiesWithBoot, coveredMemory, madeAgain, outputsProven
  // Invalidation by hand.
  case forceEndsLease, forcedStampKept, forgottenStamp, forcedIsStale, ghostStamp
  // The cascade.
  case markNow, pushTransitive, ghostWalk, ghostLeaves, pushOnLeaving, allDependencies, earlyCutoff, newDigest
  case differsIsStale, touchWhileHashing, hashOnlyDirty, edgesReplaced, declaredHolds, newReason
  // Globs, outputs, restart.
  case membersFollow, outputsWatched, overflowTouchesAll, restartUnproven
}
