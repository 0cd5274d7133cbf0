internal import FoundationEssentials
internal import FoundationInternationalization
internal import Glibc

/// The machine's own time zone.
///
/// Foundation reads it once: what `timedatectl set-timezone` does later is not seen by `TimeZone.current`.
enum MachineZone {
  /// As it is set now.
  static func current() -> TimeZone {
    let variable = getenv("TZ").map { String(cString: $0) }
    return name(variable: variable, etc: "/etc").flatMap(TimeZone.init(identifier:)) ?? .current
  }

  /// The name that `TZ` gives if it is set (tzset(3)), or that `localtime` in the directory `etc` links to, or that `timezone`
  /// there holds. Nil if none of them gives one.
  static func name(variable: String?, etc: String) -> String? {
    if var variable {
      if variable.first == ":" { variable.removeFirst() }
      return variable.isEmpty
        ? "UTC" : variable.first == "/" ? nameInDatabase(variable) ?? name(linkedFrom: variable) : variable
    }
    return name(linkedFrom: "\(etc)/localtime") ?? firstLine(of: "\(etc)/timezone")
  }

  /// The link itself before what it leads to in the end: names of the database may be links to others.
  private static func name(linkedFrom path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    if count > 0,
      let name = nameInDatabase(String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self))
    {
      return name
    }
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return nameInDatabase(String(cString: real))
  }

  /// `Europe/Berlin` of `/usr/share/zoneinfo/Europe/Berlin`.
  private static func nameInDatabase(_ path: String) -> String? {
    let parts = path.split(separator: "/")
    guard let folder = parts.lastIndex(of: "zoneinfo") else { return nil }
    var name = parts[(folder + 1)...]
    // The same zones again, with and without leap seconds.
    if name.first == "posix" || name.first == "right" { name.removeFirst() }
    return name.isEmpty ? nil : name.joined(separator: "/")
  }

  private static func firstLine(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &buffer, buffer.count)
    let line = buffer.prefix(max(count, 0)).prefix { $0 > 0x20 }
    return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
  }
}
