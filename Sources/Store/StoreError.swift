public import Paths

/// Why the store could not do what it was asked. A failed commit left nothing behind: it can be tried again as it was.
public enum StoreError: Error, Hashable, Sendable {
  /// There is no room left for `path` (or the quota is used up). Reading goes on.
  case diskFull(path: Path, detail: String)
  /// `path` may not be written: a read-only file system, or permissions. Reading goes on.
  case readOnly(path: Path, detail: String)
  /// What `path` holds is not what was written. When the store is opened the next time, it checks the whole file and sets
  /// it aside if that confirms it.
  case damaged(path: Path, detail: String)
  /// A later version of staled wrote the database: its schema is `found`, and `known` is the newest this one knows.
  case newer(path: Path, found: Int, known: Int)
  /// The operating system or SQLite refused for another reason.
  case io(path: Path, detail: String)
  /// The transaction breaks a rule of the store (see `Transaction`), so that no repetition would make it pass.
  case invalid(detail: String)
}

extension StoreError: CustomStringConvertible {
  /// What failed, and on what.
  public var description: String {
    switch self {
    case .diskFull(let path, let detail): "no room to write \(path): \(detail)"
    case .readOnly(let path, let detail): "\(path) cannot be written: \(detail)"
    case .damaged(let path, let detail): "\(path) is damaged: \(detail)"
    case .newer(let path, let found, let known):
      "\(path) was written by a later version of staled (schema \(found), this one knows \(known))"
    case .io(let path, let detail): "\(path): \(detail)"
    case .invalid(let detail): "not a transaction the store can take: \(detail)"
    }
  }

  /// What the reader of the message can do about it.
  public var remedy: String {
    switch self {
    case .diskFull: "free space on that file system; what was refused can then be tried again"
    case .readOnly: "make the state directory writable, or move it elsewhere with STALED_DIR"
    case .damaged: "restart staled: it sets the file aside and begins a new one"
    case .newer(let path, _, _): "run the later version, or remove \(path) to start afresh (only work to redo is lost)"
    case .io: "see to the cause named there, then try again"
    case .invalid: "report this as a fault of staled"
    }
  }
}

/// Something that the store met and dealt with, and that people should hear of.
public enum StoreProblem: Hashable, Sendable {
  /// The database could not be trusted: it was renamed to `setAside`, and an empty one begun.
  case damaged(setAside: Path, detail: String)
  /// The log holds these records although the database lost their transactions (a power cut, or the database was
  /// removed). The caller writes the `warning` record that names the range.
  case undone(ClosedRange<UInt64>)
  /// The log ended in something that is no whole record; that many bytes were cut off.
  case logMended(bytes: Int)
  /// These records were in the log once and are no longer: a file was removed, emptied or cut by somebody else.
  case logLost(ClosedRange<UInt64>)
  /// While the store was open, the log's file was removed, replaced or changed by somebody else. It was begun again.
  case logReplaced
  /// The log cannot be written for now. The records are safe in the database, and follow with a later commit.
  case logBehind(StoreError)
}

extension StoreProblem: CustomStringConvertible {
  /// What happened, and what it means.
  public var description: String {
    switch self {
    case .damaged(let setAside, let detail):
      "the database was damaged (\(detail)); it is kept as \(setAside), and a new one was begun"
    case .undone(let range):
      "log records \(range.lowerBound)–\(range.upperBound) tell of changes that the database lost; they are undone"
    case .logMended(let bytes): "the log ended in a torn record; \(bytes) bytes were cut off"
    case .logLost(let range): "log records \(range.lowerBound)–\(range.upperBound) were removed by somebody else"
    case .logReplaced: "the log's file was removed or changed by somebody else; it was begun again"
    case .logBehind(let error): "the log is behind the database: \(error); \(error.remedy)"
    }
  }
}
