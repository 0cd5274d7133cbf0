internal import Freshness
internal import Manifest

extension Agent {
  /// A command of the manifest, for an entry.
  func command(
    _ command: Command, for name: EntryName, state: Freshness.State? = nil, cause: String, timeout: ManifestDuration
  )
    -> CommandRun
  {
    let values = [
      "namespace": name.namespace, "key": name.key, "id": "\(ResourceID.entry(name))",
      "state": (state ?? engine.state(of: name)).rawValue, "cause": cause,
    ]
    return CommandRun(
      arguments: command.arguments(values.mapValues { Array($0.utf8) }),
      environment: CommandEnvironment.variables(
        of: settings.environment, workspace: "\(settings.workspace)", values: values),
      directory: "\(settings.workspace)", timeout: timeout.duration)
  }
}
