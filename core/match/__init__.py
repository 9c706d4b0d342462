"""From a dry and a wet sound to the effect between them and its knobs."""
