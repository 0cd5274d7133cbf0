import Scenarios

/// The scenarios of the table, in its order: of those that are alike, one.
enum Selection {
  static let names = [
    "mkdir -p, 50 deep, 300 times",
    "removed and made again with other content",
    "a tree copied, and half of it removed meanwhile",
    "a file becomes a directory and a file again, with other content",
    "a new tree unpacked",
    "a directory renamed",
    "a directory renamed, then edited inside",
    "nested renames: a to b, then b-c to d",
    "a file held open, its directory renamed, then written",
    "renamed over an empty directory",
    "two directories exchanged, then edited",
    "two directories change places by three renames",
    "moved out, edited there, moved back",
    "moved out for good",
    "moved out, another put in its place, the first edited outside",
    "moved in from outside",
    "moved in from outside, then edited",
    "written beside, flushed, renamed over",
    "appended to by a writer that stays open",
    "written through a mapping", "written through a mapping that stays open",
    "made without a name, then linked",
    "as many other bytes, the time stamps put back",
    "a hard link written through a name outside", "linked from outside, then written through that name",
    "the target of a symbolic link, outside, written",
    "a configuration swapped as Kubernetes does",
    "vim, backup on", "emacs, backups on", "nano, plain",
    "sed -i", "rsync", "rsync --inplace",
    "git checkout of another branch", "git rebase", "git worktree add",
    "a name with a Latin-1 byte", "a name with a newline", "a name with 255 bytes",
    "composed and decomposed, both there",
    "touch", "chmod", "written with the same bytes", "replaced with the same bytes",
    "a directory moved away and back", "git checkout of another branch and back",
  ]

  static var scenarios: [Scenario] { names.compactMap { Scenario.named($0) } }
}
