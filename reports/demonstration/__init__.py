"""The main job from end to end, on a small commune or on real files: ``run.py demo``."""
