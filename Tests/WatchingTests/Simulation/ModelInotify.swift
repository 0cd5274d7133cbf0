@testable import Watching

/// An inotify instance of the model: watches by inode, a queue that merges equal neighbours and overflows.
struct ModelInotify {
  struct Event: Equatable {
    var descriptor: Int32
    var mask: WatchMask
    var cookie: UInt32 = 0
    var name: [UInt8] = []
  }

  private(set) var masks: [Inode: (descriptor: Int32, mask: WatchMask)] = [:]
  private(set) var inodes: [Int32: Inode] = [:]
  private(set) var queue: [Event] = []
  private var next: Int32 = 1
  var limit = Int.max
  var queueLimit = 48
  /// Events that ever came, and how many had when the reader last found nothing more.
  private(set) var pushed = 0
  private(set) var settled = 0

  var count: Int { masks.count }

  mutating func add(_ inode: Inode, _ mask: WatchMask) throws(Errno) -> Int32 {
    if let old = masks[inode] {
      masks[inode] = (old.descriptor, old.mask.union(mask))
      return old.descriptor
    }
    if masks.count >= limit { throw .noSpace }
    defer { next += 1 }
    masks[inode] = (next, mask)
    inodes[next] = inode
    return next
  }

  mutating func remove(_ descriptor: Int32) {
    guard let inode = inodes.removeValue(forKey: descriptor) else { return }
    masks[inode] = nil
    push(Event(descriptor: descriptor, mask: .ignored))
  }

  /// The inode has come to its end.
  mutating func end(_ inode: Inode, _ mask: WatchMask) {
    guard let watch = masks[inode] else { return }
    push(Event(descriptor: watch.descriptor, mask: mask))
    remove(watch.descriptor)
  }

  mutating func tell(_ inode: Inode, _ mask: WatchMask, _ name: [UInt8] = [], cookie: UInt32 = 0) {
    guard let watch = masks[inode], !watch.mask.isDisjoint(with: mask.subtracting(.directory)) else { return }
    push(Event(descriptor: watch.descriptor, mask: mask, cookie: cookie, name: name))
  }

  private mutating func push(_ event: Event) {
    pushed += 1
    if queue.count >= queueLimit {
      let lost = Event(descriptor: -1, mask: .overflow)
      if queue.last != lost { queue.append(lost) }
    } else if queue.last != event {
      queue.append(event)
    }
  }

  mutating func read(_ count: Int) -> RawEvents {
    var batch = RawEvents()
    if queue.isEmpty { settled = pushed }
    for event in queue.prefix(count) {
      batch.append(descriptor: event.descriptor, mask: event.mask, cookie: event.cookie, name: event.name)
    }
    queue.removeFirst(min(count, queue.count))
    return batch
  }
}
