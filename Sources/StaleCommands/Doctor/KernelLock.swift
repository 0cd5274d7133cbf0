extension AgentFigures.Lock {
  /// Who holds a lock (`flock`) on a file, by `/proc/locks` (`proc_locks(5)`). Trying to take it would tell too, and would get
  /// in the way of an agent that starts at the same moment.
  init(_ locks: [UInt8], device: UInt64, inode: UInt64) {
    // As `makedev` packs them.
    let major = (device >> 8 & 0xFFF) | (device >> 32 & ~0xFFF)
    let minor = (device & 0xFF) | (device >> 12 & ~0xFF)
    self = .free
    for line in locks.split(separator: UInt8(ascii: "\n")) {
      // `1: FLOCK  ADVISORY  WRITE 9574 fe:00:12345 0 EOF`; those who wait have `->` behind the number.
      let fields = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
      guard fields.count > 5, fields[1] == "FLOCK", let pid = Int(fields[4]) else { continue }
      let place = fields[5].split(separator: ":")
      guard place.count == 3, UInt64(place[2]) == inode else { continue }
      // File systems without a device of their own (btrfs) name another one to `stat` than here: both have the major 0.
      let isSame = UInt64(place[0], radix: 16) == major && UInt64(place[1], radix: 16) == minor
      if isSame || (major == 0 && place[0] == "00") { self = .held(pid: max(pid, 0)) }
    }
  }
}
