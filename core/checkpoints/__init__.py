"""Checkpoints: folders that hold a model, its controllers and its map; and the Hub that they come from."""
