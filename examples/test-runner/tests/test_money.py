import os
import unittest

from shop import money


class MoneyTests(unittest.TestCase):
    def test_text(self) -> None:
        self.assertEqual(money.text(1205), "12.05 " + os.environ.get("SHOP_CURRENCY", "EUR"))

    def test_share_is_rounded_half_up(self) -> None:
        self.assertEqual(money.share(250, 19), 48)
