import Paths

@testable import Watching

/// What happens by itself: drawn at random.
extension ModelWorld {
  static let names = ["a", "b", "c"].map { Array($0.utf8) }
  static let ruleTexts = ["", "b/\n", "/a\n", "c\n", "/a/b\n", "*\n!b\n!a\n"].map { Array($0.utf8) }

  mutating func number(_ below: Int) -> Int { Int.random(in: 0..<below, using: &random) }

  mutating func somePath() -> [UInt8] {
    var path = Array((number(5) == 0 ? "/o" : "/w").utf8)
    for _ in 0..<(1 + number(4)) { path += [.slash] + Self.names[number(Self.names.count)] }
    return path
  }

  /// One thing that a person, a program or another host does.
  mutating func act() {
    defer { if moments != nil { moments?.append(disk) } }
    disk.now += Int64(number(4)) * 700_000
    let (one, two) = (somePath(), somePath())
    switch number(100) {
    case 0..<12:
      tell("mkdir -p \(spell(one))")
      mkdirs(one)
    case 12..<18:
      tell("mkdir -p \(spell(one)); write \(spell(one))/a")
      mkdirs(one)
      write(one + Array("/a".utf8))
    case 18..<40:
      tell("write \(spell(one))")
      write(one)
    case 40..<54:
      tell("mv \(spell(one)) \(spell(two))")
      rename(one, two)
    case 54..<57:
      tell("exchange \(spell(one)) \(spell(two))")
      rename(one, two, exchange: true)
    case 57..<63:
      tell("rm -rf \(spell(one))")
      remove(one)
    case 63..<67:
      tell("rm -rf \(spell(one)); mkdir \(spell(one)); write \(spell(one))/b")
      remove(one)
      mkdir(one)
      write(one + Array("/b".utf8))
    case 67..<73: linkSomewhere(one, two)
    case 73..<77:
      tell("ln \(spell(one)) \(spell(two))")
      link(one, two)
    case 77..<82:
      let (readable, searchable) = [(true, true), (true, true), (false, true), (false, false)][number(4)]
      tell("chmod \(spell(one)) r=\(readable) x=\(searchable)")
      chmod(one, readable: readable, searchable: searchable)
    case 82..<86:
      let directory = number(2) == 0 ? Array("/w".utf8) : one
      let rules = Self.ruleTexts[number(Self.ruleTexts.count)]
      tell("rules of \(spell(directory)): \(spell(rules))")
      write(directory + Array("/.gitignore".utf8), rules)
    case 86..<89:
      let device = 1 + number(disk.systems.count - 1)
      let type = disk.systems[device].type
      tell("mount \(type) \(spell(one))")
      mount(device, on: one)
    case 89..<91:
      let device = 1 + number(disk.systems.count - 1)
      let type = disk.systems[device].type
      tell("unmount \(type)")
      unmount(device)
    case 91..<95: actElsewhere()
    case 95..<97:
      let limit = number(2) == 0 ? Int.max : 3 + number(25)
      tell("limit \(limit)")
      instances[0].limit = limit
    default:
      tell("later")
      disk.now += 1_500_000_000
    }
  }

  private mutating func linkSomewhere(_ one: [UInt8], _ two: [UInt8]) {
    let target = [two, Array("../b".utf8), Array("b/a".utf8), Array("..".utf8)][number(4)]
    tell("ln -sfn \(spell(target)) \(spell(one))")
    let there = disk.find(one, .middle)
    if there != 0, disk.files[there].kind != .directory { remove(one) }
    symlink(target, one)
  }

  /// Another host changes what lies on a shared file system.
  private mutating func actElsewhere() {
    let shared = [2, 4].filter { disk.files[disk.systems[$0].root].mountedOn != 0 }
    guard !shared.isEmpty, let point = disk.path(of: disk.systems[shared[number(shared.count)]].root) else { return }
    let one = point + [.slash] + Self.names[number(3)]
    let two = point + [.slash] + Self.names[number(3)]
    isElsewhere = true
    defer { isElsewhere = false }
    switch number(6) {
    case 0:
      tell("elsewhere: mkdir \(spell(one))")
      mkdirs(one + Array("/a".utf8))
    case 1:
      tell("elsewhere: rm -rf \(spell(one))")
      remove(one)
    case 2:
      tell("elsewhere: mv \(spell(one)) \(spell(two))")
      rename(one, two)
    case 3:
      tell("elsewhere: rules of \(spell(point))")
      write(point + Array("/.gitignore".utf8), Self.ruleTexts[number(Self.ruleTexts.count)])
    default:
      tell("elsewhere: write \(spell(one))")
      write(one)
      write(one + Array("/a".utf8))
    }
  }
}

private func spell(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
