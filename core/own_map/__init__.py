"""A recording's own map: settings of effects on it, encoded and laid out as a checkpoint's atlas is."""
