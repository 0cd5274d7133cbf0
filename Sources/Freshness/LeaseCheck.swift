/// What a pass of a `set` has found out so far: what remains to be examined, to be looked at, and why it is refused.
struct LeaseCheck {
  /// How much must be known of a dependency.
  enum Check: Hashable {
    /// It is what the client read after it took the lease.
    case lease
    /// What is there now, together with everything else.
    case present
  }

  /// An edge to be.
  struct Wish {
    var node: NodeID
    var roles: EdgeRoles
    var stated: Fingerprint?
    var check = Check.lease
  }

  let request: SetRequest
  let begun: LSN
  /// Calls after this end it: the lease, or without one the arrival of the call.
  let since: LSN
  private(set) var refusal: Refusal?
  private(set) var look: [Leaf] = []
  /// Something was taken in after the barrier began: only a new one proves that all was true together.
  var isLate = false
  private var work: [Wish] = []
  private var seen: Set<Seen> = []
  private var toLook: Set<Leaf> = []

  private struct Seen: Hashable {
    var node: NodeID
    var check: Check
  }

  init(_ request: SetRequest, begun: LSN) {
    self.request = request
    self.begun = begun
    since = request.lease?.lsn ?? request.arrived
  }

  /// Each node is examined once for each kind of check, however many ways lead to it.
  mutating func add(_ wish: Wish) {
    if wish.stated != nil || wish.roles.contains(.output)
      || seen.insert(Seen(node: wish.node, check: wish.check)).inserted
    {
      work.append(wish)
    }
  }

  mutating func next() -> Wish? { work.popLast() }

  mutating func mustLook(_ leaf: Leaf) {
    if toLook.insert(leaf).inserted { look.append(leaf) }
  }

  /// The first reason is the one that is told.
  mutating func refuse(
    _ kind: Refusal.Kind, _ id: ResourceID?, stated: Fingerprint? = nil, found: Fingerprint? = nil,
    limits: LeaseLimits? = nil
  ) {
    if refusal == nil { refusal = Refusal(kind: kind, id: id, stated: stated, found: found, limits: limits) }
  }
}
