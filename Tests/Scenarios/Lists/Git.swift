/// git on a small history: `main` and `topic` differ in `changed`, `old` and `new`, and in what `kind` is.
extension Scenario {
  static let git: [Scenario] = [
    history(
      "git checkout of another branch",
      ["changed": .modified, "old": .deleted, "new/file": .created, "kind": .modified, "kind/file": .created],
      "git checkout -q topic"),
    history(
      "git switch to another branch and a commit there",
      [
        "changed": .modified, "old": .deleted, "new/file": .created, "kind": .modified, "kind/file": .created,
        "same": .modified,
      ],
      "git switch -q topic; echo 2 > same; git commit -qam more"),
    history(
      "git merge",
      ["changed": .modified, "old": .deleted, "new/file": .created, "kind": .modified, "kind/file": .created],
      "git merge -q topic"),
    history(
      "git rebase",
      [
        "changed": .modified, "old": .deleted, "new/file": .created, "kind": .modified, "kind/file": .created,
        "mine": .created,
      ],
      "echo 1 > mine; git add mine; git commit -qm mine; git rebase -q topic"),
    history("git stash", ["same": .modified], "git stash -q", dirty: true),
    history("git reset --hard", ["same": .modified], "git reset -q --hard", dirty: true),
    history("git checkout of one file", ["same": .modified], "git checkout -q -- same", dirty: true),
    history(
      "git restore from another branch", ["changed": .modified], "git restore -s topic changed"),
    history("git clean", ["stray": .deleted, "strays/one": .deleted], "git clean -qfd", dirty: true),
    history(
      "git worktree add",
      [
        "wt/changed": .created, "wt/same": .created, "wt/new/file": .created, "wt/kind/file": .created,
      ], "git worktree add -q wt topic", also: ["wt/old"]),
    history("git mv", ["same": .deleted, "moved/same": .created], "mkdir moved; git mv same moved/same"),
    history("git apply", ["changed": .modified], "git diff main topic -- changed | git apply"),
    history(
      "git pull of a fast-forward",
      ["changed": .modified, "old": .deleted, "new/file": .created, "kind": .modified, "kind/file": .created],
      "git clone -q . \"$OUT/up\"; git -C \"$OUT/up\" checkout -q topic; git pull -q --ff-only \"$OUT/up\" topic"),
    history(
      "git checkout of another branch and back", [:], "git checkout -q topic; git checkout -q main",
      also: ["new/file", "kind/file"]),
    history("git stash and pop", [:], "git stash -q -u; git stash pop -q", dirty: true),
    history("git rebase that brings nothing", [:], "git rebase -q main"),
    history("git commit, gc and a new branch", [:], "git commit -q --allow-empty -m e; git gc -q; git branch b"),
    history("git reset --hard of a clean tree", [:], "git reset -q --hard"),
    history(
      "git revert of a revert", [:],
      "echo 2 > same; git commit -qam two; git revert --no-edit HEAD >/dev/null; git status >/dev/null"),
  ]

  private static func history(
    _ name: String, _ expected: [Name: Change], _ script: String, dirty: Bool = false, also: [Name] = []
  ) -> Scenario {
    Scenario(
      name, expected.isEmpty ? .nothing : .git, tools: ["git"],
      before: ["same": "1", "changed": "1", "old": "1", "kind": "1", "deep/er/same": "1"], expecting: expected,
      also: also,
      prepare: { tree in
        try tree.shell(
          """
          git init -q -b main .
          git config gc.auto 0
          git add .
          git commit -qm first
          git checkout -q -b topic
          echo 22 > changed
          git rm -q old kind
          mkdir -p new kind
          echo 1 > new/file
          echo 1 > kind/file
          git add .
          git commit -qm second
          git checkout -q main
          """ + (dirty ? "\necho 2222 > same; echo 1 > stray; mkdir strays; echo 1 > strays/one" : ""))
      },
      act: { try $0.shell(script) })
  }
}
