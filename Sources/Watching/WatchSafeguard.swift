/// The parts of the watcher that a mutation test takes out one by one: one that the simulation does not miss does not
/// belong here. In release builds they cost nothing.
package enum WatchSafeguard: String, CaseIterable, Sendable {
  // What is found on the way.
  case watchBeforeList, listAfterWatch, descendIntoNew, rescanRecreated
  // Renames.
  case exchanged, movedOutDropped, movedTouched, movedRules, movedDescriptor, sharedDescriptor
  // Names that lead elsewhere.
  case wayRetraced, secondLink, ownWatch, selfEvents
  // Loss.
  case overflowScans, overflowAsksAgain
  // What cannot be watched.
  case compared, comparedAtBarrier, listingCompared, racyLook, recovery, lookAfterWatch, unseenReported
  // Mounts.
  case mountsRead, mountsBeforeBarrier, remoteCompared
  // Rules.
  case newRulesTold, rulesMayReturn
}
