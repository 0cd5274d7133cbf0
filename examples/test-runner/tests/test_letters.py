import unittest

from shop.letters import letters


class LetterTests(unittest.TestCase):
    def test_every_letter_names_the_customer(self) -> None:
        for name, text in letters().items():
            with self.subTest(name):
                self.assertIn("{name}", text)
