import Dispatch
import Freshness
import Paths
import Store
import Synchronization
import Testing

@testable import StaledAgent

/// A store whose commits wait for the test, and fail when it says so.
private final class ScriptedStore: TransactionWriting {
  struct Commit: Sendable {
    var transaction: Transaction
    var flush: Bool
  }

  typealias Outcome = Result<[StoreProblem], StoreError>

  private let commits = Mutex<[Commit]>([])
  private let script = Mutex<[Outcome]>([])
  private let entered = DispatchSemaphore(value: 0)
  private let mayGo = DispatchSemaphore(value: 0)

  func commit(_ transaction: Transaction, flush: Bool) throws(StoreError) -> [StoreProblem] {
    commits.withLock { $0.append(Commit(transaction: transaction, flush: flush)) }
    entered.signal()
    mayGo.wait()
    return try script.withLock { $0.removeFirst() }.get()
  }

  /// Waits until a commit is under way, and says what it is of.
  func waitForCommit() -> Commit {
    entered.wait()
    return commits.withLock { $0.last! }
  }

  func letGo(_ outcome: Outcome = .success([])) {
    script.withLock { $0.append(outcome) }
    mayGo.signal()
  }

  var count: Int { commits.withLock { $0.count } }
}

/// Group commit, in order, and nothing lost by a failure.
@Suite struct CommitterTests {
  private final class Log: Sendable {
    private let entries = Mutex<[String]>([])
    private let added = DispatchSemaphore(value: 0)

    func add(_ entry: String) {
      entries.withLock { $0.append(entry) }
      added.signal()
    }

    /// All entries, once there are `count` more than were waited for.
    func wait(_ count: Int) -> [String] {
      for _ in 0..<count { added.wait() }
      return entries.withLock { $0 }
    }
  }

  private let store = ScriptedStore()
  private let log = Log()
  private let committer: Committer

  init() {
    let log = log
    committer = Committer(store: store, noticed: { log.add("noticed \($0.count)") })
  }

  private static let full = StoreError.diskFull(path: "/d", detail: "full")

  private static func line(_ seq: UInt64, kept: [String: [UInt8]] = [:]) -> Transaction {
    var meta = Meta()
    meta.seq = seq
    return Transaction(
      kept: kept, lines: [StoredLine(seq: seq, line: Array("{\(seq)}".utf8))], meta: meta)
  }

  private func enqueue(_ name: String, _ transaction: Transaction, flush: Bool = false) {
    let log = log
    committer.enqueue(transaction, flush: flush) { result in
      switch result {
      case .success(let seq): log.add("\(name) done\(seq.map { " \($0)" } ?? "")")
      case .failure(let error): log.add("\(name) \(error == Self.full ? "full" : "failed")")
      }
    }
  }

  @Test func whatComesMeanwhileSharesTheNextCommit() {
    enqueue("a", Self.line(1))
    let first = store.waitForCommit()
    #expect(first.transaction.lines.map(\.seq) == [1] && !first.flush)
    enqueue("b", Self.line(2))
    enqueue("c", Self.line(3), flush: true)
    enqueue("empty", Transaction(meta: Meta()))
    store.letGo()
    let second = store.waitForCommit()
    #expect(second.transaction.lines.map(\.seq) == [2, 3] && second.flush && second.transaction.meta.seq == 3)
    store.letGo()
    #expect(
      log.wait(4) == ["a done 1", "b done 3", "c done 3", "empty done 3"])
    #expect(store.count == 2)
  }

  @Test func aFlushIsForItsOwnCommitOnly() {
    enqueue("a", Self.line(1), flush: true)
    #expect(store.waitForCommit().flush)
    store.letGo()
    #expect(log.wait(1) == ["a done 1"])
    enqueue("b", Self.line(2))
    #expect(!store.waitForCommit().flush)
    store.letGo()
    #expect(log.wait(1).last == "b done 2")
  }

  @Test func anEmptyOneWithNothingBeforeItIsDoneAtOnce() {
    enqueue("empty", Transaction(meta: Meta()), flush: true)
    #expect(log.wait(1) == ["empty done"])
    #expect(store.count == 0)
  }

  @Test func anEmptyOneThatIsToBeFlushedFlushesWhatIsBeforeIt() {
    enqueue("a", Self.line(1))
    #expect(!store.waitForCommit().flush)
    var meta = Meta()
    meta.seq = 1
    enqueue("empty", Transaction(meta: meta), flush: true)
    store.letGo()
    let second = store.waitForCommit()
    #expect(second.flush && second.transaction.isEmpty && second.transaction.meta.seq == 1)
    store.letGo()
    #expect(log.wait(2) == ["a done 1", "empty done"])
    // Once is enough.
    enqueue("again", Transaction(meta: meta), flush: true)
    #expect(log.wait(1).last == "again done")
    #expect(store.count == 2)
  }

  @Test func aFailureKeepsTheTransactionAndTheNextCallTriesItAgain() {
    enqueue("a", Self.line(1, kept: ["n": [1]]), flush: true)
    #expect(store.waitForCommit().transaction.kept == ["n": [1]])
    enqueue("waits", Transaction(meta: Meta()))
    store.letGo(.failure(Self.full))
    // Who waits for what is before it makes it be tried again, all of it, and still flushed.
    let second = store.waitForCommit()
    #expect(second.transaction.lines.map(\.seq) == [1] && second.transaction.kept == ["n": [1]] && second.flush)
    store.letGo(.failure(Self.full))
    #expect(log.wait(2) == ["a full", "waits full"])
    // Then there is nobody to tell: it is not tried for ever.
    #expect(store.count == 2)
    enqueue("b", Self.line(2))
    let third = store.waitForCommit()
    #expect(third.transaction.lines.map(\.seq) == [1, 2] && third.flush && third.transaction.meta.seq == 2)
    store.letGo()
    #expect(log.wait(1).last == "b done 2")
    enqueue("empty", Transaction(meta: Meta()))
    #expect(log.wait(1).last == "empty done")
    #expect(store.count == 3)
  }

  @Test func anEmptyOneRetriesWhatFailed() {
    enqueue("a", Self.line(1))
    _ = store.waitForCommit()
    store.letGo(.failure(Self.full))
    #expect(log.wait(1) == ["a full"])
    enqueue("empty", Transaction(meta: Meta()))
    #expect(store.waitForCommit().transaction.lines.map(\.seq) == [1])
    store.letGo(.success([.logReplaced]))
    #expect(log.wait(2).suffix(2) == ["noticed 1", "empty done 1"])
  }
}

/// One transaction that does what several do.
@Suite struct TransactionMergingTests {
  private static func node(_ id: UInt32, _ name: String = "f") -> NodeRecord {
    NodeRecord(id: NodeID(rawValue: id), kind: .file, name: .file(Path(name)))
  }

  private static func transaction(
    _ changed: [NodeRecord] = [], removed: [UInt32] = [], kept: [String: [UInt8]] = [:], seq: UInt64
  ) -> Transaction {
    var meta = Meta()
    meta.seq = seq
    return Transaction(
      changed: changed, removed: removed.map { NodeID(rawValue: $0) }, kept: kept,
      lines: [StoredLine(seq: seq, line: [UInt8(seq)])], meta: meta)
  }

  @Test func noneAndOne() {
    #expect(Transaction(merging: []) == nil)
    let one = Transaction(merging: [Self.transaction([Self.node(1)], removed: [2], kept: ["n": [9]], seq: 7)])
    #expect(one?.changed == [Self.node(1)] && one?.removed == [NodeID(rawValue: 2)] && one?.meta.seq == 7)
    #expect(one?.kept == ["n": [9]])
  }

  @Test func theLastWordHolds() throws {
    let merged = try #require(
      Transaction(merging: [
        Self.transaction([Self.node(1, "old"), Self.node(2), Self.node(3)], kept: ["a": [1], "b": [1]], seq: 1),
        Self.transaction([Self.node(1, "new")], removed: [2], seq: 2),
        // A removed id can be used again: its row goes first, then comes the new one.
        Self.transaction([Self.node(2, "again")], removed: [3], kept: ["a": []], seq: 3),
      ]))
    #expect(
      merged.changed.sorted { $0.id < $1.id } == [Self.node(1, "new"), Self.node(2, "again")])
    #expect(merged.removed.sorted() == [NodeID(rawValue: 2), NodeID(rawValue: 3)])
    #expect(merged.kept == ["a": [], "b": [1]])
    #expect(merged.lines.map(\.seq) == [1, 2, 3] && merged.meta.seq == 3)
  }

  @Test func emptiness() {
    var meta = Meta()
    meta.seq = 9
    #expect(Transaction(meta: meta).isEmpty)
    #expect(!Self.transaction(seq: 1).isEmpty)
    #expect(!Transaction(removed: [NodeID(rawValue: 1)], meta: meta).isEmpty)
    #expect(!Transaction(changed: [Self.node(1)], meta: meta).isEmpty)
    #expect(!Transaction(kept: ["n": []], meta: meta).isEmpty)
  }
}
