import unittest

from shop.tax import RATE, tax


class TaxTests(unittest.TestCase):
    def test_tax(self) -> None:
        self.assertEqual(tax(10_000), 100 * RATE)
