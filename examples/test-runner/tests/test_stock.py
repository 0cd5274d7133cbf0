import unittest

from shop import stock


class StockTests(unittest.TestCase):
    def test_price(self) -> None:
        self.assertGreater(stock.price("apple"), 0)

    def test_unknown(self) -> None:
        self.assertRaises(KeyError, stock.price, "pear")
