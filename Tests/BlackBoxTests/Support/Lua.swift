import Foundation

/// Debian's source package of lua5.4, fetched once into a folder of the tests.
enum Lua {
  /// The folder that holds its C files; throws a text that says why there is none.
  static func sources(into folder: URL) throws(Unreachable) -> URL {
    let script = """
      set -eu
      mkdir -p "$1/lists/partial" "$1/source"
      # The system's source list with deb-src for deb; the system's own stays as it is.
      for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -f "$file" ] && sed -n 's/^deb /deb-src /p' "$file"
      done > "$1/sources.list"
      mkdir -p "$1/parts"
      for file in /etc/apt/sources.list.d/*.sources; do
        [ -f "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" > "$1/parts/$(basename "$file")"
      done
      set -- "$1" -o Dir::Etc::sourcelist="$1/sources.list" -o Dir::Etc::sourceparts="$1/parts" \
        -o Dir::State::lists="$1/lists" -o APT::Sandbox::User=root -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
      folder=$1
      shift
      cd "$folder/source"
      apt-get "$@" -qq update >&2
      apt-get "$@" -qq source lua5.4 >&2
      ls -d "$folder"/source/lua5.4-*/src
      """
    do {
      let ended = try run(URL(fileURLWithPath: "/bin/sh"), ["-c", script, "sh", folder.path])
      let path = ended.text.trimmingCharacters(in: .whitespacesAndNewlines)
      if ended.status != 0 || path.isEmpty { throw Unreachable(reason: ended.errors) }
      return URL(fileURLWithPath: path)
    } catch let error as Unreachable { throw error } catch { throw Unreachable(reason: "\(error)") }
  }

  struct Unreachable: Error { let reason: String }
}
