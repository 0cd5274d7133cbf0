import unittest

from shop.slug import slug


class SlugTests(unittest.TestCase):
    def test_slug(self) -> None:
        self.assertEqual(slug(" Brown  Bread! "), "brown-bread")
