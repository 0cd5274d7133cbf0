/// A line of the answer to `POST /v1/turns/{ns}/{key}`: whether the caller is to make the entry.
///
/// The reply goes on until the caller closes the connection: that ends its turn. While somebody else makes the entry there is a
/// line `waiting`; then one of the other two comes, which is the last.
public struct TurnReply: Codable, Hashable, Sendable {
  public enum Turn: String, Codable, Hashable, Sendable {
    /// Somebody else makes it.
    case waiting
    /// It is fresh: there is nothing to do.
    case fresh
    /// It is the caller's: make it, store it with the lease, and close the connection.
    case yours
  }

  public var turn: Turn
  /// The entry's state.
  public var state: String
  /// With `yours`: taken just now.
  public var lease: String?

  public init(turn: Turn, state: String, lease: String? = nil) {
    self.turn = turn
    self.state = state
    self.lease = lease
  }
}
