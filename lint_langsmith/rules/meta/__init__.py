"""LS9: findings of the tool about files, suppressions and itself, which the engine emits."""
