"""Forests of random settings with rows and the libraries' answers, for the test that compares the gateway with them."""
