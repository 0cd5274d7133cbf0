import unittest

from tests.support import breakfast


class CartTests(unittest.TestCase):
    def test_counts_add_up(self) -> None:
        cart = breakfast()
        cart.add("cheese")
        self.assertEqual(cart.items, {"bread": 1, "cheese": 3})

    def test_total(self) -> None:
        self.assertGreater(breakfast().total(), 0)
