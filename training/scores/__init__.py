"""What a checkpoint is worth, beside honest baselines."""
