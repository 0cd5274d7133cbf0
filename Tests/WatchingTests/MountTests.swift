import Paths
import Testing

@testable import Watching

/// The mount table: as it is written, what of it can be reached, and which file systems keep something to themselves.
@Suite struct MountTests {
  @Test func aLineIsRead() {
    let line = "36 35 98:4 /mnt1 /mnt\\0402\\134\\012x rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue"
    #expect(
      Mount(Array(line.utf8)[...])
        == Mount(
          id: 36, parent: 35, device: 98 << 32 | 4, root: Array("/mnt1".utf8), point: Array("/mnt 2\\\nx".utf8),
          type: "ext3"))
    for text in ["", "36 35", "36 35 98:4 / /mnt rw", "x 35 98:4 / /mnt rw - ext3 / rw", "36 35 98 / /mnt rw - e / rw"]
    {
      #expect(Mount(Array(text.utf8)[...]) == nil, "\(text)")
    }
    // What is no escape stays.
    let odd = Mount(Array("36 35 98:4 / /a\\04 rw - ext3 x rw".utf8)[...])
    #expect(odd?.point == Array("/a\\04".utf8))
  }

  private func mount(_ id: Int, _ parent: Int, _ point: String, _ type: String = "ext4") -> Mount {
    Mount(id: id, parent: parent, device: UInt64(id), point: Array(point.utf8), type: type)
  }

  @Test func whatIsHiddenIsNotThere() {
    let table = MountTable([
      mount(1, 1, "/"), mount(2, 1, "/a"), mount(3, 2, "/a/b"), mount(4, 1, "/c"), mount(5, 4, "/c", "tmpfs"),
      // Mounted at the top's /x/y, then something over its /x.
      mount(6, 1, "/x/y"), mount(7, 1, "/x"),
    ])
    #expect(
      table.visible.mapValues(\.id).map { "\(String(decoding: $0, as: UTF8.self)) \($1)" }.sorted()
        == ["/ 1", "/a 2", "/a/b 3", "/c 5", "/x 7"])
  }

  @Test func changesAreWhereSomethingElseIsReached() {
    let old = MountTable([mount(1, 0, "/"), mount(2, 1, "/a"), mount(3, 2, "/a/b")])
    let new = MountTable([mount(1, 0, "/"), mount(2, 1, "/a"), mount(4, 1, "/d/e"), mount(5, 2, "/a")])
    #expect(new.changes(since: old).map { String(decoding: $0, as: UTF8.self) } == ["/a", "/a/b", "/d/e"])
    #expect(new.changes(since: new) == [])
    #expect(new.hasMount(within: Array("/d".utf8)) && !new.hasMount(within: Array("/dd".utf8)))
  }

  @Test(arguments: [
    ("nfs4", false), ("cifs", false), ("fuse.sshfs", false), ("fuseblk", false), ("virtiofs", false), ("9p", false),
    ("newfs", false),
    ("proc", true), ("sysfs", true), ("cgroup2", true),
  ]) func theseKeepSomethingBack(_ type: String, _ isMadeUp: Bool) {
    #expect(MountTable.remoteness(of: type)?.isMadeUp == isMadeUp)
  }

  @Test(arguments: ["ext4", "overlay", "tmpfs", "btrfs", "xfs", "fuse.fuse-overlayfs", "fuse.portal"])
  func theseTellEverything(_ type: String) { #expect(MountTable.remoteness(of: type) == nil) }
}
