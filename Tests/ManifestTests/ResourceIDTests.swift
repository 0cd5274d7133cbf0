import Freshness
import Paths
import Testing

@Suite struct ResourceIDTests {
  let context = NamingContext(
    workspace: ["/home", "/other/name"], namespace: "ns", directory: "sub",
    isSymbolicLink: { $0 == "link" })

  @Test(arguments: [
    ("file:src/util.c", "file:src/util.c"), ("file:./src//util.c", "file:src/util.c"),
    ("file:src/../src/a.c", "file:src/a.c"), ("file:/home/src/a.c", "file:src/a.c"),
    ("file:/other/name/src/a.c", "file:src/a.c"), ("file:/usr/include/stdio.h", "file:/usr/include/stdio.h"),
    ("file:/homeshop/a", "file:/homeshop/a"), ("file:.", "file:."), ("file:/home", "file:."),
    ("file:../x", "file:/x"), ("file:../home/x", "file:x"), ("file:link/../x", "file:link/../x"),
    ("file:caf%e9.c", "file:caf%E9.c"), ("file:caf%C3%A9", "file:café"), ("file:100%25", "file:100%25"),
    ("file:a%0Ab", "file:a%0Ab"), ("dir:src/", "dir:src"), ("dir:.", "dir:."),
    ("glob:src/**/*.c", "glob:src/**/*.c"), ("glob:./src/", "glob:src/"), ("glob:/home/*.c", "glob:*.c"),
    ("glob:/home/", "glob:**"), ("glob:./", "glob:**"), ("glob:/", "glob:/"), ("glob:/usr/../lib/*", "glob:/lib/*"),
    ("glob:*/../x", "glob:*/../x"), ("glob:{a,b/../c}", "glob:{a,b/../c}"), ("glob:caf%E9/*", "glob:caf%E9/*"),
    ("glob:a\nb*", "glob:a%0Ab*"), ("entry:build/obj/util.o", "entry:build/obj/util.o"), ("entry:a//b", "entry:a//b"),
    ("env:CC", "env:CC"), ("config:/app/config.yaml", "config:/app/config.yaml"), ("x-y.z+1_2:r", "x-y.z+1_2:r"),
    ("/home/a", "file:a"), ("./a", "file:sub/a"), ("../a", "file:a"), ("../../a", "file:/a"),
    ("obj/util.o", "entry:ns/obj/util.o"), ("a b", "entry:ns/a b"), ("1:2", "entry:ns/1:2"), (":x", "entry:ns/:x"),
    ("a/b:c", "entry:ns/a/b:c"),
    ("env:\u{301}x", "env:\u{301}x"), ("/\u{301}", "file:/\u{301}"), ("entry:a/\u{301}b", "entry:a/\u{301}b"),
  ])
  func parsing(text: String, id: String) throws {
    let parsed = try ResourceID(parsing: text, in: context)
    #expect(parsed.description == id)
    #expect(try ResourceID(parsing: parsed.description, in: context) == parsed)
  }

  @Test(arguments: [
    ("", "an id is empty"), ("file:", "the path is empty"),
    ("file:%", "a % must be followed by two hexadecimal digits (%25 is a % itself)"),
    ("file:a%00", "a path holds a NUL"), ("a\u{0}", "an id holds a NUL"), ("glob:", "a glob is empty"),
    ("glob:a[", "no ] closes this [; a bracket itself is written \\[ (at byte 1 of the pattern)"),
    ("entry:x", "an entry is named namespace/key"), ("entry:/k", "the namespace is empty"),
    ("entry:n/", "the key is empty"),
    ("env:", "nothing follows the scheme"), (String(repeating: "x", count: 8193), "an id has over 8192 bytes"),
    (String(repeating: "x", count: 4097), "the key has 4097 bytes, at most 4096 are allowed"),
    ("entry:a\u{7}/b", "the namespace holds a slash or a control character"),
  ])
  func errors(text: String, problem: String) {
    let error = #expect(throws: IDError.self) { try ResourceID(parsing: text, in: context) }
    #expect(error?.problem == problem)
  }

  @Test func stated() throws {
    let hex = String(repeating: "ab", count: 32)
    let (id, stated) = try ResourceID.parseStated("file:a@b@sha256:\(hex)", in: context)
    #expect(id.description == "file:a@b")
    #expect(stated?.description == "sha256:\(hex)")
    #expect(try ResourceID.parseStated("file:a@absent", in: context).stated == .absent)
    #expect(try ResourceID.parseStated("file:a@2x", in: context).id.description == "file:a@2x")
  }

  @Test func followedFiles() throws {
    #expect(try ResourceID(parsing: "config:/app/c", in: context).followedFile(in: context) == "/app/c")
    #expect(try ResourceID(parsing: "config:./c", in: context).followedFile(in: context) == "c")
    #expect(try ResourceID(parsing: "config:c", in: context).followedFile(in: context) == nil)
    #expect(try ResourceID(parsing: "file:c", in: context).followedFile(in: context) == nil)
  }

  @Test func idsAreBytes() throws {
    let pairs = [
      ("glob:\u{E9}*", "glob:e\u{301}*"), ("env:\u{E9}", "env:e\u{301}"), ("entry:a/\u{E9}", "entry:a/e\u{301}"),
    ]
    for (composed, decomposed) in pairs {
      #expect(try ResourceID(parsing: composed, in: context) != ResourceID(parsing: decomposed, in: context))
    }
    let names = try ["b/a", "a/\u{E9}", "a/e\u{301}", "a/z"].map { try EntryName($0) }.sorted()
    #expect(names.map { $0.key.unicodeScalars.count } == [1, 2, 1, 1])
    #expect(names.map(\.namespace) == ["a", "a", "a", "b"])
  }

  /// Every name a file can have comes back from its id.
  @Test func namesRoundTrip() throws {
    for byte in UInt8.min...UInt8.max where byte != 0 && byte != UInt8(ascii: "/") {
      let path = Path([0x61, byte, 0x62])
      #expect(try ResourceID(parsing: ResourceID.file(path).description, in: context) == .file(path))
    }
  }
}
