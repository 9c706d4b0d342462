"""What pages are made of: choices (state), cached results (resources), controls (widgets), pictures (plots)."""
