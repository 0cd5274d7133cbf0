import Freshness
import Testing

@testable import StaledAgent

/// Leases as clients hold them.
@Suite struct LeaseTextTests {
  @Test(arguments: [
    Lease(boot: 0, lsn: .zero, time: 0), Lease(boot: 1, lsn: LSN(rawValue: 35), time: 36),
    Lease(boot: .max, lsn: LSN(rawValue: .max), time: .max), Lease(boot: .max, lsn: .zero, time: .min),
    Lease(boot: 7, lsn: .zero, time: -1),
  ]) func thereAndBack(_ lease: Lease) { #expect(LeaseText.decode(LeaseText.encode(lease)) == lease) }

  @Test func form() {
    #expect(LeaseText.encode(Lease(boot: 35, lsn: LSN(rawValue: 36), time: 1)) == "z.10.1")
    #expect(LeaseText.encode(Lease(boot: .max, lsn: .zero, time: -1)) == "3w5e11264sgsf.0.3w5e11264sgsf")
  }

  @Test(arguments: [
    "", ".", "..", "...", "1", "1.2", "1.2.", ".1.2", "1..2", "1.2.3.", "1.2.3.4", " 1.2.3", "1.2.3 ", "1.2.3\n",
    "+1.2.3", "-1.2.3", "1.-0.3", "01.2.3", "1.2.00", "Z.1.2", "1.2.é", "1.2.٣", "1.2.\0", "null",
    // One more than the greatest number.
    "3w5e11264sgsg.1.1", "1.3w5e11264sgsg.1", "1.1.3w5e11264sgsg", String(repeating: "9", count: 10_000) + ".1.1",
  ]) func garbage(_ text: String) { #expect(LeaseText.decode(text) == nil) }
}
