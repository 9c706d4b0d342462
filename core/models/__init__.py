"""Neural models (plain nn.Modules), one a file, and the checkpoint folder that holds them."""
