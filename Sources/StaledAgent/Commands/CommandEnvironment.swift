/// What commands of the manifest get to see of the agent's environment, and what is added.
///
/// What a shell of the same user has that programs need to find themselves and their files; nothing that somebody set for the
/// agent alone, or for the session that happened to start it.
enum CommandEnvironment {
  /// Passed on as they are.
  static let inherited: Set<String> = [
    "HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR", "TZ", "USER",
    "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "STALED_DIR",
  ]
  static let inheritedPrefixes = ["LC_", "XDG_"]

  /// Everything that a command sees: `STALED_WORKSPACE`, and what `values` (the placeholders) say as `STALED_KEY` and so on.
  static func variables(
    of agent: [String: String], workspace: String, values: [String: String]
  ) -> [String: String] {
    var variables = agent.filter { name, _ in
      inherited.contains(name) || inheritedPrefixes.contains { name.hasPrefix($0) }
    }
    variables["PATH"] = variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    variables["STALED_WORKSPACE"] = workspace
    for (name, value) in values { variables["STALED_\(name.uppercased())"] = value }
    return variables
  }
}
