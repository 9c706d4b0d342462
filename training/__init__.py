"""From a corpus to a checkpoint folder: `python -m training {corpus,vae,atlas,evaluate,stability}`."""
