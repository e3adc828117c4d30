"""Trains Pairstream's models from feature files that its own gateway code wrote, and exports them for serving."""
