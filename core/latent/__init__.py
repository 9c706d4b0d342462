"""Latent space: named parts of z, paths between points, maps of many points."""
