import Glibc
public import Paths

/// Reads the log's records in order, over its rotated files and the present one, while it is written and rotated.
///
/// It holds the files open that it has not read yet, so that a rotation takes nothing from under it, and one chunk of
/// text. A copy reads on independently.
public struct LogReader: Sendable {
  /// The oldest record that was kept when the reader was made; nil if there was none.
  public let oldest: UInt64?

  private let directory: Path
  private var cursor: LineCursor?
  /// The files after the cursor's, the oldest first.
  private var waiting: [File]
  /// The last number given out, or passed over.
  private var last: UInt64

  /// Records after `since`: that one itself is left out. `directory` is the state directory.
  public init(directory: Path, since: UInt64 = 0) throws(StoreError) {
    self.directory = directory
    last = since
    do {
      waiting = try Self.files(directory, after: nil)
      var oldest: UInt64?
      var start = 0
      for (index, file) in waiting.enumerated() {
        guard let first = try Self.firstSeq(file) else { continue }
        if oldest == nil { oldest = first }
        // Everything before this file is at most `since`.
        if first <= since { start = index }
      }
      waiting.removeFirst(start)
      self.oldest = oldest
    } catch { throw error.storeError }
  }

  /// The next record; nil at the end of what is there now. Asked again later, it goes on with what came since.
  public mutating func next() throws(StoreError) -> StoredLine? {
    do {
      while true {
        if let line = try nextInFile() { return line }
        if waiting.isEmpty {
          let more = try Self.files(directory, after: cursor?.file.identity)
          if more.isEmpty {
            // Somebody emptied the file in its place: what is written since begins at its start.
            guard let read = cursor, try read.file.size() < read.offset else { return nil }
            cursor = LineCursor(read.file)
            continue
          }
          waiting = more
          // Lines may have come between the end that was seen and the rotation: only now is that file complete.
          if let line = try nextInFile() { return line }
        }
        cursor = LineCursor(waiting.removeFirst())
      }
    } catch { throw error.storeError }
  }

  private mutating func nextInFile() throws(SystemError) -> StoredLine? {
    while let (line, _) = try cursor?.next() {
      // Anything else is garbage, or a record that was read already.
      guard let seq = LogFormat.seq(of: line), seq > last else { continue }
      last = seq
      return StoredLine(seq: seq, line: Array(line))
    }
    return nil
  }

  /// The files that follow the one `known`, the oldest first; all of them without one.
  ///
  /// Opened from the newest on: a rotation meanwhile makes a file appear twice, never not at all.
  private static func files(_ directory: Path, after known: FileIdentity?) throws(SystemError) -> [File] {
    var files: [File] = []
    try LogNames.newestFirst(directory) { path throws(SystemError) in
      let file: File
      do throws(SystemError) { file = try File(path, O_RDONLY) } catch {
        if error.code == ENOENT { return false }
        throw error
      }
      if file.identity == known { return true }
      if !files.contains(where: { $0.identity == file.identity }) { files.append(file) }
      return false
    }
    return files.reversed()
  }

  private static func firstSeq(_ file: File) throws(SystemError) -> UInt64? {
    var cursor = LineCursor(file)
    while let (line, _) = try cursor.next() { if let seq = LogFormat.seq(of: line) { return seq } }
    return nil
  }
}
