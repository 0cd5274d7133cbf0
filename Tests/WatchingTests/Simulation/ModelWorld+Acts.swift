import Paths

@testable import Watching

/// What happens by itself: drawn at random.
extension ModelWorld {
  static let names = ["a", "b", "c"].map { Array($0.utf8) }
  static let ruleTexts = ["", "b/\n", "/a\n", "c\n", "/a/b\n", "*\n!b\n!a\n"].map { Array($0.utf8) }

  /// A directory is made in another, by whatever name is free.
  mutating func makeSomething(in directory: Inode) {
    let name = Self.names[number(Self.names.count)]
    guard disk.child(Name(name), of: directory) == nil else { return }
    tell("    on its way it gets \(spell(name))")
    _ = create(Path(name), .directory, in: directory)
  }

  mutating func number(_ below: Int) -> Int { Int.random(in: 0..<below, using: &random) }

  mutating func somePath() -> [UInt8] {
    var path = Array((number(profile.outside) == 0 ? "/o" : "/w").utf8)
    for _ in 0..<(1 + number(profile.depth)) { path += [.slash] + Self.names[number(profile.names)] }
    return path
  }

  /// One thing that a person, a program or another host does.
  mutating func act() {
    defer { if moments != nil { moments?.append(disk) } }
    disk.now += Int64(number(4)) * 700_000
    let (one, two) = (somePath(), somePath())
    switch profile.deed(&random) {
    case .makeDirectory:
      tell("mkdir -p \(spell(one))")
      mkdirs(one)
    case .makeWithFile:
      tell("mkdir -p \(spell(one)); write \(spell(one))/a")
      mkdirs(one)
      write(one + Array("/a".utf8))
    case .write:
      tell("write \(spell(one))")
      write(one)
    case .rename:
      tell("mv \(spell(one)) \(spell(two))")
      rename(one, two)
    case .exchange:
      tell("exchange \(spell(one)) \(spell(two))")
      rename(one, two, exchange: true)
    case .remove:
      tell("rm -rf \(spell(one))")
      remove(one)
    case .remake:
      tell("rm -rf \(spell(one)); mkdir \(spell(one)); write \(spell(one))/b")
      remove(one)
      mkdir(one)
      write(one + Array("/b".utf8))
    case .symlink: linkSomewhere(one, two)
    case .link:
      tell("ln \(spell(one)) \(spell(two))")
      link(one, two)
    case .permit:
      let (readable, searchable) = [(true, true), (true, true), (false, true), (false, false)][number(4)]
      tell("chmod \(spell(one)) r=\(readable) x=\(searchable)")
      chmod(one, readable: readable, searchable: searchable)
    case .rules:
      let directory = number(2) == 0 ? Array("/w".utf8) : one
      let rules = Self.ruleTexts[number(Self.ruleTexts.count)]
      tell("rules of \(spell(directory)): \(spell(rules))")
      write(directory + Array("/.gitignore".utf8), rules)
    case .mount:
      let device = 1 + number(disk.systems.count - 1)
      let type = disk.systems[device].type
      tell("mount \(type) \(spell(one))")
      mount(device, on: one)
    case .unmount:
      let device = 1 + number(disk.systems.count - 1)
      let type = disk.systems[device].type
      tell("unmount \(type)")
      unmount(device)
    case .elsewhere: actElsewhere()
    case .limit:
      let limit =
        if number(2) == 0 { Int.max } else if profile.isTight { instances[0].count + number(2) } else { 3 + number(25) }
      tell("limit \(limit)")
      instances[0].limit = limit
    case .wait:
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
      let rules = Self.ruleTexts[number(Self.ruleTexts.count)]
      tell("elsewhere: rules of \(spell(point)): \(spell(rules))")
      write(point + Array("/.gitignore".utf8), rules)
    default:
      tell("elsewhere: write \(spell(one))")
      write(one)
      write(one + Array("/a".utf8))
    }
  }
}

private func spell(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
