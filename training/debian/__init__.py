"""Free corpora out of Debian packages, with all four splits; no other folder knows these packages."""
