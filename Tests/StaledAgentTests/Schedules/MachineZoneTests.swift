import Testing

@testable import StaledAgent

/// Where the machine's time zone is read from.
@Suite struct MachineZoneTests {
  @Test(
    arguments: [
      ("Europe/Berlin", "Europe/Berlin"), (":Europe/Berlin", "Europe/Berlin"), ("", "UTC"), (":", "UTC"),
      ("/usr/share/zoneinfo/Australia/Lord_Howe", "Australia/Lord_Howe"),
      (":/usr/share/zoneinfo/posix/Asia/Tokyo", "Asia/Tokyo"), ("/nowhere/at/all", nil),
    ] as [(String, String?)]) func theVariableComesFirst(_ variable: String, _ expected: String?) throws
  {
    let folder = try TemporaryFolder()
    try folder.link("localtime", to: "/usr/share/zoneinfo/America/New_York")
    #expect(MachineZone.name(variable: variable, etc: folder.path) == expected)
  }

  @Test func theLinkIsReadAnew() throws {
    let folder = try TemporaryFolder()
    #expect(MachineZone.name(variable: nil, etc: folder.path) == nil)
    try folder.write("timezone", "Asia/Tokyo\n")
    #expect(MachineZone.name(variable: nil, etc: folder.path) == "Asia/Tokyo")
    for name in ["Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC"] {
      try folder.link("new", to: "../usr/share/zoneinfo/\(name)")
      try folder.rename("new", to: "localtime")
      #expect(MachineZone.name(variable: nil, etc: folder.path) == name)
    }
  }

  @Test func aLinkToALinkIsFollowed() throws {
    let folder = try TemporaryFolder()
    try folder.write("zoneinfo/Europe/Paris")
    try folder.link("zone", to: "zoneinfo/Europe/Paris")
    try folder.link("localtime", to: "zone")
    #expect(MachineZone.name(variable: nil, etc: folder.path) == "Europe/Paris")
  }

  @Test func aFileThatIsNoLinkTellsNoName() throws {
    let folder = try TemporaryFolder()
    try folder.write("localtime", "TZif2")
    #expect(MachineZone.name(variable: nil, etc: folder.path) == nil)
    try folder.write("timezone", "\n")
    #expect(MachineZone.name(variable: nil, etc: folder.path) == nil)
    try folder.write("timezone", "Europe/Rome # as installed\n")
    #expect(MachineZone.name(variable: nil, etc: folder.path) == "Europe/Rome")
  }
}
