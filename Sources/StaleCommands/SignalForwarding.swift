internal import Glibc
internal import Synchronization

/// Passes signals on to a child while it runs.
///
/// The terminal's own signals (^C) reach the child without us, as it is in the same process group; only those that somebody
/// sent to this process alone are passed on.
enum SignalForwarding {
  /// The child; 0 if there is none, -1 if it is being started. Lock-free, so that the handler may use it.
  private static let child = Atomic<Int32>(0)
  /// A signal that came while the child was being started.
  private static let pending = Atomic<Int32>(0)
  private static let signals = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2]

  /// From now on signals are kept for the child that is about to be started. In the child itself they act as ever: handlers
  /// do not survive `exec`.
  static func begin() {
    pending.store(0, ordering: .sequentiallyConsistent)
    child.store(-1, ordering: .sequentiallyConsistent)
    for signal in signals {
      var former = sigaction()
      sigaction(signal, nil, &former)
      // One that is ignored (nohup) stays so, for the child too.
      if former.sa_flags & CInt(SA_SIGINFO) == 0, isIgnored(former) { continue }
      var action = sigaction()
      sigemptyset(&action.sa_mask)
      action.sa_flags = CInt(SA_SIGINFO)
      // The handler calls only what may be called in one: atomics, which are initialised by now, and kill(2).
      action.__sigaction_handler.sa_sigaction = { signal, info, _ in
        // What the kernel sends for a terminal is above 0 (SI_KERNEL); what processes send is not (SI_USER and others).
        if let info, info.pointee.si_code <= 0 { SignalForwarding.forward(signal) }
      }
      sigaction(signal, &action, nil)
    }
  }

  /// The child has started: what came meanwhile goes to it, and all that comes.
  static func attach(_ pid: pid_t) {
    child.store(pid, ordering: .sequentiallyConsistent)
    let signal = pending.exchange(0, ordering: .sequentiallyConsistent)
    if signal != 0 { kill(pid, signal) }
  }

  /// Called by the handler.
  private static func forward(_ signal: Int32) {
    let pid = child.load(ordering: .sequentiallyConsistent)
    if pid > 0 { kill(pid, signal) }
    guard pid < 0 else { return }
    pending.store(signal, ordering: .sequentiallyConsistent)
    // `attach` may have come between: whoever takes the signal out sends it.
    let now = child.load(ordering: .sequentiallyConsistent)
    guard now > 0 else { return }
    let kept = pending.exchange(0, ordering: .sequentiallyConsistent)
    if kept != 0 { kill(now, kept) }
  }

  /// There is no child any more: signals do again what they did before.
  static func end() {
    guard child.exchange(0, ordering: .sequentiallyConsistent) != 0 else { return }
    for signal in signals {
      var former = sigaction()
      sigaction(signal, nil, &former)
      if former.sa_flags & CInt(SA_SIGINFO) == 0 { continue }
      var action = sigaction()
      action.__sigaction_handler.sa_handler = SIG_DFL
      sigaction(signal, &action, nil)
    }
    let signal = pending.exchange(0, ordering: .sequentiallyConsistent)
    if signal != 0 { kill(getpid(), signal) }
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    guard let handler = action.__sigaction_handler.sa_handler else { return false }
    // SIG_IGN is the address 1: such a pointer can be compared, never called.
    return unsafeBitCast(handler, to: Int.self) == 1
  }
}
