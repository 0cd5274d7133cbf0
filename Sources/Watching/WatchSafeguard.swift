/// The parts of the watcher that a mutation test takes out one by one: one that the simulation does not miss does not
/// belong here. In release builds they cost nothing.
package enum WatchSafeguard: String, CaseIterable, Sendable {
  // What is found on the way.
  case watchBeforeList, listAfterWatch, descendIntoNew
  // Renames.
  case oldEventsReplaced, exchanged, movedOutDropped, movedTouched, movedRules, sharedDescriptor
  // Names that lead elsewhere.
  case wayRetraced, secondLink, ownWatch, lookAfterWatch, selfEvents
  // Loss.
  case overflowScans, overflowAsksAgain
  // What cannot be watched.
  case compared, comparedAtBarrier, listingCompared, racyLook, recovery, unseenReported
  // Mounts.
  case mountsRead, mountsBeforeBarrier, remoteCompared
  // Rules.
  case newRulesTold, rulesMayReturn

  /// What goes wrong without it.
  package var loss: String {
    switch self {
    case .watchBeforeList: "what comes between the listing and the watch is never seen"
    case .listAfterWatch: "what was in a directory before its watch is never seen"
    case .descendIntoNew: "new directories are not watched"
    case .oldEventsReplaced: "events of what stood at a name before go with its watch"
    case .exchanged: "a directory that came by an exchange is taken for the one that went"
    case .movedOutDropped: "directories moved away go on being watched"
    case .movedTouched: "what happened in a directory on its way is not looked for"
    case .movedRules: "a moved directory keeps the rules of its old place"
    case .sharedDescriptor: "a name keeps the watch of what has moved on"
    case .wayRetraced: "a link that points elsewhere is followed to where it pointed"
    case .secondLink: "a file written by its other name looks unchanged"
    case .ownWatch: "a file of several names is watched by one"
    case .lookAfterWatch: "what is written between a look and the file's own watch is never seen"
    case .selfEvents: "what moves or goes in a directory that cannot be read is told only to who asks"
    case .overflowScans: "directories made in an overflow are not watched"
    case .overflowAsksAgain: "a barrier lost in an overflow never comes"
    case .compared: "what cannot be watched is never looked at"
    case .comparedAtBarrier: "a barrier passes before what cannot be watched was looked at"
    case .listingCompared: "names come and go unseen where there is no watch"
    case .racyLook: "a change within the granularity of the time stamps is missed"
    case .recovery: "what could not be watched once is never watched again"
    case .unseenReported: "what cannot even be seen counts as unchanged"
    case .mountsRead: "what is mounted over a directory is not seen"
    case .mountsBeforeBarrier: "a barrier passes before a mount is looked at"
    case .remoteCompared: "what another host writes is not seen"
    case .newRulesTold: "rules that a scan was the first to read are news to nobody"
    case .rulesMayReturn: "rules that came and went leave a listing by them"
    }
  }
}
