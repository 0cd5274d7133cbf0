/// Real editors, with the settings that decide how they save.
extension Scenario {
  static let editors: [Scenario] = vimSaves + emacsSaves + nanoSaves

  private static let vimSaves: [Scenario] =
    [
      ("defaults", "set"), ("backup on", "set backup"),
      ("backup on, backupcopy yes", "set backup backupcopy=yes"),
      ("backup on, backupcopy no", "set backup backupcopy=no"),
      ("backup on, backupcopy auto", "set backup backupcopy=auto"),
      ("backup off, backupcopy yes", "set nobackup backupcopy=yes"),
      ("backup off, backupcopy no", "set nobackup backupcopy=no"),
      ("no backup while writing", "set nobackup nowritebackup"),
      ("swap file and undo file", "set swapfile undofile"),
    ].map { settings, command in
      Scenario(
        "vim, \(settings)", .editors, tools: ["vim"], before: ["f.txt": "one\n", "g.txt": "one\n"],
        expecting: ["f.txt": .modified]
      ) { try $0.shell("vim -Nu NONE -es -c '\(command)' -c '%s/one/two/' -c 'wq' f.txt") }
    } + [
      Scenario(
        "vim saves three times and saves another file", .editors, tools: ["vim"],
        before: ["f.txt": "one\n", "g.txt": "one\n", "h.txt": "one\n"],
        expecting: ["f.txt": .modified, "g.txt": .modified]
      ) {
        try $0.shell(
          "vim -Nu NONE -es -c 'set backup' -c '%s/one/two/' -c w -c '%s/two/three/' -c w -c '%s/three/four/' -c w"
            + " -c 'e g.txt' -c '%s/one/two/' -c wq f.txt")
      }
    ]

  private static let emacsSaves: [Scenario] = [
    ("backups on", "(setq make-backup-files t)"), ("backups off", "(setq make-backup-files nil)"),
    ("backups by copying", "(setq make-backup-files t backup-by-copying t)"),
    ("numbered backups", "(setq version-control t)"),
  ].map { settings, code in
    Scenario(
      "emacs, \(settings)", .editors, tools: ["emacs"], before: ["f.txt": "one\n", "g.txt": "one\n"],
      expecting: ["f.txt": .modified]
    ) {
      try $0.shell(
        "emacs -Q --batch --eval '\(code)' --eval '(progn (find-file \"f.txt\") (insert \"two\") (save-buffer))'")
    }
  }

  private static let nanoSaves: [Scenario] = [("plain", []), ("backup", ["--backup"])].map { settings, options in
    Scenario(
      "nano, \(settings)", .editors, tools: ["nano"], before: ["f.txt": "one\n", "g.txt": "one\n"],
      expecting: ["f.txt": .modified]
    ) { tree in
      // Control-O saves and asks for the name, Control-X leaves.
      try tree.type(
        ["nano", "--ignorercfiles"] + options + ["f.txt"],
        [("Exit", "two\u{0F}"), ("Write", "\r"), ("Wrote", "\u{18}")])
    }
  }
}
