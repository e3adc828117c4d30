"""A gateway for pairstream.v1.PairService in Python, with the shipped models and frozen statistics."""
