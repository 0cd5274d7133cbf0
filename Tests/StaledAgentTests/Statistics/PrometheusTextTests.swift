import Testing

@testable import StaledAgent

/// The page for Prometheus, byte by byte.
@Suite struct PrometheusTextTests {
  @Test func aPageIsItsFamiliesOneAfterTheOther() {
    let page =
      PrometheusText.family("staled_uptime_seconds", "Since the agent started.", .gauge, value: 12.5)
      + PrometheusText.family(
        "staled_entries", "Entries by state.", .gauge,
        samples: [
          ([("state", "fresh"), ("namespace", "build")], 3), ([("state", "stale"), ("namespace", "build")], 0),
        ])
      + PrometheusText.family("staled_hits", "Values served as fresh.", .counter, samples: [([("level", "l1")], 7)])
    #expect(
      page == """
        # HELP staled_uptime_seconds Since the agent started.
        # TYPE staled_uptime_seconds gauge
        staled_uptime_seconds 12.5
        # HELP staled_entries Entries by state.
        # TYPE staled_entries gauge
        staled_entries{state="fresh",namespace="build"} 3
        staled_entries{state="stale",namespace="build"} 0
        # HELP staled_hits_total Values served as fresh.
        # TYPE staled_hits_total counter
        staled_hits_total{level="l1"} 7

        """)
    #expect(PrometheusText.mediaType == "text/plain; version=0.0.4; charset=utf-8")
  }

  @Test func aCounterThatSaysTotalIsNotToldTwiceAndOthersAreLeftAlone() {
    #expect(PrometheusText.family("a_total", "", .counter, value: 1) == "# TYPE a_total counter\na_total 1\n")
    #expect(PrometheusText.family("a", "", .untyped, value: 1) == "# TYPE a untyped\na 1\n")
  }

  @Test func whatWouldEndALineOrATextIsEscaped() {
    let text = PrometheusText.family(
      "a", "say \"no\"\r\nor C:\\", .gauge, samples: [([("key", "say \"no\"\r\nor C:\\ é\u{301}\t{}")], 1)])
    #expect(
      text == "# HELP a say \"no\"\r\\nor C:\\\\\n# TYPE a gauge\n"
        + "a{key=\"say \\\"no\\\"\r\\nor C:\\\\ é\u{301}\t{}\"} 1\n")
    #expect(text.utf8.count { $0 == UInt8(ascii: "\n") } == 3)
  }

  @Test(arguments: [
    ("staled:rate_5m", "staled:rate_5m"), ("build-time.p95", "build_time_p95"), ("95th", "_95th"), ("é\n", "__"),
    ("a\r\nb", "a__b"), ("٣", "_"),
  ]) func whatIsNotAllowedInANameIsReplaced(_ name: String, expected: String) {
    #expect(PrometheusText.family(name, "", .gauge, value: 1) == "# TYPE \(expected) gauge\n\(expected) 1\n")
  }

  @Test func namesOfLabelsHaveNoColonsAndAreNotThoseOfPrometheus() {
    let labels = [("a:b", "1"), ("__name__", "2"), ("0", "3"), ("", "4"), ("a-b", "5")]
    #expect(
      PrometheusText.family("a", "", .gauge, samples: [(labels, 1)])
        == "# TYPE a gauge\na{a_b=\"1\",_name__=\"2\",_0=\"3\"} 1\n")
  }

  @Test func nothingIsToldTwice() {
    let samples: [PrometheusText.Sample] = [
      ([("x", "1"), ("y", "2")], 1), ([("y", "2"), ("x", "1")], 2), ([("x", "1"), ("x", "9"), ("y", "3")], 3),
      ([], 4), ([("", "none")], 5),
    ]
    #expect(
      PrometheusText.family("a", "", .gauge, samples: samples)
        == "# TYPE a gauge\na{x=\"1\",y=\"2\"} 1\na{x=\"1\",y=\"3\"} 3\na 4\n")
  }

  @Test func aFamilyWithoutANameOrSamplesIsLeftOut() {
    #expect(PrometheusText.family("", "help", .counter, value: 1) == "")
    #expect(PrometheusText.family("a", "help", .counter, samples: []) == "")
  }

  @Test(
    arguments: [
      (0, "0"), (-0.0, "0"), (3, "3"), (-17, "-17"), (0.25, "0.25"), (0.1, "0.1"), (1e6, "1000000"),
      (9_007_199_254_740_992, "9007199254740992"), (1e300, "1e+300"), (-1e300, "-1e+300"),
      (.leastNonzeroMagnitude, "5e-324"),
      (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
    ] as [(Double, String)]) func numbers(_ value: Double, expected: String)
  {
    #expect(PrometheusText.number(value) == expected)
    #expect(value.isNaN || Double(expected) == value)
  }
}
