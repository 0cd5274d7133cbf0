import Testing

@testable import StaledAgent

@Suite struct OpenFilesTests {
  @Test(arguments: [(64, 16), (256, 208), (1024, 976), (1 << 20, 1024)])
  func whatIsLeftIsForConnections(limit: Int, connections: Int) {
    #expect(OpenFiles.connections(limit: limit) == connections)
  }
}
