internal import StaledAPI
internal import StaledClient

/// Why a command ends without success: a line of what happened, a line of what to do, an exit status.
public struct Failure: Error, Hashable, Sendable {
  /// Exit statuses (INTERFACES, section 4).
  public enum Status: Int32, Sendable {
    case no = 1
    case wrongUse = 2
    case noAgent = 3
    case refused = 4
    /// Of `ensure` itself, as `env` and `timeout` have it.
    case ensure = 125
  }

  public var what: String
  public var remedy: String
  public var status: Status

  public init(_ what: String, remedy: String, status: Status) {
    self.what = what
    self.remedy = remedy
    self.status = status
  }

  /// What an error of the client means to the person at the prompt.
  init(_ error: ClientError) {
    switch error {
    case .noAgent:
      self.init(
        "No agent is running for this workspace.", remedy: "Start one with \"stale start\".", status: .noAgent)
    case .unreachable(let socket, let reason):
      self.init(
        "The agent's socket \(socket) cannot be used: \(reason).",
        remedy: "See who owns it and whether the agent (\"stale start\") runs as the same user.", status: .noAgent)
    case .refused(let problem): self.init(problem)
    case .timedOut, .disconnected:
      self.init(
        "\(error)".capitalizedSentence,
        remedy: "Look into .staled/agent.log; \"stale stop\" and \"stale start\" renew it.",
        status: .refused)
    case .notUnderstood:
      self.init(
        "\(error)".capitalizedSentence,
        remedy: "Agent and tool may be of different versions: \"stale stop\" and \"stale start\" renew the agent.",
        status: .refused)
    }
  }

  private init(_ problem: Problem) {
    var what = problem.detail.isEmpty ? problem.title : problem.detail
    if let ids = problem.ids, !ids.isEmpty, !ids.allSatisfy({ what.contains(Display.id($0)) }) {
      what += " (\(ids.joined(separator: ", ")))"
    }
    let remedy =
      switch problem.status {
      case 409 where problem.type.hasSuffix("/cycle"): "\"stale graph\" shows what depends on what."
      case 409 where problem.type.hasSuffix("/busy"):
        "Try again when nothing writes there; \"stale status\" shows what cannot be watched."
      case 404: "\"stale list\" shows what is known."
      case 409: "Take a new lease (\"stale lease\") before the inputs are read, and make it again."
      case 400, 422: "Mend what it names; \"stale help COMMAND\" shows the forms."
      case 413: "Raise the limit in staled.json, or keep the value elsewhere and \"stale mark\" the entry."
      case 429, 503: "Try again\(problem.retryAfter.map { " in \($0) s" } ?? " in a moment")."
      case 507: "Make room on the disk of the state directory."
      default: "\"stale status\" shows the agent's health."
      }
    self.init(what.capitalizedSentence, remedy: remedy, status: problem.status == 404 ? .no : .refused)
  }
}

extension String {
  /// With a full stop at its end if it has none, and a capital at its start unless that is a name (`src/a.c`).
  var capitalizedSentence: String {
    guard let first, let last, let word = split(separator: " ").first else { return self }
    return (word.allSatisfy(\.isLetter) ? first.uppercased() + dropFirst() : self) + (".!?)".contains(last) ? "" : ".")
  }
}
