internal import StaledAPI

/// Whether an agent runs, and what it left or says of itself.
struct AgentFigures: Hashable, Sendable {
  /// What came of asking it.
  enum Answer: Hashable, Sendable {
    case status(Status)
    /// Nobody listens.
    case none
    /// One is just starting or stopping.
    case busy
    /// There is a socket, and this user cannot use it: why, in words.
    case unusable(String)
    /// Somebody does, and does not answer as an agent: why, in words.
    case trouble(String)
  }

  /// A lock of the kernel's.
  enum Lock: Hashable, Sendable {
    /// There is no lock file, or nobody holds it.
    case free
    /// 0 if the holder is not of this PID namespace.
    case held(pid: Int)
    /// The kernel does not tell.
    case unknown
  }

  var directory: String
  var answer: Answer
  var lock: Lock
  /// `agent.json`.
  var file: AgentFile?
  /// The socket, if something is at its path.
  var socket: String?
  var toolVersion: String
  var advice: [AdviceReply.Item] = []
  /// Why it could not be had, if so.
  var adviceFailure: String?
}

extension AgentFigures {
  /// What there is to say of the agent itself.
  func checkup() -> Checkup {
    switch answer {
    case .status(let status):
      return Checkup(
        name: "agent",
        summary: "version \(status.version), \(status.state), pid \(status.pid), "
          + "\(Display.count(status.watches, "watch", "watches"))",
        findings: findings(of: status))
    case .none:
      return Checkup(name: "agent", summary: "none is running", findings: findingsWithoutAgent)
    case .unusable(let reason):
      return Checkup(
        name: "agent", summary: "its socket cannot be used",
        findings: [
          Finding(
            .error, "The agent's socket cannot be used.", figure: "\(socket ?? directory): \(reason)",
            remedy: "See who owns it, and use stale as the user that the agent runs as.")
        ])
    case .busy: return Checkup(name: "agent", summary: "it is starting or stopping", findings: [])
    case .trouble(let reason):
      let pid = if case .held(let pid) = lock, pid > 0 { pid } else { file?.pid ?? 0 }
      return Checkup(
        name: "agent", summary: "it does not answer",
        findings: [
          Finding(
            .error, "The agent's socket does not answer.", figure: reason,
            remedy: "Look into \(directory)/agent.log; \"stale stop\" ends it"
              + (pid > 0 ? ", and if that does not help kill -9 \(pid), by which nothing is lost." : "."))
        ])
    }
  }

  /// What the agent's figures say could be better.
  func adviceCheckup() -> Checkup? {
    guard case .status(let status) = answer else { return nil }
    if let adviceFailure {
      return Checkup(name: "use", summary: "the agent gave no advice: \(adviceFailure)", findings: [])
    }
    let told = Set(status.degraded.map(\.what))
    let items = advice.filter { $0.kind != .degraded || !told.contains($0.subject) }
    let findings = items.map { item in
      // By whole words: a namespace may have the name of a letter.
      let words = item.message.split { " ,;()'\"`".contains($0) }
      let isNamed =
        item.subject.contains(" ") ? item.message.contains(item.subject) : words.contains { $0 == item.subject }
      let what = isNamed ? item.message : "\(item.subject): \(item.message)"
      return Finding(.advice, what, figure: item.figure, remedy: item.remedy, examples: item.examples ?? [])
    }
    return Checkup(
      name: "use",
      summary: findings.isEmpty ? "nothing to improve" : "\(Display.count(findings.count, "thing")) could be better",
      findings: findings)
  }

  // MARK: With an agent

  private func findings(of status: Status) -> [Finding] {
    var findings: [Finding] = []
    switch lock {
    case .held(let pid) where pid > 0 && pid != status.pid:
      findings.append(
        Finding(
          .error, "Two agents run for this workspace: the one that answers does not hold the lock.",
          figure: "process \(status.pid) answers, process \(pid) holds \(directory)/lock",
          remedy: "kill \(status.pid), then \"stale start\""))
    case .free:
      findings.append(
        Finding(
          .error, "The agent's lock was taken away: a second agent could start.",
          figure: "process \(status.pid) answers, nobody holds \(directory)/lock", remedy: "stale stop; stale start"))
    case .held, .unknown: break
    }
    if status.version != toolVersion {
      findings.append(
        Finding(
          .warning, "Agent and tool are of different versions.",
          figure: "the agent is \(status.version), the tool \(toolVersion)", remedy: "stale stop; stale start"))
    }
    if !status.manifest.ok {
      findings.append(
        Finding(
          .warning, "The agent goes on with the last manifest that was good.",
          figure: status.manifest.problems?.first ?? "staled.json is broken", remedy: "stale validate"))
    }
    findings += status.degraded.map {
      Finding(.warning, "\($0.what): \($0.reason)", figure: "the agent reports it as degraded", remedy: $0.remedy)
    }
    return findings
  }

  // MARK: Without one

  private var findingsWithoutAgent: [Finding] {
    var findings: [Finding] = []
    if case .held(let pid) = lock {
      findings.append(
        Finding(
          .error, "An agent holds the lock, and nobody can reach it: its socket is gone.",
          figure: pid > 0 ? "process \(pid) holds \(directory)/lock" : "\(directory)/lock is held",
          remedy: "stale stop; stale start"))
      return findings
    }
    let left = [file == nil ? nil : "\(directory)/agent.json", socket].compactMap { $0 }
    if !left.isEmpty {
      findings.append(
        Finding(
          .warning, "No agent is running, and the last one did not clear up: it was killed, or the machine stopped.",
          figure: file.map { "it was process \($0.pid), of \(Display.safe($0.started))" }
            ?? "its socket is still there",
          remedy: "\"stale start\" clears up; if none is to run: rm \(left.map(Display.quoted).joined(separator: " "))",
          examples: left))
    } else {
      findings.append(
        Finding(
          .advice, "No agent is running for this workspace.", figure: "what it would say of itself is left out here",
          remedy: "stale start"))
    }
    return findings
  }
}
